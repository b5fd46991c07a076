import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { handler } from '../../../lambdas/manage.ts';
import { type ApiAnswer, callApi } from '../api.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory, tenantItem } from '../fake-directory.ts';

const URL = 'https://receiver.example/hooks';
const KEY_AUTH = { header: { name: 'X-Key', value: 's3cret-value' } };
const OIDC = { tokenUrl: 'https://login.example/token', clientId: 'client', clientSecret: 's3cret-value' };
let aws: FakeAws;
let directory: FakeDirectory;
let logged: string[];

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  directory = new FakeDirectory(aws);
  for (const dialect of ['standard', 'arka', 'arken']) directory.put(tenantItem(dialect, dialect));
  logged = [];
  jest.spyOn(console, 'error').mockImplementation((line) => void logged.push(String(line)));
});
afterEach(() => {
  jest.restoreAllMocks();
  expect(logged).toEqual([]);
});
afterAll(() => aws.close());

const create = (settings: object = {}, tenant = 'standard') =>
  callApi(handler, 'POST', '/v1/webhooks', { tenant_id: tenant, url: URL, ...settings });

/** An endpoint, and how to call its path. */
async function made(settings: object = {}, tenant = 'standard') {
  const { status, body } = await create(settings, tenant);
  expect(status).toBe(201);
  const at = (method: string, patch?: unknown) =>
    callApi(handler, method, `/v1/webhooks/${body.id}?tenant_id=${tenant}`, patch);
  return { created: body, patch: (patch: unknown) => at('PATCH', patch), read: () => at('GET') };
}

function expectRefusal({ status, body, paths }: ApiAnswer, path: string, words: string | RegExp): void {
  expect([status, body.code, paths]).toEqual([422, 'invalid_request', [path]]);
  expect(body.detail).toMatch(words);
}

describe('the secret', () => {
  test('that a patch chooses is in its answer, and in no later one', async () => {
    const { patch, read } = await made();
    const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    expect((await patch({ secret })).body.secret).toBe(secret);
    expect((await read()).body).not.toHaveProperty('secret');
    expect((await patch({ description: 'x' })).body).not.toHaveProperty('secret');
  });

  test('that a patch makes by another way of signing is in its answer', async () => {
    const { created, patch } = await made();
    const { body: pair } = await patch({ signing: 'ed25519' });
    expect(pair).toMatchObject({ signing: 'ed25519', public_key: expect.stringMatching(/^whpk_/) });
    expect(pair).not.toHaveProperty('secret');
    const { body: back } = await patch({ signing: 'hmac' });
    expect(back.secret).toMatch(/^whsec_/);
    expect(back.secret).not.toBe(created.secret);
    expect(back).not.toHaveProperty('public_key');
  });

  test.each(['hmac', 'ed25519'])('stays where signing is %s already', async (signing) => {
    const { created, patch } = await made({ signing });
    const { status, body } = await patch({ signing });
    expect([status, body.public_key]).toEqual([200, created.public_key]);
    expect(body).not.toHaveProperty('secret');
  });

  test('cannot be chosen for an endpoint with a key pair, unless signing changes with it', async () => {
    const { patch } = await made({ signing: 'ed25519' });
    const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    expectRefusal(await patch({ secret }), 'secret', 'cannot be chosen for ed25519');
    expect((await patch({ secret, signing: 'hmac' })).body.secret).toBe(secret);
  });
});

