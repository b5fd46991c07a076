import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { acceptEvent } from '../../core/accept-event.ts';
import { DIALECTS } from '../../core/dialects/index.ts';
import type { StoredEvent } from '../../core/event.ts';
import { putEvent } from '../../lambdas/adapters/event-store.ts';
import { handler as dispatch } from '../../lambdas/dispatch.ts';
import { AwsError, type FakeAws, startFakeAws } from './fake-aws.ts';
import { FakeTables } from './fake-tables.ts';

const ENDPOINTS = ['ep_0TbsgmRk5x2mQ8vYb1LzNc', 'ep_0TbsgmRk5x2mQ8vYb1LzNd'];
let aws: FakeAws;
let tables: FakeTables;
const lines: string[] = [];

beforeAll(async () => {
  aws = await startFakeAws();
  delete process.env.POWERTOOLS_METRICS_DISABLED;
  process.env.POISON_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/poison`;
  process.env.FAN_OUT_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/fan-out`;
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
});
beforeEach(() => {
  aws.reset();
  lines.splice(0);
  tables = new FakeTables(aws);
  tables.put('directory', { pk: { S: 'TENANT#ten_1' }, sk: { S: 'TENANT' }, version: { N: '1' } });
  const found = ENDPOINTS.map((id) => ({
    pk: { S: 'TENANT#ten_1' },
    sk: { S: `ENDPOINT#${id}` },
    events: { L: [{ S: '*' }] },
    active: { BOOL: true },
  }));
  aws.on('Query', () => ({ Items: found }));
});
afterAll(async () => {
  jest.restoreAllMocks();
  await aws.close();
});

/** Stores events and hands their records to dispatching, as the stream does. */
async function dispatchEvents(...extras: Partial<StoredEvent>[]): Promise<void> {
  for (const [n, extra] of extras.entries()) {
    const input = { id: `evt_${n}`, type: 'order.paid', data: { n } };
    await putEvent({ ...acceptEvent(DIALECTS.standard, 'ten_1', input, Date.now()), ...extra });
  }
  const Records = tables.itemsOf('events').map((NewImage) => ({ dynamodb: { NewImage } }));
  await dispatch({ Records } as DynamoDBStreamEvent);
}

test('a batch of events is one line: how many there were, and how many deliveries they make', async () => {
  await dispatchEvents({}, {}, {});
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ Published: 3, Dispatched: 6, service: 'test' }),
  ]);
});

test('somebody’s try and what the platform says of itself are not among what was published', async () => {
  await dispatchEvents({}, { testEndpointId: ENDPOINTS[0] }, { operational: true });
  expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ Published: 1 });
});

test('milestones of the journal are no events: nothing is dispatched, counted or poisoned', async () => {
  tables.put('events', { pk: { S: '!task_1#7' }, ttl: { N: '1' } });
  await dispatchEvents({});
  expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ Published: 1, Dispatched: 2 });
  const [sent] = aws.inputsOf('SendMessageBatch');
  expect([sent.Entries.length, aws.inputsOf('SendMessageBatch').length]).toEqual([2, 1]);
});

test('a batch that fails counts nothing, since it is made again', async () => {
  aws.on('SendMessageBatch', () => {
    throw new AwsError('InvalidParameterValue', 'no');
  });
  await expect(dispatchEvents({})).rejects.toThrow('no');
  expect(lines).toEqual([]);
});
