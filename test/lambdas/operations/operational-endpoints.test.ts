import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { handler } from '../../../lambdas/manage.ts';
import { callApi } from '../api.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory, tenantItem } from '../fake-directory.ts';

let aws: FakeAws;
beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  aws.on('GenerateDataKey', () => ({ CiphertextBlob: Buffer.from('wrapped').toString('base64') }));
  const directory = new FakeDirectory(aws);
  for (const dialect of ['standard', 'arka']) directory.put(tenantItem(dialect, dialect));
});
afterAll(() => aws.close());

const create = (tenant: string, settings: object) =>
  callApi(handler, 'POST', '/v1/webhooks', { tenant_id: tenant, url: 'https://a.example/', ...settings });

test('an endpoint is operational where it was made so, and says it', async () => {
  expect((await create('standard', { operational: true })).body).toMatchObject({
    operational: true,
    events: ['*'],
  });
  expect((await create('standard', {})).body).not.toHaveProperty('operational');
  expect((await create('standard', { operational: false })).body).not.toHaveProperty('operational');
});

test.each([true, false])('that cannot be changed where it is %j', async (operational) => {
  const { body } = await create('standard', { operational });
  const patch = (changes: object) =>
    callApi(handler, 'PATCH', `/v1/webhooks/${body.id}?tenant_id=standard`, changes);
  expect(await patch({ operational: !operational })).toMatchObject({ status: 422, paths: ['operational'] });
  expect((await patch({ operational })).status).toBe(200);
  expect((await patch({ description: 'x' })).body.operational).toBe(operational || undefined);
});

test("its event types are the platform's, whatever the catalogue of the dialect", async () => {
  expect((await create('arka', { operational: true, events: ['endpoint.*'] })).status).toBe(201);
  const refused = await create('arka', { operational: true, events: ['payment.completed'] });
  expect(refused).toMatchObject({ status: 422, paths: ['events[0]'] });
  expect(refused.body.detail).toContain('delivery.failed, endpoint.disabled, endpoint.failing');
});

test("the operator's own tenant is there with its first endpoint, and nobody else can make or delete it", async () => {
  const tenant = () => callApi(handler, 'GET', '/v1/tenants/operator');
  expect((await tenant()).status).toBe(404);
  const wanted = { id: 'operator', name: 'Mallory', dialect: 'standard' };
  expect(await callApi(handler, 'POST', '/v1/tenants', wanted)).toMatchObject({ status: 409 });
  expect((await create('operator', { operational: true })).status).toBe(201);
  expect((await create('operator', { operational: true })).status).toBe(201);
  expect((await tenant()).body).toMatchObject({ id: 'operator', dialect: 'standard' });
  expect(await callApi(handler, 'DELETE', '/v1/tenants/operator')).toMatchObject({ status: 409 });
});
