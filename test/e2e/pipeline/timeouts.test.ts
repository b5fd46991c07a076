import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { createTenant, expectCall } from '../platform.ts';

let receiver: Receiver;
afterEach(() => receiver?.close());

test("an endpoint's own timeout ends an attempt before the dialect's does, and says so", async () => {
  receiver = await startReceiver({ respond: (n) => (n === 1 ? { delayMs: 10_000 } : undefined) });
  const tenant = await createTenant('standard');
  const { id } = await tenant.createEndpoint({ url: receiver.url, timeout: 1 });
  await tenant.publish({ type: 'order.paid', data: {} });
  const { id: delivery, error } = await tenant.awaitDelivery(id, ({ status }) => status === 'retrying');
  expect(error).toBe('Connection timeout: no complete answer within 1 s.');
  const read = await expectCall<{ attempt_log: { duration_ms: number }[] }>(
    200,
    'GET',
    `/v1/deliveries/${delivery}`,
    tenant.key,
  );
  expect(read.attempt_log[0]!.duration_ms).toBeLessThan(5_000);
});
