import type { DIALECTS } from '../../../core/dialects/index.ts';
import { startReceiver } from '../../fixtures/receivers/receiver.ts';
import { verifySvix } from '../../fixtures/receivers/standard.ts';
import { call, createTenant, expectCall, type TestTenant } from '../platform.ts';
import { type ProblemBody, pathsOf } from './api.ts';

const RECEIVER = 'http://127.0.0.1:9/never-called';
const AUTH = { header: { name: 'X-Callback-Key', value: 'value' } };

/** Every header that a dialect's receivers read of the platform. */
const READ_BY_RECEIVERS: Record<keyof typeof DIALECTS, string[]> = {
  arka: ['X-Arka-Signature'],
  arky: ['X-Arky-Signature', 'X-Arky-Timestamp'],
  promptha: ['X-Promptha-Signature', 'X-Promptha-Timestamp'],
  generic: ['X-Webhook-Signature'],
  arken: [],
  standard: [
    'Webhook-Id',
    'Webhook-Timestamp',
    'Webhook-Signature',
    // Svix's library reads these first.
    'Svix-Id',
    'Svix-Timestamp',
    'Svix-Signature',
  ],
};
const OWNED_BY_HTTP = ['Host', 'Content-Length', 'Content-Type', 'Transfer-Encoding', 'Connection', 'Expect'];

/** Whatever dialect the tenant has: its receivers may be another one's as well. */
const ANY_DIALECTS = Object.values(READ_BY_RECEIVERS).flat();

const spellings = (name: string) => [name, name.toLowerCase(), name.toUpperCase()];

describe.each(Object.entries(READ_BY_RECEIVERS))("a %s tenant's own headers", (dialect, names) => {
  const needed = dialect === 'arken' ? { auth: AUTH } : {};
  const taken = [...ANY_DIALECTS, ...OWNED_BY_HTTP].flatMap(spellings);
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await createTenant(dialect);
  });
  const create = (settings: object) =>
    call<ProblemBody>('POST', '/v1/webhooks', tenant.key, { url: RECEIVER, ...needed, ...settings });

  test('may have no name that is taken, in any case', async () => {
    // An endpoint has at most twenty.
    for (let start = 0; start < taken.length; start += 20) {
      const own = Object.fromEntries(taken.slice(start, start + 20).map((name) => [name, 'x']));
      const refused = await create({ headers: own });
      expect([refused.status, refused.body.code]).toEqual([422, 'invalid_request']);
      expect(pathsOf(refused)).toEqual(Object.keys(own).map((name) => `headers.${name}`));
    }
  });

  test('may not take one later either', async () => {
    const { id } = await expectCall<{ id: string }>(201, 'POST', '/v1/webhooks', tenant.key, {
      url: RECEIVER,
      ...needed,
      headers: { 'X-Own': 'x' },
    });
    const name = names[0]?.toLowerCase() ?? 'content-length';
    const refused = await call<ProblemBody>('PATCH', `/v1/webhooks/${id}`, tenant.key, {
      headers: { [name]: 'x' },
    });
    expect([refused.status, pathsOf(refused)]).toEqual([422, [`headers.${name}`]]);
  });

  test.each([
    ['a line break', { 'X-Own': 'a\r\nX-Arka-Signature: 0' }, 'headers.X-Own'],
    ['a bare line feed', { 'X-Own': 'a\nb' }, 'headers.X-Own'],
    ['a line break at its end', { 'X-Own': 'a\r\n' }, 'headers.X-Own'],
    ['a NUL', { 'X-Own': 'a\u0000b' }, 'headers.X-Own'],
    ['a line break in the name', { 'X-Own\r\nX-Other': 'a' }, 'headers.X-Own\r\nX-Other'],
    ['a colon in the name', { 'X-Own:': 'a' }, 'headers.X-Own:'],
    ['no name', { '': 'a' }, 'headers.'],
  ])('may not carry %s', async (_what, headers, path) => {
    const refused = await create({ headers });
    expect([refused.status, pathsOf(refused)]).toEqual([422, [path]]);
  });
});

describe("an arken endpoint's auth header", () => {
  test.each([
    ['a name that HTTP owns', { name: 'content-length', value: '1' }],
    ['a name of Standard Webhooks', { name: 'Webhook-Id', value: '1' }],
    ['a line break in its value', { name: 'X-Key', value: 'a\r\nHost: b' }],
    ['no value', { name: 'X-Key', value: '' }],
  ])('may not have %s', async (_what, header) => {
    const tenant = await createTenant('arken');
    const refused = await call<ProblemBody>('POST', '/v1/webhooks', tenant.key, {
      url: RECEIVER,
      auth: { header },
    });
    expect([refused.status, pathsOf(refused)]).toEqual([422, ['auth.header']]);
  });

  test('may not be shadowed by a header of the endpoint', async () => {
    const tenant = await createTenant('arken');
    const settings = { url: RECEIVER, auth: AUTH, headers: { 'x-callback-KEY': 'other' } };
    const refused = await call<ProblemBody>('POST', '/v1/webhooks', tenant.key, settings);
    expect([refused.status, pathsOf(refused)]).toEqual([422, ['headers.x-callback-KEY']]);
  });
});

test('a header of a free name goes along, and each of the signed ones stands there once', async () => {
  const receiver = await startReceiver();
  const tenant = await createTenant('standard');
  const { secret } = await tenant.createEndpoint({
    url: receiver.url,
    headers: { 'X-Routing': 'blue; v=2', Authorization: 'Bearer own-token' },
  });
  await tenant.publish({ type: 'order.paid', data: {} });
  const [request] = await receiver.waitFor(1);
  await receiver.close();
  expect(request!.headers).toMatchObject({ 'x-routing': 'blue; v=2', authorization: 'Bearer own-token' });
  const names = request!.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  expect(names.length).toBe(new Set(names).size);
  expect(verifySvix(request!.headers, request!.body, secret)).toMatchObject({ ok: true });
});
