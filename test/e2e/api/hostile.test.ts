import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EVERY_OPERATION } from '../../../openapi/document.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { createTenant, expectCall, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import { makeOwners, ownerOf, validBody } from './attacked.ts';
import { hostileText, malformedBody } from './hostile-json.ts';
import { encode, hostileRequest, judge, send, VALID } from './hostile-request.ts';
import { kindsIn, NOBODY } from './live-things.ts';

/**
 * Whatever is sent to whichever route, the answer is a refusal in our own words or a success, never a failure. Routes and
 * valid requests are taken from the document: new ones are taken in by themselves.
 */
const REQUESTS_OF_A_ROUTE = 6;
const REQUESTS_WITH_A_BODY = 14;

const { apiUrl, operatorKey } = readOutputs();

/** Whose things nobody attacks. */
let bystander: TestTenant;
let receiver: Receiver;

beforeAll(async () => {
  await makeOwners();
  bystander = await createTenant('standard');
  receiver = await startReceiver();
  await bystander.createEndpoint({ url: receiver.url });
});
afterAll(() => receiver.close());

const routes = EVERY_OPERATION.map((operation) => [operation.method, operation.path, operation] as const);

test.each(routes)('%s %s never answers 5xx, whatever it is sent', async (method, path, operation) => {
  const valid = await validBody(operation);
  const text = valid && JSON.stringify(valid);
  const asOperator = operation.access === 'operator' || (path === '/v1/tenants/{id}' && method !== 'GET');
  // So that what follows is near to what is accepted.
  expect(await send(operation, { ...VALID, body: text, asOperator })).toBe(operation.status);
  await fc.assert(
    fc.asyncProperty(
      hostileRequest(operation, valid),
      async (request) => void (await send(operation, request)),
    ),
    { numRuns: valid ? REQUESTS_WITH_A_BODY : REQUESTS_OF_A_ROUTE, endOnFailure: true },
  );
});

/** Hostile, and text all the same. */
const FREE_TEXT = `'; DROP TABLE x;-- <script>{{7*7}} %00 ../../ __proto__ \u202e💥👩‍👩‍👧`;
const LONG_NUMBER = '12345678901234567890';
/** What a producer may send: members that libraries obey, digits that a double loses, nesting, texts that are no Unicode. */
const FREE_DATA = `{"constructor":{"prototype":{"polluted":true}},"":null,"n":${LONG_NUMBER},"tiny":1e-400,"text":"\\u0000\\ud800\uffff","deep":${'['.repeat(90)}${']'.repeat(90)}}`;

test('what is free text or free data is stored, and shown as it was', async () => {
  const { id, key } = await createTenant('standard');
  const hook = { url: NOBODY, description: FREE_TEXT, metadata: { [FREE_TEXT]: FREE_TEXT } };
  const webhook = await expectCall<{ id: string }>(201, 'POST', '/v1/webhooks', key, hook);
  expect(await expectCall(200, 'GET', `/v1/webhooks/${webhook.id}`, key)).toMatchObject(hook);
  const renamed = await expectCall(200, 'PATCH', `/v1/tenants/${id}`, key, { name: FREE_TEXT });
  expect(renamed.name).toBe(FREE_TEXT);
  const apiKey = { scope: 'publish', name: FREE_TEXT };
  await expectCall(201, 'POST', `/v1/tenants/${id}/api-keys`, key, apiKey);
  const { keys } = await expectCall<{ keys: object[] }>(200, 'GET', `/v1/tenants/${id}/api-keys`, key);
  expect(keys).toContainEqual(expect.objectContaining(apiKey));
  const body = `{"type":"order.paid","data":${FREE_DATA}}`;
  const event = await expectCall<{ id: string }>(202, 'POST', '/v1/events', key, body);
  const shown = await fetch(`${apiUrl}/v1/events/${event.id}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(await shown.text()).toContain(`"data":${FREE_DATA}`);
});

/** MB that a body has; the gateway takes 10, a function is handed 6, and we take 4. */
const BIG: readonly (readonly [megabytes: number, status: number])[] = [
  [3.9, 422],
  [4.1, 413],
  [5.9, 413],
  [9.9, 413],
];
const bigRoutes = ['/v1/events', '/v1/webhooks', '/v1/documents'];

test.each(bigRoutes.flatMap((path) => BIG.map(([megabytes, status]) => [path, megabytes, status] as const)))(
  'POST %s of %d MB is answered %d',
  async (path, megabytes, status) => {
    const body = `{"x":"${'x'.repeat(megabytes * 1_048_576)}"}`;
    const response = await fetch(apiUrl + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${ownerOf(path).key}`, 'content-type': 'application/json' },
      body,
    });
    expect(await judge(response)).toBe(status);
  },
);

const token = fc.oneof(
  hostileText,
  fc
    .array(
      hostileText.map((text) => Buffer.from(text).toString('base64url')),
      { minLength: 3, maxLength: 3 },
    )
    .map((parts) => parts.join('.')),
);

test.each(['GET', 'POST'])(
  '%s /v1/alerts/unsubscribe, which wants no key, takes no link but its own',
  async (method) => {
    await fc.assert(
      fc.asyncProperty(token, malformedBody, async (link, body) => {
        const url = `${apiUrl}/v1/alerts/unsubscribe?token=${encode(link)}`;
        const response = await fetch(url, { method, body: method === 'GET' ? undefined : body });
        expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('not valid')]);
      }),
      { numRuns: REQUESTS_OF_A_ROUTE, endOnFailure: true },
    );
  },
);

/** Lists that need nothing but their tenant. */
const lists = EVERY_OPERATION.filter(
  ({ method, path, access }) => method === 'GET' && access !== 'operator' && kindsIn(path).length === 0,
);

test('after all that, whatever came in can be listed, and the platform delivers', async () => {
  for (const operation of lists) {
    expect([operation.path, await send(operation, { ...VALID, asOperator: false })]).toEqual([
      operation.path,
      200,
    ]);
  }
  await expectCall(200, 'GET', '/v1/tenants?limit=100', operatorKey);
  const body = `{"type":"order.paid","data":${FREE_DATA}}`;
  await expectCall(202, 'POST', '/v1/events', bystander.key, body);
  const [request] = await receiver.waitFor(1);
  expect(request?.body).toContain(`"data":${FREE_DATA}`);
});
