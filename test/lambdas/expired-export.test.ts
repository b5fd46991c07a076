import { gunzipSync } from 'node:zlib';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import { acceptEvent } from '../../core/accept-event.ts';
import { DIALECTS } from '../../core/dialects/index.ts';
import { attemptItem, recordStatement } from '../../lambdas/adapters/delivery-statements.ts';
import type { Item } from '../../lambdas/adapters/dynamodb.ts';
import { toItem as eventItem } from '../../lambdas/adapters/event-store.ts';
import { packLines } from '../../lambdas/adapters/expired-export.ts';
import { handler as journal } from '../../lambdas/journal.ts';
import { handler as observe } from '../../lambdas/observe.ts';
import { ACCEPTED_AT, attemptOf, changeOf, messageOf } from './adapters/changes.ts';
import { AwsError, type FakeAws, startFakeAws } from './fake-aws.ts';
import { FakeStats } from './fake-stats.ts';
import { failed, recordOf } from './stream-records.ts';

const TTL = { type: 'Service', principalId: 'dynamodb.amazonaws.com' } as const;
let aws: FakeAws;
let now = ACCEPTED_AT;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  process.env.EXPORT_STREAM = 'expired';
  process.env.EXPORT_BUCKET = 'expired-bucket';
  aws.on('PutRecordBatch', ({ Records }) => ({
    FailedPutCount: 0,
    RequestResponses: Records.map(() => ({})),
  }));
  jest.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  delete process.env.EXPORT_STREAM;
});
afterAll(() => aws.close());

/** As the stream has it (DynamoDB developer guide, "Time to Live"): JSON, with binaries as base64. */
function removal(item: Item, userIdentity: object | null = TTL): DynamoDBRecord {
  const OldImage = Object.entries(item).map(([name, value]) => [
    name,
    value.B ? { B: Buffer.from(value.B).toString('base64') } : value,
  ]);
  const { pk, sk } = item;
  const dynamodb = { Keys: { pk, ...(sk && { sk }) }, OldImage: Object.fromEntries(OldImage) };
  return {
    eventName: 'REMOVE',
    eventSource: 'aws:dynamodb',
    ...(userIdentity && { userIdentity }),
    dynamodb,
  } as DynamoDBRecord;
}

/** The item that an INSERT writes. */
function deliveryItem(): Item {
  const { Statement = '', Parameters = [] } = recordStatement(changeOf(messageOf(1), 'succeeded'));
  const names = [...Statement.matchAll(/'(\w+)': \?/g)].map(([, name = '']) => name);
  return Object.fromEntries(names.map((name, i) => [name, Parameters[i]])) as Item;
}

const exported = () =>
  aws
    .inputsOf('PutRecordBatch')
    .flatMap(({ Records }) =>
      Records.map(({ Data }: { Data: string }) => Buffer.from(Data, 'base64').toString()),
    )
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** The lines that were put into the bucket past Firehose. */
const aside = () =>
  aws.inputsOf('PutObject').flatMap(({ Body }) =>
    gunzipSync(Body)
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );

test('an expired delivery and its later attempt are lines of JSON with their logs', async () => {
  const item = deliveryItem();
  const attempt = attemptItem(changeOf(messageOf(1, 2), 'succeeded'), attemptOf(2, 503));
  await observe({ Records: [removal(item), removal(attempt)] });
  const [first, second] = exported();
  const { attempt: log, delivery, ...columns } = first;
  expect(columns).toEqual({
    kind: 'delivery',
    tenant_id: 'ten_1',
    webhook_id: 'ep_0TbsgmRk5x2mQ8vYb1LzN1',
    event_id: 'evt_1',
    event_type: 'order.paid',
    status: 'success',
    status_code: 200,
    attempts: 1,
    duration_ms: 187,
    at: new Date(ACCEPTED_AT + 1_000).toISOString(),
  });
  expect(delivery).toMatch(/^[0-9A-Za-z]{41}$/);
  expect(JSON.parse(log)).toMatchObject(attemptOf(1));
  expect(second).toMatchObject({ kind: 'attempt', delivery, status_code: 503, duration_ms: 187 });
  expect(JSON.parse(second.attempt)).toEqual(attemptOf(2, 503));
});

test('an expired event is a line with its data, digit for digit', async () => {
  const input = { id: 'evt_1', type: 'order.paid', data: { n: 1 } };
  const event = acceptEvent(DIALECTS.standard, 'ten_1', input, ACCEPTED_AT);
  await journal({ Records: [removal(eventItem({ ...event, dataText: '{"n":12345678901234567890.10}' }))] });
  expect(exported()).toEqual([
    {
      kind: 'event',
      tenant_id: 'ten_1',
      event_id: 'evt_1',
      event_type: 'order.paid',
      at: new Date(ACCEPTED_AT).toISOString(),
      data: '{"n":12345678901234567890.10}',
    },
  ]);
});

test('what a person deleted is not exported, and what cannot be read holds up nothing', async () => {
  const item = deliveryItem();
  const broken = { ...item, x: { B: Buffer.from('no zstd') } };
  await observe({ Records: [removal(item, null), removal(broken), removal(item)] });
  expect(exported()).toHaveLength(1);
});

