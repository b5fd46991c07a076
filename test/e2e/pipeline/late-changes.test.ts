import { printMessage } from '../../../lambdas/adapters/delivery-queue.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws } from '../aws.ts';
import { createTenant, eventually, expectCall, type ShownDelivery } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const aws = connectAws(readOutputs());
afterAll(() => aws.close());

describe('an endpoint that changes between dispatch and delivery', () => {
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.close());

  test('gets nothing once it is disabled, and the log says why', async () => {
    const tenant = await createTenant('standard');
    const endpoint = await tenant.createEndpoint({ url: receiver.url, active: false });
    const { id } = await tenant.publish({ type: 'order.paid', data: {} });
    await aws.queue(
      printMessage({ tenantId: tenant.id, eventId: id, endpointId: endpoint.id, acceptedAt: 1, attempt: 1 }),
    );
    const delivery = await tenant.awaitDelivery(endpoint.id, () => true);
    expect(delivery).toMatchObject({
      status: 'discarded',
      attempts: 0,
      error: expect.stringContaining('disabled'),
    });
    expect(receiver.requests).toHaveLength(0);
  });

  test('gets nothing once it is deleted, and the event still tells', async () => {
    const failing = await startReceiver({ respond: () => ({ status: 500 }) });
    const tenant = await createTenant('demo');
    const endpoint = await tenant.createEndpoint({ url: failing.url });
    const { id } = await tenant.publish({ type: 'order.paid', data: {} });
    await failing.waitFor(1);
    await expectCall(204, 'DELETE', `/v1/webhooks/${endpoint.id}`, tenant.key);
    const delivery = await eventually(async () => {
      const path = `/v1/events/${id}/deliveries`;
      const { deliveries } = await expectCall<{ deliveries: ShownDelivery[] }>(200, 'GET', path, tenant.key);
      return deliveries.find(({ status }) => status === 'discarded');
    });
    expect(delivery).toMatchObject({ webhook_id: endpoint.id, error: expect.stringContaining('deleted') });
    expect(failing.requests.length).toBeLessThanOrEqual(2);
    await failing.close();
  });

  test('is posted to at its new address', async () => {
    const old = await startReceiver({ respond: () => ({ status: 500 }) });
    const tenant = await createTenant('demo');
    const endpoint = await tenant.createEndpoint({ url: old.url });
    await tenant.publish({ type: 'order.paid', data: {} });
    await old.waitFor(1);
    await expectCall(200, 'PATCH', `/v1/webhooks/${endpoint.id}`, tenant.key, { url: receiver.url });
    await receiver.waitFor(1);
    await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
    await old.close();
  });
});
