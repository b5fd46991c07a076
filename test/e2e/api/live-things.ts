import { makeKey } from '../dialects/api.ts';
import { connectBucket } from '../documents/bucket.ts';
import { eventually, expectCall, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

type Made = { readonly id: string };

/** Port 9 answers nobody: what is delivered there fails at once, and never leaves this machine. */
export const NOBODY = 'http://127.0.0.1:9/hook';
let types = 0;
const SINCE = { since: '2026-01-15T12:30:00Z' };

/** Makes a thing of a kind that paths name (`/v1/webhooks/{id}`) for a tenant, and answers its id. */
const MAKERS: Readonly<Record<string, (tenant: TestTenant) => Promise<string>>> = {
  tenants: async ({ id }) => id,
  businesses: async ({ id }) => id,
  webhooks: async (tenant) => (await tenant.createEndpoint({ url: NOBODY, events: ['nothing.else'] })).id,
  Subscription: async (tenant) => {
    const body = {
      accountHashId: tenant.id,
      url: NOBODY,
      security: { header: { name: 'X-Key', value: 'a-secret' } },
    };
    return (await expectCall<Made>(201, 'POST', '/Event/Subscription', tenant.key, body)).id;
  },
  events: async (tenant) => (await tenant.publish({ type: 'order.paid', data: {} })).id,
  Event: async (tenant) => (await tenant.publish({ type: 'FileStore.Upload', data: {} })).id,
  deliveries: async (tenant) => {
    const path = `/v1/webhooks/${await makeThing('webhooks', tenant)}/test`;
    return (await expectCall<Made>(202, 'POST', path, tenant.key, { data: {} })).id;
  },
  tasks: async (tenant) => {
    const path = `/v1/webhooks/${await makeThing('webhooks', tenant)}/recover`;
    return (await expectCall<Made>(202, 'POST', path, tenant.key, SINCE)).id;
  },
  'event-types': async (tenant) => {
    const type = `order.number${++types}`;
    await expectCall(201, 'POST', '/v1/event-types', tenant.key, { type });
    // Only archived ones can be deleted.
    await expectCall(200, 'PATCH', `/v1/event-types/${type}`, tenant.key, { archived: true });
    return type;
  },
  'portal-links': async (tenant) =>
    (await expectCall<Made>(201, 'POST', '/v1/portal-links', tenant.key, {})).id,
  'api-keys': async (tenant) => (await makeKey(tenant, 'publish')).id,
  'operator-keys': async () =>
    (await expectCall<Made>(201, 'POST', '/v1/operator-keys', readOutputs().operatorKey, {})).id,
  Document: async (tenant) => {
    const bucket = connectBucket();
    await bucket.put(`${tenant.id}/report.txt`, 'hello');
    bucket.close();
    return await eventually(async () => {
      const { documents } = await expectCall<{ documents: Made[] }>(200, 'GET', '/v1/documents', tenant.key);
      return documents[0]?.id;
    });
  },
};

export function makeThing(kind: string, tenant: TestTenant): Promise<string> {
  const make = MAKERS[kind];
  if (make === undefined) throw new Error(`Nobody knows how to make one of "${kind}".`);
  return make(tenant);
}

/** The kinds of things that a path names, e.g. `tenants` and `api-keys`. */
export function kindsIn(template: string): string[] {
  return [...template.matchAll(/(\w[\w-]*)\/\{/g)].map(([, kind = '']) => kind);
}
