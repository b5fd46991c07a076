import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ZodObject } from 'zod';
import { handler as documents } from '../../../lambdas/documents.ts';
import { handler as manage } from '../../../lambdas/manage.ts';
import { EVERY_OPERATION } from '../../../openapi/document.ts';
import { callApi } from '../api.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory, tenantItem } from '../fake-directory.ts';

/** Every operation by which the operator names a tenant, for one that is not there. New ones are taken in by themselves. */
let aws: FakeAws;

beforeAll(async () => {
  aws = await startFakeAws();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  new FakeDirectory(aws).put({ ...tenantItem('ending', 'standard'), status: { S: 'deleting' } });
});
afterAll(() => aws.close());

const NAMES = ['tenant_id', 'accountHashId'];

/** What is taken where the tenant is there, as far as an empty body is not. */
const BODIES: Record<string, object> = {
  '/v1/tenants/{id}/api-keys': { scope: 'tenant' },
  '/v1/event-types': { type: 'order.paid' },
  '/v1/webhooks/test': { webhookId: 'wh_1' },
  '/v1/webhooks/{id}/recover': { since: '2026-01-15T12:30:00Z' },
  '/v1/webhooks/{id}/send-missed': { since: '2026-01-15T12:30:00Z' },
  '/v1/businesses/{id}': { settings: {} },
  '/v1/businesses/{id}/webhooks/test': { event: 'order.paid' },
  '/v1/documents': { path: 'a.txt' },
  '/v1/portal-links': {},
  '/Event/Subscription': { url: 'https://example.com', security: { header: { name: 'X-Key', value: 'x' } } },
};

const inPath = /^\/v1\/(tenants|businesses)\/\{id\}/;
const operations = EVERY_OPERATION.flatMap(({ method, path, query }) => {
  if (path === '/v1/events' && method === 'POST') return [];
  const name = NAMES.find((one) => query instanceof ZodObject && one in query.shape);
  const inBody = path === '/Event/Subscription' ? 'accountHashId' : 'tenant_id';
  if (
    name === undefined &&
    !inPath.test(path) &&
    !(method === 'POST' && path in BODIES) &&
    path !== '/v1/webhooks'
  )
    return [];
  return [{ method, path, where: inPath.test(path) ? 'path' : (name ?? { inBody }) }];
});

test.each(operations)('$method $path quotes a tenant that is not there', async ({ method, path, where }) => {
  for (const id of ['mistyped', 'ending']) {
    // A tenant that is being deleted can be looked at, and its deletion asked for again.
    if (id === 'ending' && path === '/v1/tenants/{id}' && method !== 'PATCH') continue;
    const filled = where === 'path' ? path.replace('{id}', id) : path;
    const rest = filled.replace(/\{\w+\}/g, 'unknown');
    const search = typeof where === 'string' && where !== 'path' ? `?${where}=${id}` : '';
    const named = typeof where === 'object' ? { [where.inBody]: id } : {};
    const body = method === 'GET' || method === 'DELETE' ? undefined : { ...BODIES[path], ...named };
    const handler = /^\/(Document|v1\/documents)/.test(path) ? documents : manage;
    const answer = await callApi(handler, method, rest + search, body);
    expect(answer).toMatchObject({
      status: 404,
      body: { code: 'not_found', detail: `There is no tenant "${id}".` },
    });
  }
});
