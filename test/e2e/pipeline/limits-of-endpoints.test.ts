import { type Receiver, type ReceiverOptions, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { createTenant, eventually, expectCall, type TestTenant } from '../platform.ts';

/** How much too early a timer of Node may fire, and two clocks of one machine may round. */
const TIMER_MS = 5;

let receiver: Receiver;
afterEach(() => receiver.close());

/** Publishes a burst to an endpoint with a limit, and waits until all of it is delivered. */
async function burst(count: number, rate_limit: object, respond?: ReceiverOptions['respond']) {
  receiver = await startReceiver({ respond });
  const tenant = await createTenant('standard');
  const { id } = await tenant.createEndpoint({ url: receiver.url, rate_limit });
  const events = Array.from({ length: count }, (_, n) => ({ id: `e${n}`, type: 'order.paid', data: { n } }));
  await expectCall(202, 'POST', '/v1/events', tenant.key, { events });
  return awaitAll(tenant, id, count);
}

function awaitAll(tenant: TestTenant, id: string, count: number) {
  return eventually(async () => {
    const deliveries = await tenant.deliveriesOf(id, '?status=success&limit=100');
    return deliveries.length === count ? deliveries : undefined;
  });
}

test('a burst above an endpoint’s rate comes at that rate: none is lost, none is sent twice, no attempt is spent', async () => {
  const [count, perSecond] = [60, 10];
  const publishedAt = Date.now();
  const deliveries = await burst(count, { per_second: perSecond });
  expect(deliveries.every(({ attempts }) => attempts === 1)).toBe(true);
  const times = receiver.requests.map(({ receivedAt }) => receivedAt).toSorted((a, b) => a - b);
  expect(times).toHaveLength(count);
  // At any time no more have come than the rate gives since the burst began. What is late only makes this truer; that what is
  // late does not come all at once is tested on the pacer itself.
  const early = times.filter((at, n) => at - publishedAt < (n / perSecond) * 1_000 - TIMER_MS);
  expect(early).toEqual([]);
});

test('an endpoint has no more requests under way than it takes, whichever functions send them', async () => {
  let underWay = 0;
  let most = 0;
  const deliveries = await burst(24, { concurrent: 2 }, () => {
    most = Math.max(most, ++underWay);
    // A little before the answer goes out: what follows the answer is another request's.
    setTimeout(() => underWay--, 280);
    return { delayMs: 300 };
  });
  expect(most).toBe(2);
  expect(receiver.requests).toHaveLength(24);
  expect(deliveries.every(({ attempts }) => attempts === 1)).toBe(true);
});
