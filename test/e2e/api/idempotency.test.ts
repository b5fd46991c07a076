import { createHash } from 'node:crypto';
import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectAws } from '../aws.ts';
import { type Answer, callWith, createTenant, expectCall, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const outputs = readOutputs();
const aws = connectAws(outputs);
afterAll(() => aws.close());
let tenant: TestTenant;
beforeAll(async () => {
  tenant = await createTenant('standard');
});

let counter = 0;
const newKey = () => `key-${process.pid}-${Date.now()}-${counter++}`;
const endpoint = { url: 'https://example.com/hook' };

function post(
  idempotencyKey: string,
  body: unknown,
  path = '/v1/webhooks',
  key = tenant.key,
): Promise<Answer> {
  return callWith({ 'idempotency-key': idempotencyKey }, 'POST', path, key, body);
}

async function countEndpoints(): Promise<number> {
  const { webhooks } = await expectCall<{ webhooks: unknown[] }>(
    200,
    'GET',
    '/v1/webhooks?limit=100',
    tenant.key,
  );
  return webhooks.length;
}

/** Where the tenant's request to create an endpoint stands. */
function placeOf(key: string) {
  const name = createHash('sha256').update(JSON.stringify([tenant.id, 'POST', '/v1/webhooks', key]));
  return { pk: { S: `ONCE#${name.digest('base64url')}` }, sk: { S: 'ONCE' } };
}

/** Changes what is stored of a request, as time or a crash would. */
async function change(key: string, attribute: 'ttl' | 'claimed_at', value: number, crashed = false) {
  await aws.dynamodb.send(
    new UpdateItemCommand({
      TableName: outputs.stack.DirectoryTableName,
      Key: placeOf(key),
      UpdateExpression: `SET #a = :value${crashed ? ' REMOVE sealed' : ''}`,
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#a': attribute },
      ExpressionAttributeValues: { ':value': { N: String(value) } },
    }),
  );
}

test('the same request is carried out once and answered alike, its secret too', async () => {
  const before = await countEndpoints();
  const key = newKey();
  const first = await post(key, endpoint);
  const second = await post(key, endpoint);
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body).toEqual(first.body);
  expect(second.body.secret).toMatch(/^whsec_/);
  expect([first, second].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
  expect(await countEndpoints()).toBe(before + 1);
});

test('what is kept shows no secret', async () => {
  const key = newKey();
  const { body } = await post(key, endpoint);
  const { Item: kept } = await aws.dynamodb.send(
    new GetItemCommand({ TableName: outputs.stack.DirectoryTableName, Key: placeOf(key) }),
  );
  expect(kept?.sealed?.B).toBeDefined();
  const bytes = Object.values(kept ?? {}).map(({ S, B }) => S ?? Buffer.from(B ?? []).toString('latin1'));
  const secret = String(body.secret).slice('whsec_'.length);
  expect(bytes.filter((text) => text.includes(secret) || text.includes('example.com'))).toEqual([]);
  expect(Number(kept?.ttl?.N)).toBeGreaterThan(Date.now() / 1000 + 86_000);
});

test('another request with that key is refused', async () => {
  const key = newKey();
  await post(key, endpoint);
  const other = await post(key, { ...endpoint, description: 'other' });
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
});

test("the operator's requests too: tenants, and the keys of another tenant", async () => {
  const { operatorKey } = outputs;
  const key = newKey();
  const wanted = { id: key, name: 'Once', dialect: 'standard' };
  const first = await post(key, wanted, '/v1/tenants', operatorKey);
  const second = await post(key, wanted, '/v1/tenants', operatorKey);
  expect([second.status, second.body]).toEqual([201, first.body]);
  const scope = { scope: 'publish' };
  const made = await post(key, scope, `/v1/tenants/${key}/api-keys`, operatorKey);
  const again = await post(key, scope, `/v1/tenants/${key}/api-keys`, operatorKey);
  expect(made.body.secret_key).toEqual(again.body.secret_key);
  const elsewhere = await post(key, scope, `/v1/tenants/${tenant.id}/api-keys`, operatorKey);
  expect(elsewhere.status).toBe(422);
});

test("a tenant's key means nothing to another tenant", async () => {
  const key = newKey();
  const other = await createTenant('standard');
  const first = await post(key, endpoint);
  const second = await post(key, endpoint, '/v1/webhooks', other.key);
  expect(second.status).toBe(201);
  expect(second.body.id).not.toBe(first.body.id);
});

test("a portal link is not shown what its tenant's key made", async () => {
  const [key, path] = [newKey(), `/v1/tenants/${tenant.id}/api-keys`];
  const link = await expectCall<{ token: string }>(201, 'POST', '/v1/portal-links', tenant.key, {});
  expect((await post(key, { scope: 'tenant' }, path)).status).toBe(201);
  expect((await post(key, { scope: 'tenant' }, path, link.token)).status).toBe(403);
});

test('of requests at one moment one is carried out; the others are told to wait, or answered alike', async () => {
  const before = await countEndpoints();
  const key = newKey();
  const answers = await Promise.all(Array.from({ length: 6 }, () => post(key, endpoint)));
  expect(await countEndpoints()).toBe(before + 1);
  const ids = answers.filter(({ status }) => status === 201).map(({ body }) => body.id);
  expect(new Set(ids).size).toBe(1);
  const others = answers.filter(({ status }) => status !== 201).map(({ body }) => body.code);
  expect(others.filter((code) => code !== 'request_in_progress')).toEqual([]);
});

test('a refusal is not kept: the corrected request may have the same key', async () => {
  const key = newKey();
  expect((await post(key, { url: 'ftp://example.com' })).status).toBe(422);
  expect((await post(key, endpoint)).status).toBe(201);
});

test('a day later the key is new, before DynamoDB has deleted what was kept', async () => {
  const key = newKey();
  const first = await post(key, endpoint);
  await change(key, 'ttl', Math.floor(Date.now() / 1000) - 1);
  const second = await post(key, { ...endpoint, description: 'another day' });
  expect(second.status).toBe(201);
  expect(second.body.id).not.toBe(first.body.id);
});

test('a claim whose function died holds for half a minute, and no longer', async () => {
  const key = newKey();
  await post(key, endpoint);
  await change(key, 'claimed_at', Date.now() - 20_000, true);
  expect((await post(key, endpoint)).body.code).toBe('request_in_progress');
  await change(key, 'claimed_at', Date.now() - 36_000);
  expect((await post(key, endpoint)).status).toBe(201);
});

test.each(['', 'two words', 'x'.repeat(256)])('the key %j is refused', async (key) => {
  const answer = await post(key, endpoint);
  // Clients do not send an empty header, or API Gateway drops it.
  if (key === '' && answer.status === 201) return;
  expect([answer.status, answer.body.code]).toEqual([422, 'invalid_request']);
});

test('an event without an id is published once, and other content with its key is a conflict', async () => {
  const key = newKey();
  const event = { type: 'order.paid', data: { n: 1 } };
  const first = await post(key, event, '/v1/events');
  const second = await post(key, event, '/v1/events');
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(second.body).toEqual(first.body);
  const other = await post(key, { ...event, data: { n: 2 } }, '/v1/events');
  expect([other.status, (other.body as { code: string }).code]).toEqual([409, 'conflict']);
});
