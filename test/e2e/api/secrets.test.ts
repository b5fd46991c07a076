import { verifyArka } from '../../fixtures/receivers/arka.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { verifyStandard } from '../../fixtures/receivers/standard.ts';
import { call, createTenant, expectCall } from '../platform.ts';

interface ShownSecret {
  readonly secret?: string;
  readonly public_key?: string;
  readonly previous: {
    readonly secret?: string;
    readonly public_key?: string;
    readonly expires_at: string;
  }[];
}

let receiver: Receiver;
afterEach(() => receiver?.close());

test('a standard endpoint signs with both secrets until the overlap ends, so both receivers verify', async () => {
  receiver = await startReceiver();
  const tenant = await createTenant('standard');
  const { id, secret: old } = await tenant.createEndpoint({ url: receiver.url });
  expect(await expectCall(200, 'GET', `/v1/webhooks/${id}/secret`, tenant.key)).toMatchObject({
    secret: old,
    previous: [],
  });

  const path = `/v1/webhooks/${id}/rotate-secret`;
  const { secret, previous } = await expectCall<ShownSecret>(200, 'POST', path, tenant.key, {
    overlap_hours: 1,
  });

  expect(secret).not.toBe(old);
  expect(previous).toEqual([{ secret: old, expires_at: expect.any(String) }]);
  expect(Date.parse(previous[0]!.expires_at) - Date.now()).toBeGreaterThan(3_500_000);
  await tenant.publish({ type: 'order.paid', data: {} });
  const [request] = await receiver.waitFor(1);
  for (const key of [old, secret!])
    expect((await verifyStandard(request!.headers, request!.body, key)).ok).toBe(true);
  expect(request!.headers['webhook-signature']!.split(' ')).toHaveLength(2);

  await expectCall(200, 'POST', path, tenant.key, { overlap_hours: 0 });
  await tenant.publish({ type: 'order.paid', data: { n: 2 } });
  const [, second] = await receiver.waitFor(2);
  expect(second!.headers['webhook-signature']!.split(' ')).toHaveLength(1);
  expect((await verifyStandard(second!.headers, second!.body, old)).ok).toBe(false);
});

test('an arka endpoint, whose one header carries one signature, keeps the old secret through the overlap', async () => {
  receiver = await startReceiver();
  const tenant = await createTenant('arka');
  const { id, secret: old } = await tenant.createEndpoint({ url: receiver.url });
  const path = `/v1/webhooks/${id}/rotate-secret`;
  await expectCall(200, 'POST', path, tenant.key, { secret: 'my-own-new-secret' });
  const publish = () => tenant.publish({ type: 'integration.connected', data: { integration: 'slack' } });
  await publish();
  const [first] = await receiver.waitFor(1);
  expect((await verifyArka(first!.headers, first!.body, old)).ok).toBe(true);

  await expectCall(200, 'POST', path, tenant.key, { secret: 'my-own-newer-secret', overlap_hours: 0 });
  await publish();
  const [, second] = await receiver.waitFor(2);
  expect((await verifyArka(second!.headers, second!.body, 'my-own-newer-secret')).ok).toBe(true);
  expect(await expectCall(200, 'GET', `/v1/webhooks/${id}/secret`, tenant.key)).toMatchObject({
    secret: 'my-own-newer-secret',
  });
});

test('of a key pair the public half alone is shown, and rotating makes another', async () => {
  const tenant = await createTenant('standard');
  const settings = { url: 'https://example.com/hook', signing: 'ed25519' };
  const { id } = await tenant.createEndpoint(settings);
  const before = await expectCall<ShownSecret>(200, 'GET', `/v1/webhooks/${id}/secret`, tenant.key);
  const after = await expectCall<ShownSecret>(
    200,
    'POST',
    `/v1/webhooks/${id}/rotate-secret`,
    tenant.key,
    {},
  );
  expect(after.public_key).toMatch(/^whpk_/);
  expect(after.previous.map(({ public_key }) => public_key)).toEqual([before.public_key]);
  expect(JSON.stringify([before, after])).not.toContain('whsk_');
});

test('what cannot be is refused with the path', async () => {
  const tenant = await createTenant('standard');
  const { id } = await tenant.createEndpoint({ url: 'https://example.com/hook' });
  const path = `/v1/webhooks/${id}/rotate-secret`;
  for (const [body, at] of [
    [{ secret: 'short' }, 'secret'],
    [{ overlap_hours: 169 }, 'overlap_hours'],
  ] as const) {
    const { status, body: problem } = await call('POST', path, tenant.key, body);
    expect([status, (problem.errors as { path: string }[])[0]!.path]).toEqual([422, at]);
  }
  const other = await createTenant('standard');
  expect((await call('POST', path, other.key, {})).status).toBe(404);
  expect((await call('GET', `/v1/webhooks/${id}/secret`, other.key)).status).toBe(404);
});

test('where the dialect signs nothing, there is no secret to be read, and none to be replaced', async () => {
  const arken = await createTenant('arken');
  const auth = { header: { name: 'X-Callback', value: 'a-value' } };
  const { id } = await arken.createEndpoint({ url: 'http://127.0.0.1:9/never-called', auth });
  const read = await call<{ code: string }>('GET', `/v1/webhooks/${id}/secret`, arken.key);
  expect([read.status, read.body.code]).toEqual([404, 'not_found']);
  const rotated = await call<{ code: string }>('POST', `/v1/webhooks/${id}/rotate-secret`, arken.key);
  expect([rotated.status, rotated.body.code]).toEqual([409, 'conflict']);
});
