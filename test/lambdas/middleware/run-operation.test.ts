import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { z } from 'zod';
import { MAX_BODY_BYTES, runOperation } from '../../../lambdas/middleware/run-operation.ts';
import { type Access, defineOperation, type OperationInput } from '../../../lambdas/operations/operation.ts';
import { type FakeAws, type Input, startFakeAws } from '../fake-aws.ts';

const KEYS = {
  tenant: `ak_${'1'.repeat(22)}`,
  publish: `ak_${'2'.repeat(22)}`,
  portal: `pl_${'3'.repeat(22)}`,
  disabled: `ak_${'4'.repeat(22)}`,
  orphan: `ak_${'5'.repeat(22)}`,
};
const SCOPES: Record<string, string> = { [KEYS.publish]: 'publish', [KEYS.portal]: 'portal' };
const TENANTS: Record<string, string> = { [KEYS.disabled]: 'ten_disabled', [KEYS.orphan]: 'ten_gone' };

function answerGetItem({ Key }: Input) {
  const [kind, id] = Key.pk.S.split('#');
  if (kind === 'TENANT') {
    const status = { S: id === 'ten_disabled' ? 'disabled' : 'active' };
    return id === 'ten_gone' ? {} : { Item: { ...Key, status } };
  }
  const secret_hash = { B: createHash('sha256').update('s').digest('base64') };
  const owner = { tenant_id: { S: TENANTS[id] ?? 'ten_1' }, scope: { S: SCOPES[id] ?? 'tenant' } };
  return { Item: { ...owner, secret_hash } };
}

let aws: FakeAws;
let received: OperationInput | undefined;

beforeAll(async () => {
  aws = await startFakeAws();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  aws.on('GetItem', answerGetItem);
});
beforeEach(() => {
  received = undefined;
});
afterAll(() => aws.close());

const operation = (access: Access, status: 200 | 204 = 200) =>
  defineOperation({
    method: 'POST',
    path: '/v1/things/{id}',
    access,
    summary: 'Test',
    body: z.looseObject({}),
    opaque: ['data'],
    query: z.strictObject({ limit: z.coerce.number().default(50) }),
    status,
    response: z.object({ done: z.boolean() }),
    run: async (input) => {
      received = input;
      return { done: true };
    },
  });

