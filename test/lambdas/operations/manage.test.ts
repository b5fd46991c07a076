import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { handler } from '../../../lambdas/manage.ts';
import { callApi } from '../api.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory, tenantItem } from '../fake-directory.ts';

let aws: FakeAws;
let directory: FakeDirectory;
let logged: string[];

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  aws.on('GenerateDataKey', () => ({ CiphertextBlob: Buffer.from('wrapped').toString('base64') }));
  directory = new FakeDirectory(aws);
  directory.put(tenantItem('ten_1', 'standard'));
  logged = [];
  jest.spyOn(console, 'error').mockImplementation((line) => void logged.push(String(line)));
});
afterEach(() => {
  jest.restoreAllMocks();
  expect(logged).toEqual([]);
});
afterAll(() => aws.close());

test.each(['0', '101', '0x10', '1e1', '+5', '-5', '5.0', '05', '', '%205', '5%20', '%D9%A5', 'ten'])(
  'limit=%s is refused, quoted',
  async (limit) => {
    const { status, body, paths } = await callApi(handler, 'GET', `/v1/tenants?limit=${limit}`);
    expect([status, paths]).toEqual([422, ['limit']]);
    const quoted = JSON.stringify(decodeURIComponent(limit).replace('+', ' '));
    expect(body.detail).toBe(`limit is ${quoted}: must be a whole number from 1 to 100.`);
  },
);

test.each(['1', '9', '10', '99', '100'])('limit=%s is taken as a number', async (limit) => {
  aws.on('Query', () => ({ Items: [] }));
  expect((await callApi(handler, 'GET', `/v1/tenants?limit=${limit}`)).status).toBe(200);
  expect(aws.inputsOf('Query')).toMatchObject([{ Limit: Number(limit) }]);
});

test.each([
  ['PUT', '/v1/webhooks', 'POST, GET'],
  ['POST', '/v1/webhooks/wh_1', 'GET, PATCH, DELETE'],
  ['DELETE', '/v1/events', 'GET, POST'],
])('%s %s is a 405 that allows %s', async (method, path, allow) => {
  const { status, headers } = await callApi(handler, method, path);
  expect([status, headers.allow]).toEqual([405, allow]);
});

test('a 404 allows nothing', async () => {
  expect((await callApi(handler, 'GET', '/v1/nothing')).headers).not.toHaveProperty('allow');
});

test('a tenant whose name is half of a surrogate pair is refused', async () => {
  const body = { name: 'Shop \ud83d', dialect: 'standard' };
  const { status, paths } = await callApi(handler, 'POST', '/v1/tenants', body);
  expect([status, paths]).toEqual([422, ['name']]);
  expect((await callApi(handler, 'POST', '/v1/tenants', { ...body, name: 'Shop \u{1f6d2}' })).status).toBe(
    201,
  );
});

test.each(['x'.repeat(3_000), 'a b', '%ED%A0%80'])(
  'a tenant in the path that is no id is not found',
  async (id) => {
    const { status } = await callApi(handler, 'POST', `/v1/tenants/${id}/api-keys`, { scope: 'tenant' });
    expect(status).toBe(404);
  },
);

test('a new webhook names the tenant that is not there', async () => {
  const { status, paths } = await callApi(handler, 'POST', '/v1/webhooks', {
    tenant_id: 'ten_2',
    url: 'https://receiver.example/',
  });
  expect([status, paths]).toEqual([404, ['tenant_id']]);
});

test('a cursor with a key that no table takes is refused', async () => {
  aws.on('GetItem', ({ Key, TableName }) =>
    TableName === 'directory'
      ? { Item: tenantItem('ten_1', 'standard') }
      : {
          Item: {
            ...Key,
            pk: { S: 'ten_1#evt_1' },
            y: { S: 'a' },
            a: { N: '1' },
            h: { B: 'AA==' },
            d: { S: '{}' },
          },
        },
  );
  const cursor = Buffer.from('["ENDPOINT#","\\ud800"]').toString('base64url');
  const path = `/v1/events/evt_1/deliveries?tenant_id=ten_1&cursor=${cursor}`;
  expect(await callApi(handler, 'GET', path)).toMatchObject({ status: 422, paths: ['cursor'] });
});

describe('statistics', () => {
  const DAY = 86_400_000;
  const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString();
  const read = (query: string) => callApi(handler, 'GET', `/v1/tenants/ten_1/stats?${query}`);

  test('that are not kept any more are left out of an answer, which says where it begins and why', async () => {
    const { status, body } = await read(`from=${ago(33)}&to=${ago(28)}`);
    expect(status).toBe(200);
    expect(body.from).toBe(body.kept_since);
    expect(body.points[0].at).toBe(body.kept_since);
    expect(Date.parse(body.kept_since)).toBeGreaterThan(Date.now() - 30 * DAY - 3_600_000);
  });

  test('of which nothing is kept are refused, so that nobody takes them for no traffic', async () => {
    const { status, body, paths } = await read(`from=${ago(40)}&to=${ago(35)}`);
    expect([status, paths]).toEqual([422, ['to']]);
    expect(body.detail).toMatch(/; statistics are kept for 30 days, since \d{4}-/);
  });
});
