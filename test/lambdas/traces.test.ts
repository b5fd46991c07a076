import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import { acceptEvent } from '../../core/accept-event.ts';
import { DIALECTS } from '../../core/dialects/index.ts';
import { publishEvent } from '../../lambdas/adapters/traced-events.ts';
import { sendHops } from '../../lambdas/adapters/tracing.ts';
import { handler as deliver } from '../../lambdas/deliver.ts';
import { handler as dispatch } from '../../lambdas/dispatch.ts';
import { type Receiver, startReceiver } from '../fixtures/receivers/receiver.ts';
import { storedEndpoint } from './adapters/endpoints.ts';
import { AwsError, type FakeAws, startFakeAws } from './fake-aws.ts';
import { FakeTables } from './fake-tables.ts';

const ENDPOINT = 'ep_0TbsgmRk5x2mQ8vYb1LzNc';
const signing = [{ kind: 'hmac' as const, value: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }];
const HEADER = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0';
const TRACE_ID = '1-5759e988-bd862e3fe1be46a994272793';
let aws: FakeAws;
let tables: FakeTables;
let receiver: Receiver;
let info: jest.SpiedFunction<typeof console.info>;

beforeAll(async () => {
  aws = await startFakeAws();
  process.env.ALLOW_LOCAL_RECEIVERS = 'true';
  process.env.POISON_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/poison`;
  process.env.FAN_OUT_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/fan-out`;
});
beforeEach(async () => {
  aws.reset();
  process.env.TRACE_SAMPLING = '100';
  info = jest.spyOn(console, 'info').mockReturnValue();
  tables = new FakeTables(aws);
  receiver = await startReceiver({ respond: () => ({ status: 503 }) });
  const { sealed, wrappedKey } = await storedEndpoint({ id: ENDPOINT }, { signing });
  const endpoint = {
    pk: { S: 'TENANT#ten_1' },
    sk: { S: `ENDPOINT#${ENDPOINT}` },
    dialect: { S: 'standard' },
    url: { S: receiver.url },
    events: { L: [{ S: '*' }] },
    active: { BOOL: true },
    created_at: { N: '1' },
    updated_at: { N: '1' },
    sealed: { B: Buffer.from(sealed).toString('base64') },
    wrapped_key: { B: Buffer.from(wrappedKey).toString('base64') },
  };
  tables.put('directory', endpoint);
  tables.put('directory', { pk: { S: 'TENANT#ten_1' }, sk: { S: 'TENANT' }, version: { N: '1' } });
  aws.on('Query', () => ({ Items: [endpoint] }));
});
afterEach(async () => {
  info.mockRestore();
  await receiver.close();
});
afterAll(() => aws.close());

const event = () =>
  acceptEvent(DIALECTS.standard, 'ten_1', { id: 'evt_1', type: 'order.paid', data: { n: 1 } }, Date.now());

/** Publishes, and hands on by hand what AWS would: the stream's record, and the queue's message. */
async function publishToPost(): Promise<void> {
  await publishEvent(event(), HEADER);
  await sendHops();
  const [NewImage] = tables.itemsOf('events');
  await dispatch({ Records: [{ dynamodb: { NewImage } }] } as DynamoDBStreamEvent);
  const [body] = aws
    .inputsOf('SendMessageBatch')[0]
    .Entries.map(({ MessageBody }: { MessageBody: string }) => MessageBody);
  const record = { body, messageId: 'm', receiptHandle: 'r', attributes: { ApproximateReceiveCount: '1' } };
  await deliver({ Records: [record] } as unknown as SQSEvent);
}

const segments = () =>
  aws
    .inputsOf('POST /TraceSegments')
    .flatMap(({ TraceSegmentDocuments }) => TraceSegmentDocuments)
    .map((text) => JSON.parse(text));

test('one trace joins publish, dispatch and POST, and goes on from the producer’s own', async () => {
  await publishToPost();
  const [publish, dispatched, delivered, ...others] = segments();
  expect(others).toEqual([]);
  expect(publish).toMatchObject({
    name: 'posthorn publish',
    trace_id: TRACE_ID,
    parent_id: '53995c3f42cd8ad8',
  });
  const after = { trace_id: TRACE_ID, parent_id: publish.id };
  expect(dispatched).toMatchObject({
    name: 'posthorn dispatch',
    ...after,
    metadata: { posthorn: { deliveries: 1 } },
  });
  expect(delivered).toMatchObject({ name: 'posthorn deliver', ...after, fault: true });
  expect(delivered.metadata.posthorn).toMatchObject({ attempt: 1, state: 'retrying' });
  expect(delivered.subsegments[0].http.response).toEqual({ status: 503 });
  for (const { annotations, metadata } of segments())
    expect({ ...annotations, ...metadata.posthorn }).toMatchObject({ tenant_id: 'ten_1', event_id: 'evt_1' });
});

test('a trace can be searched by its ids, and by nothing else: X-Ray indexes 50 annotations of a trace', async () => {
  await publishToPost();
  expect(segments().map(({ annotations }) => annotations)).toEqual([
    { event_id: 'evt_1' },
    {},
    { endpoint_id: ENDPOINT, delivery_id: expect.stringMatching(/^del_0TbsgmRk5x2mQ8vYb1LzNc/) },
  ]);
});

test('each hop has one log line with the trace and the event', async () => {
  await publishToPost();
  const lines = info.mock.calls.map(([line]) => line).filter(({ message }) => message === 'traced');
  expect(lines.map(({ hop, traceId, event_id }) => `${hop} ${traceId} ${event_id}`)).toEqual([
    `publish ${TRACE_ID} evt_1`,
    `dispatch ${TRACE_ID} evt_1`,
    `deliver ${TRACE_ID} evt_1`,
  ]);
});

test('what a caller says of sampling counts for nothing, and an event without a trace costs no call', async () => {
  process.env.TRACE_SAMPLING = '0';
  await publishEvent(event(), HEADER.replace('Sampled=0', 'Sampled=1'));
  await sendHops();
  expect(tables.itemsOf('events')[0].x).toBeUndefined();
  expect(aws.takeNames()).toEqual(['PutItem']);
});

test.each([
  [0.0099, 'traced'],
  [0.01, 'not traced'],
])('at one percent, chance %d is %s', async (chance, expected) => {
  process.env.TRACE_SAMPLING = '1';
  const random = jest.spyOn(Math, 'random').mockReturnValue(chance);
  const { stored } = await publishEvent(event());
  random.mockRestore();
  await sendHops();
  expect(stored.trace ? 'traced' : 'not traced').toBe(expected);
});

test('an event that was there already is not traced again', async () => {
  const { stored } = await publishEvent(event());
  aws.on('PutItem', () => {
    throw new AwsError('ConditionalCheckFailedException', '', { Item: tables.itemsOf('events')[0] });
  });
  await sendHops();
  aws.takeNames();
  const echo = await publishEvent(event());
  await sendHops();
  expect(echo).toMatchObject({ result: 'repeated', stored: { trace: stored.trace } });
  expect(aws.takeNames()).toEqual(['PutItem']);
});

test('X-Ray that takes nothing fails nothing', async () => {
  aws.on('POST /TraceSegments', () => {
    throw new AwsError('AccessDeniedException', 'not for you');
  });
  await publishToPost();
  expect(receiver.requests).toHaveLength(1);
  expect(info.mock.calls.flat()).toContainEqual(
    expect.objectContaining({ message: 'segments of a trace were not taken' }),
  );
});
