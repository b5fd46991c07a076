import { setTimeout as sleep } from 'node:timers/promises';
import { decodeTime, parseDeliveryId } from '../../../core/ids.ts';
import { printMessage } from '../../../lambdas/adapters/delivery-queue.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws, sqsEvent } from '../aws.ts';
import { createTenant, expectCall, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const outputs = readOutputs();
const aws = connectAws(outputs);
let receiver: Receiver;

afterEach(() => receiver.close());
afterAll(() => aws.close());

/** The message of a delivery whose event is known. */
async function messageOf(tenant: TestTenant, endpointId: string, eventId: string, attempt = 1) {
  const { created_at } = await expectCall<{ created_at: string }>(
    200,
    'GET',
    `/v1/events/${eventId}`,
    tenant.key,
  );
  const [record] = await tenant.deliveriesOf(endpointId);
  // A delivery's id holds the event's time to the millisecond, which its message needs.
  const order = record && parseDeliveryId('del_', record.id)?.order;
  const acceptedAt = order === undefined ? Date.parse(created_at) : decodeTime(order.slice(0, 8));
  return printMessage({ tenantId: tenant.id, eventId, endpointId, acceptedAt, attempt });
}

describe('a message that comes more than once', () => {
  test('a duplicate of a delivery that succeeded sends nothing', async () => {
    receiver = await startReceiver();
    const tenant = await createTenant('standard');
    const endpoint = await tenant.createEndpoint({ url: receiver.url });
    const { id } = await tenant.publish({ type: 'order.paid', data: { n: 1 } });
    await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
    const message = await messageOf(tenant, endpoint.id, id);

    for (let i = 0; i < 3; i++) await aws.queue(message);
    const same = sqsEvent([message, message]);
    const answers = await Promise.all([1, 2].map(() => aws.invoke(outputs.stack.DeliverFunctionName, same)));

    expect(answers).toEqual([{ batchItemFailures: [] }, { batchItemFailures: [] }]);
    await sleep(1_000);
    expect(receiver.requests).toHaveLength(1);
    expect(await tenant.deliveriesOf(endpoint.id)).toEqual([
      expect.objectContaining({ status: 'success', attempts: 1 }),
    ]);
  });

  test('duplicates of a failed attempt start no second chain: every attempt is recorded once', async () => {
    receiver = await startReceiver({ respond: () => ({ status: 500 }) });
    const tenant = await createTenant('demo'); // three attempts: at once, after 1 s, after 2 s
    const endpoint = await tenant.createEndpoint({ url: receiver.url });
    const { id } = await tenant.publish({ type: 'order.paid', data: {} });
    await tenant.awaitDelivery(endpoint.id, ({ attempts }) => attempts >= 1);
    const [first, second] = [
      await messageOf(tenant, endpoint.id, id),
      await messageOf(tenant, endpoint.id, id, 2),
    ];

    await Promise.all([first, first, second, second].map((message) => aws.queue(message)));

    await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'failed');
    await sleep(3_000); // a second chain would still be under way
    expect(await tenant.deliveriesOf(endpoint.id)).toEqual([
      expect.objectContaining({ status: 'failed', attempts: 3 }),
    ]);
    // Two copies of one message may both be sent when they come at the same moment, never more than that.
    expect(receiver.requests.length).toBeLessThanOrEqual(5);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([id]));
  });

  test('one batch that is delivered twice at the same moment is recorded once', async () => {
    receiver = await startReceiver({ respond: () => ({ delayMs: 300 }) });
    const tenant = await createTenant('standard');
    const endpoint = await tenant.createEndpoint({ url: receiver.url, events: ['other'] });
    const ids = await Promise.all([1, 2, 3].map((n) => tenant.publish({ type: 'order.paid', data: { n } })));
    const messages = await Promise.all(ids.map(({ id }) => messageOf(tenant, endpoint.id, id)));

    const batch = sqsEvent(messages);
    const answers = await Promise.all([1, 2].map(() => aws.invoke(outputs.stack.DeliverFunctionName, batch)));

    expect(answers).toEqual([{ batchItemFailures: [] }, { batchItemFailures: [] }]);
    const deliveries = await tenant.deliveriesOf(endpoint.id);
    expect(deliveries.map(({ status, attempts }) => [status, attempts])).toEqual(
      Array(3).fill(['success', 1]),
    );
  });

  test('a stale message for an attempt that is past does nothing', async () => {
    receiver = await startReceiver({ respond: (n) => (n === 1 ? { status: 500 } : undefined) });
    const tenant = await createTenant('demo');
    const endpoint = await tenant.createEndpoint({ url: receiver.url });
    const { id } = await tenant.publish({ type: 'order.paid', data: {} });
    await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');

    for (const attempt of [1, 2, 3]) await aws.queue(await messageOf(tenant, endpoint.id, id, attempt));

    await sleep(1_500);
    expect(receiver.requests).toHaveLength(2);
    expect(await tenant.deliveriesOf(endpoint.id)).toEqual([
      expect.objectContaining({ status: 'success', attempts: 2 }),
    ]);
  });
});