describe('a merge patch', () => {
  test.each([
    ['secret', 'secret cannot be removed: leave it out, or send another.'],
    ['url', 'url cannot be removed: leave it out, or send another.'],
    ['events', 'events cannot be removed: leave it out, or send ["*"] for every event.'],
    ['active', 'active cannot be removed: leave it out, or send true or false.'],
    ['signing', 'signing cannot be removed: leave it out, or send "hmac" or "ed25519".'],
  ])('cannot remove %s', async (member, words) => {
    const { created, patch, read } = await made({ events: ['order.paid'] });
    expectRefusal(await patch({ [member]: null }), member, words);
    const { secret: _, ...shown } = created;
    expect((await read()).body).toEqual(shown);
  });

  test('removes by null what need not be there', async () => {
    const optional = {
      filters: { a: [1] },
      description: 'x',
      metadata: { a: 'b' },
      headers: { 'X-A': 'b' },
      api_version: '2026-01',
    };
    const { patch } = await made(optional);
    const nulls = Object.fromEntries(Object.keys(optional).map((name) => [name, null]));
    const { status, body } = await patch(nulls);
    expect(status).toBe(200);
    for (const name of Object.keys(optional)) expect(body).not.toHaveProperty(name);
  });

  test('changes one kind of auth into the other', async () => {
    const { patch } = await made({ auth: KEY_AUTH }, 'arken');
    expectRefusal(await patch({ auth: { openIdConnect: OIDC } }), 'auth', 'either header or openIdConnect');
    const { body } = await patch({ auth: { header: null, openIdConnect: OIDC } });
    expect(body.auth).toEqual({ openIdConnect: { ...OIDC, clientSecret: '[redacted]' } });
    expectRefusal(await patch({ auth: null }), 'auth', 'auth is missing');
  });

  test('nested 9,000 deep is refused', async () => {
    const { patch } = await made();
    const deep = `{"metadata":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}`;
    expect(await patch(deep)).toMatchObject({ status: 400, body: { code: 'invalid_json' } });
  });
});

describe('the reason why the platform disabled an endpoint', () => {
  test.each([{ description: 'x' }, { active: false }, {}])('outlives %j', async (change) => {
    const { created, patch, read } = await made();
    const off = { active: { BOOL: false }, disabled_reason: { S: 'It answered 410.' } };
    directory.update('TENANT#standard', `ENDPOINT#${created.id}`, off);
    expect((await patch(change)).body).toMatchObject({ active: false, disabled_reason: 'It answered 410.' });
    expect((await read()).body.disabled_reason).toBe('It answered 410.');
    expect((await patch({ active: true })).body).not.toHaveProperty('disabled_reason');
    expect((await patch({ active: false })).body).not.toHaveProperty('disabled_reason');
  });
});

describe('how much may be set', () => {
  const many = (count: number, value: unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`X-k${i}`, value]));

  test.each([
    ['filters', 20, ['x']],
    ['metadata', 50, 'x'],
    ['headers', 20, 'x'],
  ])('%s: at most %i members', async (member, most, value) => {
    expect((await create({ [member]: many(most, value) })).status).toBe(201);
    expectRefusal(await create({ [member]: many(most + 1, value) }), member, `at most ${most}`);
    const { patch } = await made({ [member]: many(most, value) });
    expectRefusal(await patch({ [member]: { 'X-one-more': value } }), member, `at most ${most}`);
  });

  test.each([
    ['filters', { a: ['x'.repeat(1_000_000)] }],
    ['metadata', many(20_000, 'x'.repeat(50))],
    ['metadata', many(40, 'x'.repeat(450))],
    ['headers', many(10, 'x'.repeat(2_000))],
    ['events', Array(200_000).fill('*')],
    ['k'.repeat(77).concat('...'), undefined],
  ])('%s of more than 16 KB with the rest is refused with the limit', async (member, value) => {
    const settings = value === undefined ? { ['k'.repeat(1_000_000)]: 1 } : { [member]: value };
    const refused = await create(settings);
    expectRefusal(refused, member, /^The settings are \d+ bytes of JSON, most of them in .*at most 16384/);
    expect(JSON.stringify(refused.body).length).toBeLessThan(1_000);
    const { patch } = await made();
    expectRefusal(await patch(settings), member, 'at most 16384');
  });
});

