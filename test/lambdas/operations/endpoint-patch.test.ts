import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { open } from '../../../lambdas/adapters/secret-box.ts';
import { handler } from '../../../lambdas/manage.ts';
import { settingsSchema } from '../../../lambdas/operations/endpoint-settings.ts';
import { callApi } from '../api.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory, tenantItem } from '../fake-directory.ts';

/** Everything that may be set of a standard endpoint at once, and cannot be derived from the rest. */
const SETTINGS = {
  url: 'https://receiver.example/hooks',
  events: ['order.*'],
  active: false,
  filters: { 'order.currency': ['USD'], region: ['eu'] },
  description: 'Orders',
  metadata: { team: 'ledger', stage: 'test' },
  headers: { 'X-Team': 'ledger', 'X-Stage': 'test' },
  api_version: '1',
  timeout: 5,
  rate_limit: { per_second: 1.5, concurrent: 2 },
  alerts: { email: ['ops@example.com'] },
};
/** `secret` is in no later answer; `auth` is of another dialect; the other two do not change. */
const ELSEWHERE = ['secret', 'auth', 'signing', 'operational'];

let aws: FakeAws;
let directory: FakeDirectory;
beforeAll(async () => {
  aws = await startFakeAws();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  directory = new FakeDirectory(aws);
  for (const dialect of ['standard', 'arken']) directory.put(tenantItem(dialect, dialect));
});
afterAll(() => aws.close());

async function made() {
  const { body } = await callApi(handler, 'POST', '/v1/webhooks', { tenant_id: 'standard', ...SETTINGS });
  const path = `/v1/webhooks/${body.id}?tenant_id=standard`;
  const { secret: _, ...created } = body;
  return { created, patch: (patch: object) => callApi(handler, 'PATCH', path, patch) };
}

test('every setting is patched here, or known to be elsewhere', () => {
  expect(Object.keys(settingsSchema.shape).sort()).toEqual([...Object.keys(SETTINGS), ...ELSEWHERE].sort());
});

test('a patch keeps what it does not name', async () => {
  const { created, patch } = await made();
  const { status, body } = await patch({});
  expect([status, { ...body, updated_at: created.updated_at }]).toEqual([200, created]);
});

test.each(['filters', 'metadata', 'headers'] as const)(
  'null removes one of the %s, and the others stay',
  async (name) => {
    const { created, patch } = await made();
    const [first = '', second = ''] = Object.keys(SETTINGS[name]);
    const { body } = await patch({ [name]: { [first]: null } });
    expect(body[name]).toEqual({ [second]: created[name][second] });
  },
);

test.each(['url', 'events', 'active', 'secret', 'signing'])(
  '%s cannot be removed, and the refusal says what to send',
  async (name) => {
    const { patch } = await made();
    const { status, body, paths } = await patch({ [name]: null });
    expect([status, paths]).toEqual([422, [name]]);
    expect(body.detail).toMatch(/cannot be removed: leave it out, or send/);
  },
);

test.each([
  'filters',
  'description',
  'metadata',
  'headers',
  'api_version',
  'timeout',
  'alerts',
  'rate_limit',
])('null removes %s, and nothing else', async (name) => {
  const { created, patch } = await made();
  const { [name]: _, ...rest } = created;
  const { body } = await patch({ [name]: null });
  expect({ ...body, updated_at: created.updated_at }).toEqual(rest);
});

describe('"[redacted]", as an endpoint shows what is secret,', () => {
  const HEADER = { header: { name: 'X-Callback-Key', value: 'hush' } };
  const OPEN_ID = {
    openIdConnect: { tokenUrl: 'https://id.example/token', clientId: 'posthorn', clientSecret: 'hush' },
  };

  /** Creates an endpoint, patches it with what it shows of itself, and opens what is stored then. */
  async function patchWithShown(tenant: string, settings: object, changes: object = {}) {
    const wanted = { tenant_id: tenant, url: SETTINGS.url, ...settings };
    const created = await callApi(handler, 'POST', '/v1/webhooks', wanted);
    const { id, url, events, headers, auth } = created.body;
    const patch = { url, events, headers, auth, ...changes };
    const patched = await callApi(handler, 'PATCH', `/v1/webhooks/${id}?tenant_id=${tenant}`, patch);
    const { sealed } = directory.find(`TENANT#${tenant}`, `ENDPOINT#${id}`);
    const owner = { tenantId: tenant, endpointId: id, wrappedKey: Buffer.from('wrapped') };
    return { ...patched, stored: JSON.parse(await open(owner, Buffer.from(sealed.B, 'base64'))) };
  }

  test('keeps headers where it comes back', async () => {
    const { headers } = SETTINGS;
    const changes = { headers: { 'X-Team': '[redacted]', 'X-Stage': 'live' }, description: '[redacted]' };
    const { status, body, stored } = await patchWithShown('standard', { headers }, changes);
    expect([status, stored.headers]).toEqual([200, { 'X-Team': 'ledger', 'X-Stage': 'live' }]);
    expect(body.description).toBe('[redacted]');
  });

  test.each([HEADER, OPEN_ID])('keeps %j', async (auth) => {
    const { status, stored } = await patchWithShown('arken', { auth });
    expect([status, stored.auth]).toEqual([200, auth]);
  });

  test.each([
    ['a header that is not there', 'standard', {}, { headers: { 'X-New': '[redacted]' } }, 'headers.X-New'],
    [
      'a header by the name of a method',
      'standard',
      {},
      { headers: { constructor: '[redacted]' } },
      'headers.constructor',
    ],
    [
      'another kind of auth',
      'arken',
      { auth: HEADER },
      { auth: { header: null, openIdConnect: { ...OPEN_ID.openIdConnect, clientSecret: '[redacted]' } } },
      'auth.openIdConnect.clientSecret',
    ],
  ])('is refused for %s', async (_what, tenant, settings, changes, path) => {
    const { status, paths, body } = await patchWithShown(tenant, settings, changes);
    expect([status, paths]).toEqual([422, [path]]);
    expect(body.detail).toContain('send the value itself');
  });

  test.each([
    ['standard', { headers: { 'X-Team': '[redacted]' } }, 'headers.X-Team'],
    ['arken', { auth: { header: { name: 'X-Key', value: '[redacted]' } } }, 'auth.header.value'],
  ])('is refused where an endpoint of %s is created', async (tenant_id, settings, path) => {
    const wanted = { tenant_id, url: SETTINGS.url, ...settings };
    expect(await callApi(handler, 'POST', '/v1/webhooks', wanted)).toMatchObject({
      status: 422,
      paths: [path],
    });
  });
});
