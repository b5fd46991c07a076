import { type ApiKey, makeKey, type ProblemBody } from '../dialects/api.ts';
import { call, createTenant, eventually, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const { operatorKey } = readOutputs();
const EVENT = { type: 'order.paid', data: {} };

interface ShownKey {
  readonly id: string;
  readonly access_key: string;
}
interface KeyList {
  readonly keys: readonly ShownKey[];
  readonly next_cursor: string | null;
}

/** A list follows an index, which is a moment late. */
function listed(path: string, key: string, count: number): Promise<KeyList> {
  return eventually(async () => {
    const list = await expectCall<KeyList>(200, 'GET', path, key);
    return list.keys.length >= count ? list : undefined;
  });
}

describe("a tenant's keys", () => {
  test('are listed page by page, without their secrets', async () => {
    const tenant = await createTenant('standard');
    const path = `/v1/tenants/${tenant.id}/api-keys`;
    const named = await expectCall<ApiKey>(201, 'POST', path, tenant.key, { scope: 'publish', name: 'shop' });
    const all = await listed(path, tenant.key, 2);
    expect(all).toEqual({
      keys: [
        expect.objectContaining({ scope: 'tenant' }),
        {
          id: expect.stringMatching(/^key_/),
          name: 'shop',
          access_key: named.access_key,
          scope: 'publish',
          created_at: expect.any(String),
        },
      ],
      next_cursor: null,
    });
    expect(JSON.stringify(all)).not.toMatch(/secret|hash/);
    const first = await expectCall<KeyList>(200, 'GET', `${path}?limit=1`, tenant.key);
    const rest = await expectCall<KeyList>(
      200,
      'GET',
      `${path}?limit=1&cursor=${first.next_cursor}`,
      tenant.key,
    );
    expect([...first.keys, ...rest.keys]).toEqual(all.keys);
  });

  test('work until they are revoked', async () => {
    const tenant = await createTenant('standard');
    const [used, unused] = await Promise.all([makeKey(tenant, 'publish'), makeKey(tenant, 'publish')]);
    await expectCall(202, 'POST', '/v1/events', used.key, EVENT);
    const id = unused.access_key.replace('ak_', 'key_');
    await expectCall(204, 'DELETE', `/v1/tenants/${tenant.id}/api-keys/${id}`, tenant.key);
    expect((await call('POST', '/v1/events', unused.key, EVENT)).status).toBe(401);
    expect((await call('POST', '/v1/events', used.key, EVENT)).status).toBe(202);
    await expectCall(404, 'DELETE', `/v1/tenants/${tenant.id}/api-keys/${id}`, tenant.key);
  });

  test("are neither seen nor revoked by another tenant's", async () => {
    const [one, two] = await Promise.all([createTenant('standard'), createTenant('standard')]);
    const key = await makeKey(one, 'publish');
    const id = key.access_key.replace('ak_', 'key_');
    for (const [method, path] of [
      ['GET', `/v1/tenants/${one.id}/api-keys`],
      ['DELETE', `/v1/tenants/${one.id}/api-keys/${id}`],
      ['DELETE', `/v1/tenants/${two.id}/api-keys/${id}`],
      ['DELETE', `/v1/tenants/${two.id}/api-keys/nonsense`],
    ] as const) {
      const { status, body } = await call(method, path, two.key);
      expect([path, status, body.code]).toEqual([path, 404, 'not_found']);
    }
    await expectCall(202, 'POST', '/v1/events', key.key, EVENT);
  });
});

describe("operators' keys", () => {
  test('do what the first one does, until they are revoked', async () => {
    const made = await expectCall<ApiKey & ShownKey>(201, 'POST', '/v1/operator-keys', operatorKey, {
      name: 'second',
    });
    await expectCall(200, 'GET', '/v1/tenants', made.key);
    const { keys } = await listed('/v1/operator-keys', made.key, 1);
    expect(keys).toContainEqual(expect.objectContaining({ id: made.id, name: 'second', scope: 'operator' }));
    expect(JSON.stringify(keys)).not.toMatch(/secret|hash/);
    const unused = await expectCall<ApiKey & ShownKey>(201, 'POST', '/v1/operator-keys', operatorKey, {});
    await expectCall(204, 'DELETE', `/v1/operator-keys/${unused.id}`, operatorKey);
    expect((await call('GET', '/v1/tenants', unused.key)).status).toBe(401);
    await expectCall(404, 'DELETE', `/v1/operator-keys/${unused.id}`, operatorKey);
    await expectCall(204, 'DELETE', `/v1/operator-keys/${made.id}`, operatorKey);
  });

  test("are no tenant's business", async () => {
    const tenant = await createTenant('standard');
    for (const [method, path, body] of [
      ['GET', '/v1/operator-keys', undefined],
      ['POST', '/v1/operator-keys', {}],
      ['DELETE', '/v1/operator-keys/key_0000000000000000000000', undefined],
    ] as const) {
      expect((await call(method, path, tenant.key, body)).status).toBe(403);
    }
  });
});

describe('a portal link', () => {
  interface Link {
    readonly id: string;
    readonly token: string;
    readonly expires_at: string;
  }

  test("reads and changes its tenant's endpoints, and makes no keys", async () => {
    const tenant = await createTenant('standard');
    const body = { tenant_id: tenant.id, expires_in: 600 };
    const link = await expectCall<Link>(201, 'POST', '/v1/portal-links', operatorKey, body);
    const left = Date.parse(link.expires_at) - Date.now();
    expect(left).toBeGreaterThan(590_000);
    expect(left).toBeLessThanOrEqual(600_000);
    await expectCall(201, 'POST', '/v1/webhooks', link.token, { url: 'http://127.0.0.1:9/' });
    await expectCall(200, 'GET', '/v1/webhooks', link.token);
    for (const [path, body] of [
      [`/v1/tenants/${tenant.id}/api-keys`, { scope: 'tenant' }],
      ['/v1/portal-links', {}],
      ['/v1/operator-keys', {}],
      ['/v1/events', { type: 'order.paid', data: {} }],
    ] as const) {
      const refused = await call('POST', path, link.token, body);
      expect([path, refused.status, refused.body.code]).toEqual([path, 403, 'forbidden']);
    }
    const { keys } = await listed(`/v1/tenants/${tenant.id}/api-keys`, tenant.key, 1);
    expect(keys).toHaveLength(1);
  });

  test('is revoked by its id, once, and by its tenant', async () => {
    const [one, two] = await Promise.all([createTenant('standard'), createTenant('standard')]);
    const link = await expectCall<Link>(201, 'POST', '/v1/portal-links', one.key, {});
    const path = `/v1/portal-links/${link.id}`;
    await expectCall(404, 'DELETE', path, two.key);
    const { id } = await makeKey(one, 'tenant');
    await expectCall(404, 'DELETE', `/v1/portal-links/${id.replace('key_', 'link_')}`, one.key);
    // Not used before, so that no container knows it.
    await expectCall(204, 'DELETE', `${path}?tenant_id=${one.id}`, operatorKey);
    expect((await call('GET', '/v1/webhooks', link.token)).status).toBe(401);
    await expectCall(404, 'DELETE', path, one.key);
  });

  test("is a tenant's to make for itself, an hour long and at most a day", async () => {
    const [one, two] = await Promise.all([createTenant('standard'), createTenant('standard')]);
    const link = await expectCall<Link>(201, 'POST', '/v1/portal-links', one.key, {});
    expect(Math.round((Date.parse(link.expires_at) - Date.now()) / 60_000)).toBe(60);
    await expectCall(404, 'POST', '/v1/portal-links', one.key, { tenant_id: two.id });
    const tooLong = await call<ProblemBody>('POST', '/v1/portal-links', one.key, { expires_in: 86_401 });
    expect([tooLong.status, tooLong.body.errors?.[0]?.path]).toEqual([422, 'expires_in']);
  });
});
