import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { acceptEvent } from '../../../core/accept-event.ts';
import { DIALECTS } from '../../../core/dialects/index.ts';
import { eventExpiry } from '../../../core/retention.ts';
import { fromItem, putEvent } from '../../../lambdas/adapters/event-store.ts';
import { AwsError, type FakeAws, type Input, startFakeAws } from '../fake-aws.ts';
import { itemSize } from '../item-size.ts';

let aws: FakeAws;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => aws.reset());
afterAll(() => aws.close());

const NOW = Date.UTC(2026, 0, 15, 12, 30);
const eventOf = (id: string, data: object = { n: 1 }) =>
  acceptEvent(DIALECTS.standard, 'ten_1', { id, type: 'order.paid', data }, NOW);

/** 1 KB of data as shops send it. */
const ORDER = {
  order: {
    id: 'ord_7f3c9a1e2b',
    status: 'PAID',
    total: 15997,
    currency: 'USD',
    items: [
      { productId: 'prod_5d41402a', name: 'Ceramic teapot, 1.2 l, midnight blue', quantity: 1, price: 5999 },
      { productId: 'prod_7d793037', name: 'Linen tablecloth, 140 × 220 cm', quantity: 2, price: 2999 },
      { productId: 'prod_9bf31c7f', name: 'Stainless steel tea strainer', quantity: 1, price: 1250 },
      { productId: 'prod_c4ca4238', name: 'Assam second flush, 250 g', quantity: 2, price: 1375 },
    ],
    customer: {
      id: 'usr_2f1b',
      email: 'maria.lindqvist@example.com',
      firstName: 'Maria',
      lastName: 'Lindqvist',
    },
    shipping: { method: 'express', carrier: 'DHL', tracking: 'JD014600006281230701', street: 'Storgatan 12' },
    city: 'Göteborg',
    zip: '411 38',
    country: 'SE',
    payment: { id: 'pay_c81e728d', method: 'stripe', last4: '4242', capturedAt: '2026-01-15T12:29:58Z' },
    note: 'Please leave the parcel with the neighbour at number 14 if nobody is home in the afternoon, thanks.',
    createdAt: '2026-01-15T12:28:11Z',
    updatedAt: '2026-01-15T12:30:00Z',
    source: 'web',
  },
};

/** The wire's base64 as the SDK gives it. */
function revive(item: Input): Input {
  const bytes = (value: Input) => (value.B === undefined ? value : { B: Buffer.from(value.B, 'base64') });
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, bytes(value)]));
}

test('an event with 1 KB of data costs one write unit: 1,024 bytes as DynamoDB counts them', async () => {
  const event = eventOf('evt_0TbsgmRk5x2mQ8vYb1LzNc', ORDER);
  expect(Buffer.byteLength(event.dataText)).toBeGreaterThanOrEqual(1_024);
  await putEvent(event);
  const [{ Item }] = aws.inputsOf('PutItem');
  expect(itemSize(Item)).toBeLessThanOrEqual(1_024);
  expect(fromItem(revive(Item))).toEqual({
    ...event,
    contentHash: Buffer.from(event.contentHash),
    expiresAt: eventExpiry(event.acceptedAt, 30),
  });
});

test('a traced one too', async () => {
  const trace = { traceId: '1-5759e988-bd862e3fe1be46a994272793', segmentId: '53995c3f42cd8ad8' };
  await putEvent({ ...eventOf('evt_0TbsgmRk5x2mQ8vYb1LzNc', ORDER), trace });
  const [{ Item }] = aws.inputsOf('PutItem');
  expect(itemSize(Item)).toBeLessThanOrEqual(1_024);
  expect(fromItem(revive(Item)).trace).toEqual(trace);
});

test('an event outlives its deliveries by a week', async () => {
  await putEvent(eventOf('evt_1'));
  const [{ Item }] = aws.inputsOf('PutItem');
  expect(Number(Item.ttl.N)).toBe(NOW / 1000 + 37 * 86_400);
});

test('one call stores an event, or says whether the one of its id says the same', async () => {
  expect(await putEvent(eventOf('evt_1'))).toEqual({ result: 'created', stored: eventOf('evt_1') });
  const [{ Item, ...condition }] = aws.inputsOf('PutItem');
  expect(condition).toMatchObject({ ConditionExpression: 'attribute_not_exists(pk)' });
  aws.on('PutItem', () => {
    throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed', { Item });
  });
  expect((await putEvent(eventOf('evt_1'))).result).toBe('repeated');
  expect((await putEvent(eventOf('evt_1', { n: 2 }))).result).toBe('conflict');
  expect(aws.calls).toHaveLength(3);
});

test.each([{ pk: { S: 'nothing' } }, { pk: { S: 'a#b' }, y: { S: 'x' } }, {}])('%j is no event', (item) => {
  expect(() => fromItem(item as Input)).toThrow(/is not an event/);
});
