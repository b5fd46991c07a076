import { beforeAll, expect, test } from '@jest/globals';
import { EVERY_OPERATION } from '../../../openapi/document.ts';
import { makeKey } from '../dialects/api.ts';
import { connectBucket } from '../documents/bucket.ts';
import { call, createTenant, eventually, expectCall, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

/** Every operation, by each key that must not reach it. New operations are taken in by themselves. */
let owner: TestTenant;
let stranger: TestTenant;
let publishKey: string;
let portal: { id: string; token: string };
let strangersPortal: { id: string; token: string };
/** What the paths' parameters are: things of the owner's. */
let things: Record<string, string>;

beforeAll(async () => {
  [owner, stranger] = await Promise.all([createTenant('standard'), createTenant('standard')]);
  const limited = await makeKey(owner, 'publish');
  publishKey = limited.key;
  [portal, strangersPortal] = await Promise.all(
    [owner, stranger].map(({ key }) =>
      expectCall<{ id: string; token: string }>(201, 'POST', '/v1/portal-links', key, {}),
    ) as [Promise<typeof portal>, Promise<typeof portal>],
  );
  const endpoint = await owner.createEndpoint({ url: 'https://example.com/hook', active: false });
  const event = await owner.publish({ type: 'order.paid', data: {} });
  const path = `/v1/webhooks/${endpoint.id}/test`;
  const delivery = await expectCall<{ id: string }>(202, 'POST', path, owner.key, { data: {} });
  await expectCall(201, 'POST', '/v1/event-types', owner.key, { type: 'order.paid' });
  const bucket = connectBucket();
  await bucket.put(`${owner.id}/report.txt`, 'hello');
  bucket.close();
  const [document] = await eventually(async () => {
    const { documents } = await expectCall<{ documents: { id: string }[] }>(
      200,
      'GET',
      '/v1/documents',
      owner.key,
    );
    return documents.length > 0 ? documents : undefined;
  });
  const busy = await owner.createEndpoint({ url: 'https://example.com/other', events: ['nothing.*'] });
  const since = { since: '2026-01-15T12:30:00Z' };
  const task = await expectCall<{ id: string }>(
    202,
    'POST',
    `/v1/webhooks/${busy.id}/recover`,
    owner.key,
    since,
  );
  await expectCall(204, 'DELETE', `/v1/webhooks/${busy.id}`, owner.key);
  things = {
    tasks: task.id,
    tenants: owner.id,
    businesses: owner.id,
    webhooks: endpoint.id,
    Subscription: endpoint.id,
    events: event.id,
    Event: event.id,
    Document: document?.id ?? '',
    deliveries: delivery.id,
    'event-types': 'order.paid',
    'api-keys': limited.id,
    'portal-links': portal.id,
  };
});

/** The path with the owner's ids in it, as far as they are of a kind that is known here. */
function pathOf(template: string): string {
  return template.replace(
    /(\w[\w-]*)\/\{\w+\+?\}/g,
    (_, kind: string) => `${kind}/${things[kind] ?? 'unknown'}`,
  );
}

test('every kind of thing that a path names is known here', () => {
  const named = EVERY_OPERATION.filter(({ access }) => access !== 'operator').flatMap(({ path }) =>
    [...path.matchAll(/(\w[\w-]*)\/\{/g)].map(([, kind = '']) => kind),
  );
  expect(named.filter((kind) => things[kind] === undefined)).toEqual([]);
});

const routes = EVERY_OPERATION.map(({ method, path, access }) => [method, path, access] as const);

test.each(routes)('%s %s without a key, or with a wrong one, is 401', async (method, template) => {
  const body = method === 'GET' ? undefined : {};
  const { operatorKey } = readOutputs();
  const [accessKey, secretKey = ''] = owner.key.split('.');
  const wrong = [undefined, '', 'wrong', `${accessKey}.${secretKey.slice(1)}x`, `${operatorKey}x`];
  for (const key of wrong) {
    const { status, body: problem } = await call(method, pathOf(template), key, body);
    expect([key, status, problem.code]).toEqual([key, 401, 'unauthorized']);
  }
});

test.each(routes.filter(([, , access]) => access !== 'publish' && access !== 'any'))(
  '%s %s with a key that may only publish is 403',
  async (method, template) => {
    const { status, body } = await call(
      method,
      pathOf(template),
      publishKey,
      method === 'GET' ? undefined : {},
    );
    expect([status, body.code]).toEqual([403, 'forbidden']);
  },
);

test.each(routes.filter(([, , access]) => access === 'operator'))(
  "%s %s with a tenant's key is 403",
  async (method, template) => {
    const { status } = await call(method, pathOf(template), owner.key, method === 'GET' ? undefined : {});
    expect(status).toBe(403);
  },
);

/** A portal link's token is for a dashboard: it publishes, declares and uploads nothing, and leaves tenant and keys alone. */
const NOT_FOR_PORTALS = [
  'POST /v1/events',
  'POST /v1/tenants',
  'GET /v1/tenants',
  'PATCH /v1/tenants/{id}',
  'DELETE /v1/tenants/{id}',
  'POST /v1/tenants/{id}/api-keys',
  'GET /v1/tenants/{id}/api-keys',
  'DELETE /v1/tenants/{id}/api-keys/{key_id}',
  'POST /v1/operator-keys',
  'GET /v1/operator-keys',
  'DELETE /v1/operator-keys/{key_id}',
  'POST /v1/portal-links',
  'DELETE /v1/portal-links/{id}',
  'POST /v1/event-types',
  'PATCH /v1/event-types/{type}',
  'DELETE /v1/event-types/{type}',
  'POST /v1/documents',
];

test('what a portal link is not for, and nothing else, is refused to its token', async () => {
  // Another tenant's, so that what is not refused finds nothing and changes nothing.
  const refused = [];
  for (const [method, template] of routes) {
    const path = pathOf(template);
    const { status, body } = await call(
      method,
      path,
      strangersPortal.token,
      method === 'GET' ? undefined : {},
    );
    expect([200, 403, 404, 422]).toContain(status);
    if (body.code === 'forbidden') refused.push(`${method} ${template}`);
  }
  expect(refused.sort()).toEqual(NOT_FOR_PORTALS.toSorted());
});

/** The guides' own routes are for tenants of their dialects. */
const readable = routes.filter(
  ([method, path, access]) =>
    method === 'GET' && path.startsWith('/v1/') && access !== 'operator' && path.includes('{'),
);

test.each(readable)('%s %s with its own key is 200', async (method, template) => {
  expect((await call(method, pathOf(template), owner.key)).status).toBe(200);
});

test.each(readable.filter(([method, path]) => !NOT_FOR_PORTALS.includes(`${method} ${path}`)))(
  '%s %s with its own portal link is 200',
  async (method, template) => {
    expect((await call(method, pathOf(template), portal.token)).status).toBe(200);
  },
);

/** What names a thing of the owner. */
const named = routes.filter(([, path, access]) => access !== 'operator' && path.includes('{'));

test.each(named)("%s %s with another tenant's key is 404, and changes nothing", async (method, template) => {
  const { status, body } = await call(method, pathOf(template), stranger.key, validBody(template, method));
  expect([status, body.code]).toEqual([404, 'not_found']);
  expect(JSON.stringify(body)).not.toContain('example.com/hook');
});

test.each(routes.filter(([, path, access]) => access !== 'operator' && !path.includes('{')))(
  "%s %s with another tenant's key shows and takes nothing of the owner's",
  async (method, template) => {
    const tenantId = owner.id;
    const answer =
      method === 'GET'
        ? await call(method, `${template}?tenant_id=${tenantId}`, stranger.key)
        : await call(method, template, stranger.key, { ...validBody(template, method), tenant_id: tenantId });
    // Routes of the guides know no tenant_id, and refuse it as unknown.
    expect([404, 422]).toContain(answer.status);
    expect(JSON.stringify(answer.body)).not.toContain('example.com/hook');
  },
);

test("the owner's things are as they were", async () => {
  const endpoint = await expectCall(200, 'GET', `/v1/webhooks/${things.webhooks}`, owner.key);
  expect(endpoint).toMatchObject({ url: 'https://example.com/hook', active: false });
  const { webhooks } = await expectCall<{ webhooks: unknown[] }>(200, 'GET', '/v1/webhooks', owner.key);
  expect(webhooks).toHaveLength(1);
});

/** A body that would be taken of the owner, where an empty one would be refused before the path is looked at. */
function validBody(path: string, method: string): object | undefined {
  if (method === 'GET' || method === 'DELETE') return undefined;
  if (path.endsWith('/api-keys')) return { scope: 'tenant' };
  if (path === '/v1/webhooks') return { url: 'https://example.com/hook' };
  if (path.endsWith('/webhooks/test')) return { event: 'order.paid' };
  if (/\/(recover|send-missed)$/.test(path)) return { since: '2026-01-15T12:30:00Z' };
  if (path.startsWith('/v1/businesses/')) return { settings: { webhookUrl: 'https://example.com/mine' } };
  if (path === '/v1/events') return { type: 'order.paid', data: {} };
  if (path === '/v1/documents') return { path: 'mine.txt' };
  return {};
}

test('the document and its page are for anybody', async () => {
  const { apiUrl } = readOutputs();
  const [document, page] = await Promise.all([fetch(`${apiUrl}/openapi.json`), fetch(`${apiUrl}/docs`)]);
  expect([document.status, page.status]).toEqual([200, 200]);
  const { paths, servers } = (await document.json()) as { paths: object; servers: [{ url: string }] };
  expect(new URL(servers[0].url, document.url).href).toBe(`${apiUrl}/`);
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(EVERY_OPERATION.map(({ path }) => path)));
  expect(await page.text()).toContain('<code>/v1/events</code>');
});