function request(key: string, fields: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 {
  const requestContext = { domainName: 'api.example.com', apiId: 'abc123', requestId: 'req-1' };
  return { headers: { authorization: `Bearer ${key}` }, requestContext, body: '{}', ...fields } as never;
}

const call = (access: Access, key: string, fields?: Partial<APIGatewayProxyEventV2>) =>
  runOperation(operation(access))(request(key, fields));

test.each<[string, Access, boolean]>([
  ['operator', 'operator', true],
  ['operator', 'tenant', true],
  ['operator', 'portal', true],
  ['operator', 'publish', true],
  ['operator', 'any', true],
  ['tenant', 'operator', false],
  ['tenant', 'tenant', true],
  ['tenant', 'portal', true],
  ['tenant', 'publish', true],
  ['tenant', 'any', true],
  ['publish', 'operator', false],
  ['publish', 'tenant', false],
  ['publish', 'portal', false],
  ['publish', 'publish', true],
  ['publish', 'any', true],
  ['portal', 'operator', false],
  ['portal', 'tenant', false],
  ['portal', 'portal', true],
  ['portal', 'publish', false],
  ['portal', 'any', true],
])('a key of scope %s may do what wants %s: %s', async (scope, access, allowed) => {
  const key = scope === 'operator' ? 'operator' : `${KEYS[scope as keyof typeof KEYS]}.s`;
  if (allowed) expect((await call(access, key)).statusCode).toBe(200);
  else await expect(call(access, key)).rejects.toMatchObject({ code: 'forbidden' });
  expect(received !== undefined).toBe(allowed);
});

test.each([
  ['disabled', 'tenant_disabled'],
  ['orphan', 'unauthorized'],
] as const)('the key of a tenant that is %s is refused: %s', async (tenant, code) => {
  await expect(call('publish', `${KEYS[tenant]}.s`)).rejects.toMatchObject({ code });
  expect(received).toBeUndefined();
});

test('who may make a request is read once a minute', async () => {
  await call('tenant', `${KEYS.tenant}.s`);
  aws.takeNames();
  for (let i = 0; i < 3; i++) await call('tenant', `${KEYS.tenant}.s`);
  expect(aws.takeNames()).toEqual([]);
});

test('an operation is handed what was sent, checked', async () => {
  await call('publish', 'operator', {
    body: '{"data":{"n":9007199254740993}}',
    pathParameters: { id: 'x' },
    queryStringParameters: { limit: '7' },
  });
  expect(received).toMatchObject({
    caller: { kind: 'operator' },
    params: { id: 'x' },
    query: { limit: 7 },
    api: { host: 'api.example.com', id: 'abc123' },
  });
  expect(JSON.stringify(received!.body)).toBe('{"data":{"n":9007199254740993}}');
});

test('a body may come as base64, or not at all', async () => {
  const body = Buffer.from('{"ü":1}').toString('base64');
  await call('publish', 'operator', { body, isBase64Encoded: true });
  expect(received!.body).toEqual({ ü: 1 });
  await call('publish', 'operator', { body: undefined });
  expect(received!.body).toEqual({});
});

test.each<[string, Partial<APIGatewayProxyEventV2>, string]>([
  ['no JSON', { body: '{' }, 'invalid_json'],
  [
    'no UTF-8',
    { body: Buffer.from([0x7b, 0xff, 0x7d]).toString('base64'), isBase64Encoded: true },
    'invalid_json',
  ],
  ['too large', { body: `{"a":"${'x'.repeat(MAX_BODY_BYTES)}"}` }, 'payload_too_large'],
  ['too large in bytes', { body: `{"a":"${'€'.repeat(MAX_BODY_BYTES / 3)}"}` }, 'payload_too_large'],
  ['a list', { body: '[]' }, 'invalid_request'],
  ['a long number', { body: '1e400' }, 'invalid_request'],
  ['nested 9,000 deep', { body: `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}` }, 'invalid_json'],
  ['with a key __proto__', { body: '{"filters":{"__proto__":["x"]}}' }, 'invalid_request'],
  ['with an unknown query', { queryStringParameters: { limti: '1' } }, 'invalid_request'],
])('a request that is %s is refused before the operation runs', async (_name, fields, code) => {
  await expect(call('publish', 'operator', fields)).rejects.toMatchObject({ code });
  expect(received).toBeUndefined();
});

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/merge-patch+json',
  'application/vnd.acme.v2+json;profile="x"',
  '',
])('a body may be sent as %j', async (type) => {
  expect((await call('publish', 'operator', { headers: headersOf(type) })).statusCode).toBe(200);
});

test.each([
  'text/plain',
  'text/plain;charset=UTF-8',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
  'application/jsonp',
  'application/json-seq',
  'text/json',
  'json',
])('a body sent as %j is refused, quoted', async (type) => {
  await expect(call('publish', 'operator', { headers: headersOf(type) })).rejects.toMatchObject({
    code: 'unsupported_media_type',
    message: `The Content-Type is "${type.split(';')[0]}". Send JSON, as application/json.`,
  });
  // Without a body there is nothing to be of another type.
  const headers = headersOf(type);
  expect((await call('publish', 'operator', { headers, body: undefined })).statusCode).toBe(200);
});

const headersOf = (type: string) => ({ authorization: 'Bearer operator', 'content-type': type });

test("what is opaque keeps a key __proto__, and its depth is its owner's matter", async () => {
  const data = `{"__proto__":${'['.repeat(200)}${']'.repeat(200)}}`;
  await call('publish', 'operator', { body: `{"data":${data}}` });
  expect(JSON.stringify(received!.body)).toBe(`{"data":${data}}`);
});

test('nobody without a key learns what is wrong with the rest', async () => {
  await expect(call('publish', 'wrong', { body: '{' })).rejects.toMatchObject({ code: 'unauthorized' });
});

test('a 204 has no body', async () => {
  expect(await runOperation(operation('publish', 204))(request('operator'))).toEqual({ statusCode: 204 });
});