test('an endpoint whose settings fill the 16 KB can still be switched off', async () => {
  const filled = (pad: number) => ({
    metadata: { ...Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`k${i}`, 'x'.repeat(500)])) },
    description: 'x'.repeat(pad),
    filters: { a: 'scalar' },
    headers: { 'X-A': 'x'.repeat(400) },
  });
  const total = Number(/are (\d+) bytes/.exec((await create(filled(500))).body.detail)?.[1]);
  const room = 500 - (total - 16_384);
  expect((await create(filled(room + 1))).status).toBe(422);
  const { patch } = await made(filled(room));
  expect((await patch({ active: false })).status).toBe(200);
  expect((await patch({ signing: 'ed25519', secret: undefined })).status).toBe(200);
});

test.each([
  [{ url: 'https://receiver.example/\ud800' }, 'url'],
  [{ description: 'a\udc00b' }, 'description'],
  [{ metadata: { note: '\ud800' } }, 'metadata.note'],
  [{ metadata: { '\ud800': 'x' } }, 'metadata.\ud800'],
  [{ filters: { a: ['\ud800'] } }, 'filters.a[0]'],
  [{ filters: { '\ud800': ['x'] } }, 'filters.\ud800'],
  [{ headers: { 'X-A': '\ud800' } }, 'headers.X-A'],
  [{ api_version: '\ud800' }, 'api_version'],
  [{ secret: `whsec_${'\ud800'.repeat(40)}` }, 'secret'],
])('half of a surrogate pair in %j is refused', async (settings, path) => {
  const { status, paths } = await create(settings);
  expect([status, paths]).toEqual([422, [path]]);
});

test.each([
  [
    'another dialect signs with',
    { 'X-Arka-Signature': 'x' },
    'headers.X-Arka-Signature',
    'carries the signature',
  ],
  ['stands there twice', { 'X-A': '1', 'x-a': '2' }, 'headers.x-a', 'stands there twice, in another case'],
])('a header that %s is refused', async (_what, headers, path, words) => {
  const text = JSON.stringify({ tenant_id: 'standard', url: URL, headers });
  expectRefusal(await callApi(handler, 'POST', '/v1/webhooks', text), path, words);
});

test('a patch that spells a header in another case does not make two of it', async () => {
  const { patch } = await made({ headers: { 'X-A': '1' } });
  expectRefusal(await patch({ headers: { 'x-a': '2' } }), 'headers.x-a', 'stands there twice');
  expect((await patch({ headers: { 'x-a': '2', 'X-A': null } })).body).toMatchObject({
    headers: { 'x-a': '[redacted]' },
  });
});

test.each(['filters', 'metadata', 'headers'])('a key __proto__ in %s is refused', async (member) => {
  const text = `{"tenant_id":"standard","url":"${URL}","${member}":{"__proto__":["x"]}}`;
  expectRefusal(await callApi(handler, 'POST', '/v1/webhooks', text), `${member}.__proto__`, 'leave it out');
  const { patch } = await made();
  expectRefusal(await patch(`{"${member}":{"__proto__":["x"]}}`), `${member}.__proto__`, 'leave it out');
});

test.each([
  [{ metadata: 7 }, 'metadata', 'metadata is 7: '],
  [
    { filters: { a: {} } },
    'filters.a',
    /^filters\.a is \{\}: must be a text of at most 256 characters, a num/,
  ],
  [{ filters: { a: [] } }, 'filters.a', /^filters\.a is \[\]: Too small/],
  [
    { metadata: { ['k'.repeat(65)]: 'x' } },
    `metadata.${'k'.repeat(65)}`,
    'has a name that is not accepted: Too',
  ],
  [{ api_version: 'new version' }, 'api_version', 'must be letters, digits'],
  [{ url: `${URL} ` }, 'url', 'a URL holds no white space'],
  [{ url: `\n${URL}` }, 'url', 'a URL holds no white space'],
  [{ url: null }, 'url', 'url is null'],
])('%j is refused at %s', async (settings, path, words) => {
  expectRefusal(await create(settings), path, words);
});

