import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { continueDeletion } from '../../../lambdas/adapters/tenant-deletion.ts';
import { readDeletion } from '../../../lambdas/adapters/tenant-deletion-queue.ts';
import { AwsError, type FakeAws, type Input, startFakeAws } from '../fake-aws.ts';

let aws: FakeAws;
/** What there is to find, by the partition that it is found in. */
let stored: Record<string, Input[]>;

beforeAll(async () => {
  aws = await startFakeAws();
  process.env.FAN_OUT_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/fan-out`;
});
beforeEach(() => {
  jest.restoreAllMocks();
  jest.spyOn(console, 'info').mockImplementation(() => undefined);
  aws.reset();
  const item = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
  stored = {
    'TENANT#acme': ['ENDPOINT#wh_1', 'EVENT_TYPE#a', 'TENANT'].map((sk) => item('TENANT#acme', sk)),
    'JOURNAL#acme': ['1', '2'].map((sk) => item('JOURNAL#acme', sk)),
    'KEYS#acme': [item('KEY#ak_1', 'KEY')],
    'documents TENANT#acme': ['a.txt', 'b/c.txt'].map((path) => ({
      ...item('TENANT#acme', path),
      h: { S: `doc_${path}` },
    })),
    'documents DOC#doc_a.txt': ['v1', 'v2'].map((version) => item('DOC#doc_a.txt', version)),
    'documents DOC#doc_b/c.txt': [item('DOC#doc_b/c.txt', 'v1')],
  };
  // One item a page.
  aws.on('Query', ({ TableName, ExpressionAttributeValues, ExclusiveStartKey }) => {
    const table = TableName === 'documents' ? 'documents ' : '';
    const items = stored[table + ExpressionAttributeValues[':partition'].S] ?? [];
    const place = Number(ExclusiveStartKey?.place.N ?? 0);
    const more = place + 1 < items.length;
    return {
      Items: items.slice(place, place + 1),
      ...(more && { LastEvaluatedKey: { place: { N: String(place + 1) } } }),
    };
  });
});
afterAll(() => aws.close());

const deletedKeys = () =>
  aws
    .inputsOf('BatchWriteItem')
    .flatMap(({ RequestItems }) => RequestItems.directory ?? RequestItems.documents)
    .map(({ DeleteRequest: { Key } }) => `${Key.pk.S} ${Key.sk.S}`);
const queued = () => aws.inputsOf('SendMessageBatch').flatMap(({ Entries }) => Entries as Input[]);

test('everything of a tenant is deleted but itself, and then once more when no cache knows it', async () => {
  await continueDeletion({ deleteTenant: 'acme', last: false }, Date.now());
  expect(deletedKeys()).toEqual([
    'TENANT#acme ENDPOINT#wh_1',
    'TENANT#acme EVENT_TYPE#a',
    'JOURNAL#acme 1',
    'JOURNAL#acme 2',
    'KEY#ak_1 KEY',
    // A document's versions go before it, or nobody would find them again.
    'DOC#doc_a.txt v1',
    'DOC#doc_a.txt v2',
    'TENANT#acme a.txt',
    'DOC#doc_b/c.txt v1',
    'TENANT#acme b/c.txt',
  ]);
  expect(queued()).toHaveLength(1);
  expect(readDeletion(queued()[0].MessageBody)).toEqual({ deleteTenant: 'acme', last: true });
  expect(queued()[0].DelaySeconds).toBe(90);
  expect(aws.inputsOf('PutItem')).toEqual([]);
});

test('the last time ends with a tombstone that outlives the events', async () => {
  const now = 1_800_000_000_000;
  jest.spyOn(Date, 'now').mockReturnValue(now);
  await continueDeletion({ deleteTenant: 'acme', last: true }, now);
  const [put] = aws.inputsOf('PutItem');
  expect(put).toMatchObject({
    Item: { pk: { S: 'TENANT#acme' }, sk: { S: 'TENANT' }, status: { S: 'deleted' } },
    ConditionExpression: '#status = :deleting',
  });
  expect(Number(put.Item.ttl.N)).toBe(now / 1000 + 44 * 86_400);
  expect(put.Item.wrapped_key ?? put.Item.kpk).toBeUndefined();
  expect(queued()).toEqual([]);
});

test.each([false, true])('what is not done in time is queued again as it was (last: %s)', async (last) => {
  await continueDeletion({ deleteTenant: 'acme', last }, Date.now() - 31_000);
  expect(queued().map(({ MessageBody }) => readDeletion(MessageBody))).toEqual([
    { deleteTenant: 'acme', last },
  ]);
  expect(queued()[0].DelaySeconds).toBeUndefined();
  expect(aws.inputsOf('PutItem')).toEqual([]);
});

test('a message that comes twice ends well, and a table that is out of reach brings it back', async () => {
  aws.on('PutItem', () => {
    throw new AwsError('ConditionalCheckFailedException');
  });
  await continueDeletion({ deleteTenant: 'acme', last: true }, Date.now());
  aws.on('PutItem', () => {
    throw new AwsError('AccessDeniedException');
  });
  await expect(continueDeletion({ deleteTenant: 'acme', last: true }, Date.now())).rejects.toThrow();
});

test('a continuation of a fan-out is no deletion', () => {
  expect(readDeletion('{"tenantId":"acme","eventId":"evt_1","acceptedAt":1}')).toBeUndefined();
});
