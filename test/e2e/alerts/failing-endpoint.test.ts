import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { awaitMail, mailsTo } from '../mails.ts';
import { createTenant, eventually, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

/** The whole way: an event is published, its delivery fails, and whoever wants to know is told. */
const outputs = readOutputs();
const receivers: Receiver[] = [];
afterAll(() => Promise.all(receivers.map((receiver) => receiver.close())));

async function receive(status = 200): Promise<Receiver> {
  const receiver = await startReceiver({ respond: () => ({ status }) });
  receivers.push(receiver);
  return receiver;
}

test('a delivery that ends failed is mailed and told; a test that fails is not', async () => {
  const [broken, ours] = [await receive(500), await receive()];
  const tenant = await createTenant('hasty');
  const address = 'failing@example.com';
  const { id } = await tenant.createEndpoint({
    url: broken.url,
    events: ['order.*'],
    alerts: { email: address },
  });
  await tenant.createEndpoint({ url: ours.url, operational: true });
  await expectCall(202, 'POST', `/v1/webhooks/${id}/test`, tenant.key, {});
  await tenant.awaitDelivery(id, ({ status }) => status === 'failed');
  const event = await tenant.publish({ type: 'order.paid', data: {} });
  const mail = await awaitMail(outputs, address);
  expect(mail.Subject).toBe(`1 delivery failed: ${new URL(broken.url).host}`);
  expect(mail.BodyText).toContain('order.paid: The endpoint answered 500.');
  const [request] = await ours.waitFor(1);
  const [delivery] = await tenant.deliveriesOf(id, '?test=false');
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    type: 'delivery.failed',
    data: { webhook_id: id, event_id: event.id, delivery_id: delivery?.id, status_code: 500, attempts: 1 },
  });
  expect([ours.requests.length, (await mailsTo(outputs, address)).length]).toEqual([1, 1]);
});

test('an endpoint that its own receiver disables is mailed and told', async () => {
  const [gone, ours] = [await receive(410), await receive()];
  const tenant = await createTenant('standard');
  const address = 'disabled@example.com';
  const { id } = await tenant.createEndpoint({ url: gone.url, alerts: { email: address } });
  await tenant.createEndpoint({ url: ours.url, operational: true, events: ['endpoint.*'] });
  await tenant.publish({ type: 'order.paid', data: {} });
  const mail = await awaitMail(outputs, address);
  expect(mail.Subject).toBe(`Webhook endpoint was disabled: ${new URL(gone.url).host}`);
  const [request] = await ours.waitFor(1);
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    type: 'endpoint.disabled',
    data: {
      webhook_id: id,
      reason: 'The endpoint answered 410. The endpoint was disabled.',
      status_code: 410,
      event_type: 'order.paid',
    },
  });
});

test('an operational endpoint that fails tells of nothing more, and stops by itself', async () => {
  const broken = await receive(500);
  const tenant = await createTenant('hasty');
  const failing = await tenant.createEndpoint({ url: broken.url, events: ['order.*'] });
  const operational = await tenant.createEndpoint({ url: broken.url, operational: true });
  await tenant.publish({ type: 'order.paid', data: {} });
  await tenant.awaitDelivery(failing.id, ({ status }) => status === 'failed');
  await tenant.awaitDelivery(operational.id, ({ status }) => status === 'failed');
  // A witness: what the failed operational delivery would have caused came before what this one causes.
  await tenant.publish({ type: 'order.paid', data: {} });
  const told = await eventually(async () => {
    const deliveries = await tenant.deliveriesOf(operational.id);
    return deliveries.length > 1 ? deliveries : undefined;
  });
  expect(told.map(({ event_type }) => event_type)).toEqual(['delivery.failed', 'delivery.failed']);
  expect(broken.requests).toHaveLength(4);
});
