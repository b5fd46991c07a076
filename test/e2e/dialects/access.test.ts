import { call, createTenant, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import { makeKey, type ProblemBody, pathsOf } from './api.ts';

const RECEIVER = 'http://127.0.0.1:9/never-called';
const EVENT = { type: 'order.paid', data: {} };
const { operatorKey } = readOutputs();

describe('a publish key', () => {
  test('publishes for its tenant and does nothing else', async () => {
    const tenant = await createTenant('standard');
    const endpoint = await tenant.createEndpoint({ url: RECEIVER });
    const { key } = await makeKey(tenant, 'publish');
    const { id } = await expectCall<{ id: string }>(202, 'POST', '/v1/events', key, EVENT);
    const forbidden: Parameters<typeof call>[] = [
      ['GET', '/v1/webhooks', key],
      ['POST', '/v1/webhooks', key, { url: RECEIVER }],
      ['GET', `/v1/webhooks/${endpoint.id}`, key],
      ['PATCH', `/v1/webhooks/${endpoint.id}`, key, { active: false }],
      ['DELETE', `/v1/webhooks/${endpoint.id}`, key],
      ['GET', `/v1/webhooks/${endpoint.id}/deliveries`, key],
      ['GET', '/v1/events', key],
      ['GET', `/v1/events/${id}`, key],
      ['POST', `/v1/tenants/${tenant.id}/api-keys`, key, { scope: 'tenant' }],
      ['GET', '/v1/tenants', key],
    ];
    for (const args of forbidden) {
      const { status, body } = await call(...args);
      expect([...args.slice(0, 2), status, body.code]).toEqual([...args.slice(0, 2), 403, 'forbidden']);
    }
    expect((await expectCall(200, 'GET', `/v1/webhooks/${endpoint.id}`, tenant.key)).active).toBe(true);
  });
});

describe("a tenant's key", () => {
  test("finds nothing of another tenant's", async () => {
    const [one, two] = await Promise.all([createTenant('standard'), createTenant('standard')]);
    const endpoint = await one.createEndpoint({ url: RECEIVER });
    const { id } = await one.publish(EVENT);
    const hidden: Parameters<typeof call>[] = [
      ['GET', `/v1/webhooks/${endpoint.id}`, two.key],
      ['PATCH', `/v1/webhooks/${endpoint.id}`, two.key, { active: false }],
      ['DELETE', `/v1/webhooks/${endpoint.id}`, two.key],
      ['GET', `/v1/webhooks/${endpoint.id}/deliveries`, two.key],
      ['GET', `/v1/webhooks/${endpoint.id}?tenant_id=${one.id}`, two.key],
      ['GET', `/v1/events/${id}`, two.key],
      ['GET', `/v1/events/${id}/deliveries`, two.key],
      ['GET', `/v1/events?tenant_id=${one.id}`, two.key],
      ['POST', '/v1/events', two.key, { ...EVENT, tenant_id: one.id }],
      ['POST', '/v1/webhooks', two.key, { url: RECEIVER, tenant_id: one.id }],
      ['POST', `/v1/tenants/${one.id}/api-keys`, two.key, { scope: 'tenant' }],
    ];
    for (const args of hidden) {
      const { status, body } = await call(...args);
      expect([...args.slice(0, 2), status, body.code]).toEqual([...args.slice(0, 2), 404, 'not_found']);
    }
    expect((await expectCall(200, 'GET', `/v1/webhooks/${endpoint.id}`, one.key)).active).toBe(true);
  });

  test("does not do the operator's work", async () => {
    const tenant = await createTenant('standard');
    const created = await call('POST', '/v1/tenants', tenant.key, { name: 'x', dialect: 'arka' });
    const listed = await call('GET', '/v1/tenants', tenant.key);
    expect([created.status, listed.status]).toEqual([403, 403]);
  });
});

describe("the operator's key", () => {
  test('names the tenant in the body of a POST and in the query otherwise', async () => {
    const tenant = await createTenant('standard');
    const tenant_id = tenant.id;
    const { id } = await expectCall<{ id: string }>(201, 'POST', '/v1/webhooks', operatorKey, {
      url: RECEIVER,
      tenant_id,
    });
    const event = await expectCall<{ id: string }>(202, 'POST', '/v1/events', operatorKey, {
      ...EVENT,
      tenant_id,
    });
    const query = `?tenant_id=${tenant_id}`;
    expect(await expectCall(200, 'GET', `/v1/webhooks/${id}${query}`, operatorKey)).toMatchObject({ id });
    expect(await expectCall(200, 'GET', `/v1/events/${event.id}${query}`, operatorKey)).toMatchObject({
      tenant_id,
    });
    const list = await expectCall<{ webhooks: unknown[] }>(200, 'GET', `/v1/webhooks${query}`, operatorKey);
    expect(list.webhooks).toHaveLength(1);
    await expectCall(204, 'DELETE', `/v1/webhooks/${id}${query}`, operatorKey);
  });

  test('is told where it names none, or one that does not exist', async () => {
    for (const [method, path, body] of [
      ['GET', '/v1/webhooks', undefined],
      ['POST', '/v1/webhooks', { url: RECEIVER }],
      ['POST', '/v1/events', EVENT],
    ] as const) {
      const refused = await call<ProblemBody>(method, path, operatorKey, body);
      expect([refused.status, pathsOf(refused)]).toEqual([422, ['tenant_id']]);
    }
    const nobody = await call('POST', '/v1/events', operatorKey, { ...EVENT, tenant_id: 'nobody' });
    expect([nobody.status, nobody.body.code]).toEqual([404, 'not_found']);
  });
});
