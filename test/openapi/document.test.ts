import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { buildDocument, EVERY_OPERATION, printDocument } from '../../openapi/document.ts';
import { bodiesOf, NO_EXAMPLE } from '../../openapi/examples.ts';
import { operationId } from '../../openapi/paths.ts';

const committed = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
const document = JSON.parse(committed);
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, 'document');

test('the committed document is what the schemas say: after a change, run "npm run openapi"', () => {
  expect(committed === printDocument()).toBe(true);
});

const NAMES = EVERY_OPERATION.map(({ method, path }) => `${method} ${path}`).sort();
/** What is called without a key. */
const OPEN = ['GET /v1/alerts/unsubscribe', 'POST /v1/alerts/unsubscribe'];

function documentedIn(shown: object): string[] {
  const { paths } = shown as { paths: Record<string, object> };
  return Object.entries(paths)
    .flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`))
    .sort();
}

test('every operation is documented, and nothing else', () => {
  expect(documentedIn(document)).toEqual([...NAMES, ...OPEN].sort());
});

test('every operation that is left out of a document is noticed, and makes it another', () => {
  for (const [i, name] of NAMES.entries()) {
    const others = EVERY_OPERATION.filter(({ method, path }) => `${method} ${path}` !== name);
    const found = documentedIn(buildDocument(others));
    expect([i, found.length, found.includes(name)]).toEqual([i, documentedIn(document).length - 1, false]);
  }
  expect(printDocument(EVERY_OPERATION.slice(1)) === committed).toBe(false);
});

test('every call that the functions answer is documented, but for the document and its page', async () => {
  const { ROUTES } = await import('../../lambdas/manage.ts');
  const { DOCUMENT_OPERATIONS } = await import('../../lambdas/documents.ts');
  const routes = [...ROUTES, ...DOCUMENT_OPERATIONS].map(({ method, path }) => `${method} ${path}`);
  const itself = ['GET /docs', 'GET /openapi.json'];
  expect(routes.sort()).toEqual([...documentedIn(document), ...itself].sort());
});

test.each(EVERY_OPERATION.map(({ method, path }) => [method, path]))(
  '%s %s has an id by its path, a summary, and says which key it wants and what it refuses',
  (method, path) => {
    const operation = document.paths[path]?.[method.toLowerCase()];
    expect(operation).toMatchObject({
      operationId: operationId(method, path),
      summary: expect.stringMatching(/^[A-Z].{5,}[^.]$/),
      description: expect.stringMatching(/Wants (?:a key|the operator's key)/),
    });
    expect(Object.keys(operation.responses)).toEqual(
      expect.arrayContaining(['401', '403', '422', '429', '500', '503']),
    );
  },
);

test.each(OPEN)('%s says that it wants no key', (name) => {
  const [method = '', path = ''] = name.split(' ');
  expect(document.paths[path][method.toLowerCase()].security).toEqual([]);
});

test('a body that must have members must be there', () => {
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item as object));
  const bodies = operations.flatMap(({ operationId, requestBody }) =>
    requestBody === undefined ? [] : [{ operationId, ...requestBody }],
  );
  const optional = bodies.filter(({ required }) => !required);
  for (const { operationId, content } of optional) {
    const { schema } = Object.values(content)[0] as { schema: object };
    expect([operationId, validates(schema, {})]).toEqual([operationId, true]);
  }
  expect(bodies.filter(({ required }) => required).map(({ operationId }) => operationId)).toEqual(
    expect.arrayContaining(['postEvents', 'postWebhooks']),
  );
});

test.each([
  'https://api.example.com',
  'http://localhost:4566/_aws/execute-api/abc/$default',
  'https://example.com/webhooks',
])('its server is where it was read, here %s', (apiUrl) => {
  const urls = document.servers.map(
    ({ url }: { url: string }) => new URL(url, `${apiUrl}/openapi.json`).href,
  );
  expect(urls).toEqual([`${apiUrl}/`]);
});

function validates(schema: object, value: unknown): boolean {
  // A reference leads into the document.
  const text = JSON.stringify(schema).replaceAll('"#/components', '"document#/components');
  return ajv.validate(JSON.parse(text), value);
}

test('every body has an example, and it is what its schema says', () => {
  for (const { schema, example } of bodiesOf(document)) {
    expect([schema, JSON.stringify(example)]).toEqual([schema, expect.not.stringContaining(NO_EXAMPLE)]);
    expect([example, validates(schema as object, example), ajv.errorsText()]).toEqual([
      example,
      true,
      'No errors',
    ]);
  }
});

test('no two operations have one id', () => {
  const ids = EVERY_OPERATION.map(({ method, path }) => operationId(method, path));
  expect(new Set(ids).size).toBe(ids.length);
});

test('every reference leads somewhere', () => {
  for (const [, pointer = ''] of committed.matchAll(/"\$ref": "#\/([^"]+)"/g)) {
    const target = pointer.split('/').reduce((node, key) => node?.[key], document);
    expect([pointer, target]).toEqual([pointer, expect.anything()]);
  }
});

test.each(Object.keys(document.webhooks))('the example of %s is what its schema says', (name) => {
  const { schema, example } = document.webhooks[name].post.requestBody.content['application/json'];
  const valid = ajv.validate(schema, example);
  expect([valid, ajv.errors]).toEqual([true, null]);
});

test('whatever an operation answers 2xx with a body is described', () => {
  for (const { method, path, status, response } of EVERY_OPERATION) {
    const { content } = document.paths[path][method.toLowerCase()].responses[status];
    expect([path, content !== undefined]).toEqual([path, response !== null]);
  }
});
