import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Operation } from '../../../lambdas/operations/operation.ts';
import { EVERY_OPERATION } from '../../../openapi/document.ts';
import { createTenant, expectCall, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

/**
 * Whatever is sent to whichever route, the answer is a refusal in our own words or a success, never a failure. Routes are
 * taken from the operations, and the members of bodies and queries from the document: new ones are taken in by themselves.
 */
const REQUESTS_OF_A_ROUTE = 10;

const document = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'));
const { apiUrl, operatorKey } = readOutputs();
let tenant: TestTenant;
let ids: readonly string[];

beforeAll(async () => {
  tenant = await createTenant('standard');
  const endpoint = await tenant.createEndpoint({ url: 'https://example.com/hook', active: false });
  const event = await tenant.publish({ type: 'order.paid', data: {} });
  ids = [tenant.id, endpoint.id, event.id, `doc_${'a'.repeat(27)}`];
});

const STRANGE_MEMBERS = ['__proto__', 'constructor', 'toString', 'toJSON', 'length', '', '\u0000', '$ref'];
/** Members that the schemas of bodies know, so that the noise gets past the first check. */
const MEMBERS = [...STRANGE_MEMBERS, ...new Set(memberNames(document))];

function memberNames(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties } = node as { properties?: object };
  const own = typeof properties === 'object' ? Object.keys(properties) : [];
  return [...own, ...Object.values(node).flatMap(memberNames)];
}

/** What a route's query knows, and what it does not. */
function queryNames({ method, path }: Operation): string[] {
  const { parameters = [] } = document.paths[path][method.toLowerCase()];
  const own = parameters.filter((one: { in: string }) => one.in === 'query');
  return [...own.map(({ name }: { name: string }) => name), 'cursor', 'x'];
}

/** Members that the body of a route knows. */
function bodyNames({ bodyShown, body }: Operation): string[] {
  const shape = (bodyShown ?? body) as { shape?: object } | undefined;
  return Object.keys(shape?.shape ?? {});
}

const NASTY = [
  ...['\u0000', '\ud800', '\uffff', '../../etc/passwd', "' OR 1=1 --", '<script>', '%00', '%', '{}'],
  ...[
    '9'.repeat(400),
    'x'.repeat(70_000),
    'https://example.com',
    'http://[::1',
    'order.*',
    '*',
    'standard',
    'tenant',
  ],
];

const text = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 40 }));
const member = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...MEMBERS) },
  { weight: 1, arbitrary: text },
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(null, true, 0, -0, -1, 1e308, 2 ** 53, 1e-320, [], {}),
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(member, tie('value')), { maxLength: 6 }).map(fromEntries),
  ),
}));

/** As JSON.parse would: `__proto__` is a member like any other. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): object {
  const result = {};
  for (const [name, value] of entries) {
    Object.defineProperty(result, name, { value, enumerable: true, configurable: true });
  }
  return result;
}

const noise = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(fc.tuple(member, value), { maxLength: 8 })
      .map((it) => JSON.stringify(fromEntries(it))),
  },
  { weight: 2, arbitrary: value.map((it) => JSON.stringify(it)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...['', '{', 'null', '[]', '"x"', '1e999', '{"data":1e999}', '{"__proto__":{"url":"x"}}', '\ufeff{}'],
      ...[
        '['.repeat(50_000),
        `{"data":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
        `{"type":"a.b","data":{"n":${'9'.repeat(5_000)}}}`,
      ],
      ...[
        '{"events":[null,1,{},[],{"type":"a","data":null}]}',
        '{"url":"https://x","url":1}',
        '{"url":"https://\\ud800.example"}',
      ],
    ),
  },
);

/** A body with members of the route's, so that the noise gets further than the first refusal. */
function bodyOf(operation: Operation) {
  const names = bodyNames(operation);
  if (names.length === 0) return noise;
  const known = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 5 });
  return fc.oneof(
    noise,
    known.map((it) => JSON.stringify(fromEntries(it))),
  );
}