test('what was deleted with its tenant is neither exported, nor counted, nor told, nor listed', async () => {
  const event = acceptEvent(DIALECTS.standard, 'ten_1', { id: 'evt_1', type: 'a.b', data: {} }, ACCEPTED_AT);
  const failed = { ...deliveryItem(), s: { S: 'failed' } };
  await observe({ Records: [removal(failed, null), removal(deliveryItem(), null)] });
  await journal({ Records: [removal(eventItem(event), null)] });
  expect(aws.takeNames()).toEqual([]);
});

test('nothing is sent where nothing expired, or no export is asked for', async () => {
  await observe({ Records: [] });
  delete process.env.EXPORT_STREAM;
  await observe({ Records: [removal(deliveryItem())] });
  expect(aws.inputsOf('PutRecordBatch')).toEqual([]);
});

test('records that Firehose refuses are sent again, alone; then it has taken everything', async () => {
  let calls = 0;
  aws.on('PutRecordBatch', ({ Records }) => ({
    FailedPutCount: calls === 0 ? 1 : 0,
    RequestResponses: Records.map(() => (calls++ === 0 ? { ErrorCode: 'ServiceUnavailableException' } : {})),
  }));
  await observe({ Records: [removal(deliveryItem())] });
  expect(aws.inputsOf('PutRecordBatch')).toHaveLength(2);
  expect(aside()).toEqual([]);
});

describe('what Firehose does not take', () => {
  const lost = () => jest.mocked(console.error).mock.calls.map(([line]) => line.message);
  const measured = jest.spyOn(Metrics.prototype, 'addMetric');
  let takes: boolean;
  beforeEach(() => {
    // Firehose is left alone for a minute after it refused.
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    now += 3_600_000;
    takes = false;
    measured.mockClear();
    jest.spyOn(console, 'info').mockReturnValue();
    aws.on('PutRecordBatch', ({ Records }) => {
      if (!takes) throw new AwsError('ResourceNotFoundException', 'no such stream');
      return { FailedPutCount: 0, RequestResponses: Records.map(() => ({})) };
    });
  });
  afterEach(() => jest.mocked(Date.now).mockRestore());

  test('is put into the bucket at once, under its day, as Athena reads it', async () => {
    await observe({ Records: [removal(deliveryItem())] });
    const [object] = aws.inputsOf('PutObject');
    const day = new Date(now).toISOString().slice(0, 10);
    expect([object.Bucket, object.Key]).toEqual([
      'expired-bucket',
      expect.stringMatching(new RegExp(`^expired/day=${day}/direct-.*\\.gz$`)),
    ]);
    expect(aside()).toEqual([expect.objectContaining({ kind: 'delivery', event_id: 'evt_1' })]);
    expect(measured.mock.calls).toEqual([['ExpiredPastFirehose', 'Count', 1]]);
  });

  test('holds up neither the notices of failures nor the statistics', async () => {
    const table = new FakeStats(aws);
    await observe({ Records: [removal(deliveryItem()), recordOf({ ...failed(), s: 'failed' })] });
    expect(aws.inputsOf('SendMessageBatch')).toHaveLength(1);
    expect(table.items.size).toBeGreaterThan(0);
    expect(aside()).toHaveLength(1);
  });

  test('is not asked of Firehose again within a minute', async () => {
    await observe({ Records: [removal(deliveryItem())] });
    const asked = aws.inputsOf('PutRecordBatch').length;
    await observe({ Records: [removal(deliveryItem())] });
    expect(aws.inputsOf('PutRecordBatch')).toHaveLength(asked);
    expect(aside()).toHaveLength(2);
    takes = true;
    now += 61_000;
    await observe({ Records: [removal(deliveryItem())] });
    expect(aside()).toHaveLength(2);
  });

  test('is lost only where the bucket is out of reach too, and even that holds up nothing', async () => {
    aws.on('PutObject', () => {
      throw new AwsError('NoSuchBucket');
    });
    await journal({ Records: [removal(deliveryItem())] });
    expect(lost()).toContain('what expired could not be exported and is lost');
    // An alarm watches it.
    expect(measured.mock.calls).toEqual([['ExpiredLost', 'Count', 1]]);
  });
});

test('lines fill records of a megabyte at most, each with its newline', () => {
  const lines = Array.from({ length: 25 }, (_, n) => String(n % 10).repeat(99_999));
  const packs = packLines(lines);
  expect(packs.map(({ byteLength }) => byteLength)).toEqual([1_000_000, 1_000_000, 500_000]);
  expect(Buffer.concat(packs).toString()).toBe(lines.map((line) => `${line}\n`).join(''));
  expect(packLines([])).toEqual([]);
});

test('milestones of the journal expire unexported, and are no failure', async () => {
  jest.mocked(console.error).mockClear();
  await journal({ Records: [removal({ pk: { S: '!task_1#7' }, ttl: { N: '1' } })] });
  expect(aws.inputsOf('PutRecordBatch')).toEqual([]);
  expect(console.error).not.toHaveBeenCalled();
});
