import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { handler } from '../../lambdas/bus-intake.ts';
import { sqsEvent } from '../e2e/aws.ts';
import { AwsError, type FakeAws, startFakeAws } from './fake-aws.ts';

const DETAIL = { tenant_id: 'ten_1', data: { n: 1 } };
let aws: FakeAws;
let logged: string[];

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  logged = [];
  jest.spyOn(console, 'error').mockImplementation((line: unknown) => void logged.push(JSON.stringify(line)));
  aws.on('GetItem', ({ Key }) =>
    Key.pk.S.startsWith('TENANT#ten_')
      ? { Item: { ...Key, dialect: { S: Key.pk.S.endsWith('double') ? 'generic' : 'standard' } } }
      : {},
  );
});
afterAll(() => aws.close());

/** A message as the rule's target gives it. */
function busEvent(detail: object | string, rest: object = {}): string {
  const head = {
    version: '0',
    id: '7bf73129-1428-4cd3-a780-95db273d1602',
    'detail-type': 'order.paid',
    source: 'shop',
    account: '123456789012',
    time: '2026-01-15T12:30:00Z',
    region: 'us-east-1',
    resources: [],
    ...rest,
  };
  const text = typeof detail === 'string' ? detail : JSON.stringify(detail);
  return `${JSON.stringify(head).slice(0, -1)},"detail":${text}}`;
}

async function take(...bodies: string[]): Promise<string[]> {
  const { batchItemFailures } = await handler(sqsEvent(bodies) as unknown as SQSEvent);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

const stored = () => aws.inputsOf('PutItem').map(({ Item }) => Item);

test('an event is stored under its tenant, with the id of the bus event', async () => {
  expect(await take(busEvent(DETAIL))).toEqual([]);
  expect(stored()).toEqual([
    expect.objectContaining({
      pk: { S: 'ten_1#7bf73129-1428-4cd3-a780-95db273d1602' },
      y: { S: 'order.paid' },
      d: { S: '{"n":1}' },
    }),
  ]);
  expect(stored()[0].o).toBeUndefined();
});

test("a producer's own id and time are kept", async () => {
  const detail = { ...DETAIL, id: 'order-1', occurred_at: '2026-01-15T12:30:00Z' };
  expect(await take(busEvent(detail))).toEqual([]);
  expect(stored()).toMatchObject([{ pk: { S: 'ten_1#order-1' }, o: { N: '1768480200000' } }]);
});

test('digits that a double cannot hold survive, or are refused where the dialect cannot carry them', async () => {
  const data = '"data":{"id":9007199254740993,"price":0.12345678901234567891}';
  expect(await take(busEvent(`{"tenant_id":"ten_1",${data}}`))).toEqual([]);
  expect(stored()[0].d.S ?? '').toBe('{"id":9007199254740993,"price":0.12345678901234567891}');
  const type = { 'detail-type': 'user.created' };
  expect(await take(busEvent(`{"tenant_id":"ten_double",${data}}`, type))).toEqual(['message-0']);
  expect(logged.join()).toContain('detail.data.id');
});

test.each<[string, string, string]>([
  ['no JSON', 'not json', 'not valid JSON'],
  ['no detail', '{"id":"a","detail-type":"order.paid"}', 'detail is missing'],
  ['no data', busEvent({ tenant_id: 'ten_1' }), 'detail.data is missing'],
  ['data that is no object', busEvent({ tenant_id: 'ten_1', data: [1] }), 'data is [1]'],
  ['a member that is not known', busEvent({ ...DETAIL, typ: 'x' }), 'detail.typ is not known'],
  ['a type that is none', busEvent(DETAIL, { 'detail-type': 'Order Paid' }), 'Order Paid'],
  ['an unknown tenant', busEvent({ ...DETAIL, tenant_id: 'nobody' }), 'no tenant \\"nobody\\"'],
])('%s fails alone, with the reason in the log', async (_what, body, reason) => {
  expect(await take(busEvent(DETAIL), body, busEvent({ ...DETAIL, id: 'two' }))).toEqual(['message-1']);
  expect(stored()).toHaveLength(2);
  expect(logged).toHaveLength(1);
  expect(logged[0]).toContain(reason);
  expect(JSON.parse(logged[0] as string)).toMatchObject({ messageId: 'message-1', tries: 1 });
});

test('an event that comes again is an echo; an id with other content fails', async () => {
  await take(busEvent(DETAIL));
  const [first] = stored();
  aws.on('PutItem', () => {
    throw new AwsError('ConditionalCheckFailedException', 'there', { Item: first });
  });
  expect(await take(busEvent(DETAIL))).toEqual([]);
  expect(await take(busEvent({ ...DETAIL, data: { n: 2 } }))).toEqual(['message-0']);
  expect(logged.join()).toContain('was published before');
});

test('what the table refuses now is tried again', async () => {
  aws.on('PutItem', () => {
    throw new AwsError('ValidationException');
  });
  expect(await take(busEvent(DETAIL))).toEqual(['message-0']);
});
