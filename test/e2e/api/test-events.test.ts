import { verifyGeneric } from '../../fixtures/receivers/generic.ts';
import { verifyPromptha } from '../../fixtures/receivers/promptha.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { call, createTenant, expectCall, type ShownDelivery } from '../platform.ts';

let receiver: Receiver;
afterEach(() => receiver?.close());

type Pending = ShownDelivery & { readonly test: boolean };

test("the generic guide's call without a body sends the catalogue's example of a subscribed type", async () => {
  receiver = await startReceiver({ verify: verifyGeneric, secret: 'whsec_abc123xyz' });
  const tenant = await createTenant('generic');
  const endpoint = await tenant.createEndpoint({
    url: receiver.url,
    events: ['project.*'],
    secret: 'whsec_abc123xyz',
    active: false,
  });
  const pending = await expectCall<Pending>(202, 'POST', `/v1/webhooks/${endpoint.id}/test`, tenant.key);
  expect(pending).toMatchObject({
    status: 'pending',
    test: true,
    event_type: 'project.created',
    attempts: 0,
  });
  // Readable at once, and then with what came of it.
  const at = `/v1/deliveries/${pending.id}`;
  expect((await expectCall<Pending>(200, 'GET', at, tenant.key)).test).toBe(true);
  const delivery = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
  expect(delivery.id).toBe(pending.id);
  expect(receiver.requests.map(({ verdict }) => verdict.ok)).toEqual([true]);
  expect(JSON.parse(receiver.requests[0]!.body)).toMatchObject({ type: 'project.created' });
  const details = await expectCall<{
    body: string;
    attempt_log: { response: { body: string } }[];
  }>(200, 'GET', at, tenant.key);
  expect(details.body).toBe(receiver.requests[0]!.body);
  expect(details.attempt_log[0]).toMatchObject({ response: { body: 'OK' } });
});

test("the promptha guide's call sends what it names, to that endpoint alone", async () => {
  receiver = await startReceiver({ verify: verifyPromptha, secret: 'your_webhook_secret' });
  const tenant = await createTenant('promptha');
  const settings = { url: receiver.url, events: ['credits.low'], secret: 'your_webhook_secret' };
  const endpoint = await tenant.createEndpoint(settings);
  const bystander = await tenant.createEndpoint({ ...settings, events: ['fabric.*'] });
  const data = { executionId: 'test_123', result: { output: 'Test result' } };
  const body = { webhookId: endpoint.id, event: 'fabric.completed', data };
  await expectCall(202, 'POST', '/v1/webhooks/test', tenant.key, body);
  await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
  expect(JSON.parse(receiver.requests[0]!.body)).toMatchObject({ event: 'fabric.completed', data });
  expect(receiver.requests.map(({ verdict }) => verdict.ok)).toEqual([true]);
  expect(await tenant.deliveriesOf(bystander.id)).toEqual([]);
  // A test is none of the tenant's events.
  expect(await expectCall(200, 'GET', '/v1/events', tenant.key)).toMatchObject({ events: [] });
  expect(await tenant.deliveriesOf(endpoint.id, '?test=false')).toEqual([]);
  expect(await tenant.deliveriesOf(endpoint.id, '?test=true')).toHaveLength(1);
});

test('a test of an unknown type or of a foreign endpoint is refused', async () => {
  receiver = await startReceiver();
  const [tenant, other] = [await createTenant('generic'), await createTenant('generic')];
  const endpoint = await tenant.createEndpoint({ url: receiver.url });
  const path = `/v1/webhooks/${endpoint.id}/test`;
  expect(await call('POST', path, tenant.key, { event: 'no.such' })).toMatchObject({ status: 422 });
  expect(await call('POST', path, tenant.key, { data: 7 })).toMatchObject({ status: 422 });
  expect(await call('POST', path, other.key)).toMatchObject({ status: 404 });
});