function queryOf(operation: Operation): fc.Arbitrary<[string, string][]> {
  const names = fc.constantFrom(...queryNames(operation));
  return fc.oneof(
    fc.array(fc.tuple(names, text), { maxLength: 3 }),
    cursor.map((entry) => [entry]),
  );
}

/** A cursor that decodes, into what no list wrote. */
const places = fc.constantFrom<unknown>(
  ...[
    ['older', '!'],
    ['newer', '~'],
    ['newer', 'D'.repeat(20)],
    ['on', 'DELETED#', 'x'.repeat(64)],
  ],
  ...[
    ['back', 'ENDPOINT#', '!'],
    [1, 0],
    [2 ** 53 - 1, 2 ** 53 - 1],
    [0, 0, ''],
    [7, 7, 'nobody'],
    ['nobody'],
  ],
);
const cursor = fc
  .oneof(value, places)
  .map((it): [string, string] => ['cursor', Buffer.from(JSON.stringify(it)).toString('base64url')]);

const requestOf = (operation: Operation) =>
  fc.record({
    operation: fc.constant(operation),
    ids: fc.array(fc.option(text, { nil: undefined }), { minLength: 3, maxLength: 3 }),
    query: queryOf(operation),
    body: bodyOf(operation) as fc.Arbitrary<string | Uint8Array<ArrayBuffer>>,
    asOperator: fc.boolean(),
    mediaType: fc.constantFrom('application/json', 'application/json', 'application/json', 'text/plain', ''),
    idempotencyKey: fc.option(
      text.map((it) => it.replace(/[^\x21-\x7e]/g, '').slice(0, 300)),
      { nil: undefined },
    ),
  });

type Sent = ReturnType<typeof requestOf> extends fc.Arbitrary<infer Value> ? Value : never;

async function send({ operation, query, body, asOperator, mediaType, idempotencyKey, ...rest }: Sent) {
  const { method } = operation;
  let n = 0;
  const path = operation.path.replace(/\{\w+\+?\}/g, () => {
    const wanted = rest.ids[n++];
    // An id that is there, or noise; what URL parsers take for another path is another path.
    return wanted === undefined ? (ids[operation.path.length % ids.length] as string) : encode(wanted);
  });
  const search = query.map(([name, text]) => `${name}=${encode(text)}`).join('&');
  const response = await fetch(`${apiUrl}${path}${search && `?${search}`}`.slice(0, 8_000), {
    method,
    headers: {
      authorization: `Bearer ${asOperator ? operatorKey : tenant.key}`,
      ...(mediaType && { 'content-type': mediaType }),
      ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
    },
    body: method === 'GET' ? undefined : body,
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed().slice(0, 500));
}

const routes = EVERY_OPERATION.map((operation) => [operation.method, operation.path, operation] as const);

test.each(routes)('%s %s never answers 5xx, whatever it is sent', async (_method, _path, operation) => {
  await fc.assert(
    fc.asyncProperty(requestOf(operation), async (sent) => {
      const { status, type, text } = await send(sent);
      expect({ status, text }).toEqual({ status: expect.any(Number), text: expect.any(String) });
      expect([status < 500, status, text]).toEqual([true, status, text]);
      if (status < 400) return;
      expect(type).toBe('application/problem+json');
      expect(JSON.parse(text)).toMatchObject({ status, code: expect.stringMatching(/^[a-z_]+$/) });
      expect(text.length).toBeLessThan(20_000);
      expect(text).not.toMatch(/at .+\.(?:ts|mjs|js):\d+|DynamoDB|ValidationException/);
    }),
    { numRuns: REQUESTS_OF_A_ROUTE, endOnFailure: true },
  );
});

test('after all that, the API is as it was', async () => {
  await expectCall(200, 'GET', `/v1/webhooks`, tenant.key);
  await tenant.publish({ type: 'order.paid', data: {} });
});