test('metadata that is a long number is no metadata', async () => {
  const text = `{"tenant_id":"standard","url":"${URL}","metadata":9007199254740993}`;
  expectRefusal(await callApi(handler, 'POST', '/v1/webhooks', text), 'metadata', 'send a text');
});

describe('arken, which signs nothing,', () => {
  test.each(['signing', 'secret'])('refuses %s', async (member) => {
    const value = { signing: 'hmac', secret: 's3cret-value' }[member];
    const { patch } = await made({ auth: KEY_AUTH }, 'arken');
    expectRefusal(await create({ auth: KEY_AUTH, [member]: value }, 'arken'), member, 'signs nothing');
    expectRefusal(await patch({ [member]: value }), member, 'signs nothing');
  });
});

describe('auth', () => {
  const SECRET = 's3cret-value';
  test.each([
    [SECRET, ['auth'], 'auth is a text: '],
    [[SECRET], ['auth'], 'auth is a list: '],
    [{}, ['auth'], 'auth is an object: must have either header or openIdConnect'],
    [{ ...KEY_AUTH, openIdConnect: OIDC }, ['auth'], 'must have either header or openIdConnect'],
    [{ basic: SECRET }, ['auth.basic', 'auth'], 'auth.basic is not known here: leave it out.'],
    [{ header: SECRET }, ['auth.header'], 'auth.header is a text: '],
    [{ header: { value: SECRET } }, ['auth.header.name'], 'auth.header.name is missing: '],
    [{ header: { name: 'X-Key' } }, ['auth.header.value'], 'auth.header.value is missing: '],
    [{ header: { name: 'X-Key', value: [SECRET] } }, ['auth.header.value'], 'is a list: '],
    [{ header: { name: 'X-Key', value: `${SECRET}\n` } }, ['auth.header'], 'visible ASCII'],
    [{ header: { name: SECRET.concat(' '), value: 'x' } }, ['auth.header'], 'is not a header name'],
    [{ openIdConnect: { ...OIDC, clientId: 7 } }, ['auth.openIdConnect.clientId'], 'is a number: '],
    [{ openIdConnect: { ...OIDC, clientSecret: '' } }, ['auth.openIdConnect.clientSecret'], 'is a text: '],
    [
      { openIdConnect: { tokenUrl: OIDC.tokenUrl } },
      ['auth.openIdConnect.clientId', 'auth.openIdConnect.clientSecret'],
      'auth.openIdConnect.clientId is missing: ',
    ],
    [{ openIdConnect: { ...OIDC, tokenUrl: SECRET } }, ['auth.openIdConnect.tokenUrl'], 'is a text, but an'],
    [{ openIdConnect: { ...OIDC, issuer: URL } }, ['auth.openIdConnect'], 'either issuer or tokenUrl'],
    [
      { openIdConnect: { ...OIDC, clientSecret: `${SECRET}\ud800` } },
      ['auth.openIdConnect.clientSecret'],
      'well-formed',
    ],
  ])('%j is refused precisely, and no value is quoted', async (auth, wanted, words) => {
    const { status, body, paths } = await create({ auth }, 'arken');
    expect([status, body.code, paths]).toEqual([422, 'invalid_request', wanted]);
    expect(body.detail).toContain(words);
    expect(JSON.stringify(body)).not.toContain(SECRET);
  });

  test.each([
    ['standard', { secret: 's3cret-value' }],
    ['standard', { secret: 'whsec_s3cret-value' }],
    ['arka', { secret: 's3cret-value s3cret-value' }],
    ['standard', { secret: ['s3cret-value'] }],
    ['standard', { headers: { 'X-A': ['s3cret-value'] } }],
    ['standard', { headers: { 'X-A': 's3cret-value\n' } }],
    ['standard', { headers: { 'X A': 's3cret-value' } }],
    ['standard', { headers: 's3cret-value' }],
  ])('like %s’s %j', async (tenant, settings) => {
    const { status, body } = await create(settings, tenant);
    expect(status).toBe(422);
    expect(JSON.stringify(body)).not.toContain('s3cret');
  });
});
