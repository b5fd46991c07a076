import { startReceiver } from '../../fixtures/receivers/receiver.ts';
import { makeKey, type ProblemBody } from '../dialects/api.ts';
import { call, createTenant, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const { operatorKey } = readOutputs();
const EVENT = { type: 'order.paid', data: {} };

test('a tenant is read and changed by the operator and by its own key', async () => {
  const tenant = await createTenant('standard');
  const path = `/v1/tenants/${tenant.id}`;
  const created = await expectCall(200, 'GET', path, tenant.key);
  expect(created).toEqual({
    id: tenant.id,
    name: 'Test of standard',
    dialect: 'standard',
    status: 'active',
    validate: 'off',
    retention_days: 30,
    created_at: expect.any(String),
  });
  const changed = { ...created, name: 'Acme', validate: 'strict' };
  expect(await expectCall(200, 'PATCH', path, tenant.key, { name: 'Acme', validate: 'strict' })).toEqual(
    changed,
  );
  expect(await expectCall(200, 'GET', path, operatorKey)).toEqual(changed);
  expect(await expectCall(200, 'PATCH', path, operatorKey, {})).toEqual(changed);
  expect(await expectCall(200, 'PATCH', path, operatorKey, { validate: null })).toMatchObject({
    validate: 'off',
  });
});

test('a change that makes no sense is refused with its path', async () => {
  const tenant = await createTenant('standard');
  for (const [field, value] of [
    ['name', ''],
    ['name', null],
    ['status', 'deleting'],
    ['validate', 'maybe'],
    ['dialect', 'arka'],
  ]) {
    const refused = await call<ProblemBody>('PATCH', `/v1/tenants/${tenant.id}`, operatorKey, {
      [field as string]: value,
    });
    expect([refused.status, refused.body.errors?.[0]?.path]).toEqual([422, field]);
  }
  await expectCall(404, 'PATCH', '/v1/tenants/nobody', operatorKey, { name: 'x' });
  await expectCall(404, 'GET', '/v1/tenants/nobody', operatorKey);
});

test("a tenant's key changes neither another tenant nor whether its own is enabled", async () => {
  const [one, two] = await Promise.all([createTenant('standard'), createTenant('standard')]);
  await expectCall(404, 'GET', `/v1/tenants/${one.id}`, two.key);
  await expectCall(404, 'PATCH', `/v1/tenants/${one.id}`, two.key, { name: 'x' });
  await expectCall(403, 'PATCH', `/v1/tenants/${one.id}`, one.key, { status: 'disabled' });
});

test("a disabled tenant's keys are refused, and nothing is published for it until it is enabled", async () => {
  const tenant = await createTenant('standard');
  const { key } = await makeKey(tenant, 'tenant');
  const path = `/v1/tenants/${tenant.id}`;
  expect(await expectCall(200, 'PATCH', path, operatorKey, { status: 'disabled' })).toMatchObject({
    status: 'disabled',
  });
  for (const [method, at, by, body] of [
    ['GET', '/v1/webhooks', key, undefined],
    ['POST', '/v1/events', key, EVENT],
    ['POST', '/v1/events', operatorKey, { ...EVENT, tenant_id: tenant.id }],
  ] as const) {
    const refused = await call(method, at, by, body);
    expect([at, refused.status, refused.body.code]).toEqual([at, 403, 'tenant_disabled']);
  }
  await expectCall(200, 'PATCH', path, operatorKey, { status: 'active' });
  await expectCall(200, 'GET', path, operatorKey);
});

test('what was published before its tenant was disabled is delivered', async () => {
  const receiver = await startReceiver({ respond: (n) => (n === 1 ? { status: 503 } : undefined) });
  try {
    const tenant = await createTenant('two-ways');
    await tenant.createEndpoint({ url: receiver.url });
    await tenant.publish(EVENT);
    await receiver.waitFor(1);
    await expectCall(200, 'PATCH', `/v1/tenants/${tenant.id}`, operatorKey, { status: 'disabled' });
    await receiver.waitFor(2);
  } finally {
    await receiver.close();
  }
});
