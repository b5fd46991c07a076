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

function documentedIn(shown: object): string[] {
  const { paths } = shown as { paths: Record<string, object> };
  return Object.entries(paths)
    .flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`))
    .sort();
}

test('every operation is documented, and nothing else', () => {
  expect(documentedIn(document)).toEqual(NAMES);
});

test('every operation that is left out of a document is noticed, and makes it another', () => {
  for (const [i, name] of NAMES.entries()) {
    const others = EVERY_OPERATION.filter(({ method, path }) => `${method} ${path}` !== name);
    const found = documentedIn(buildDocument(others));
    expect([i, found.length, found.includes(name)]).toEqual([i, NAMES.length - 1, false]);
  }
  expect(printDocument(EVERY_OPERATION.slice(1)) === committed).toBe(false);
});

test('every operation that the functions answer is one of these', async () => {
  const { ROUTES } = await import('../../lambdas/manage.ts');
  const { DOCUMENT_OPERATIONS } = await import('../../lambdas/documents.ts');
  const unsubscribe = '/v1/alerts/unsubscribe';
  const open = ['GET /docs', 'GET /openapi.json', `GET ${unsubscribe}`, `POST ${unsubscribe}`];
  const routes = [...ROUTES, ...DOCUMENT_OPERATIONS];
  expect(routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...NAMES, ...open].sort());
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

test('every body has an example, and it is what its schema says', () => {
  for (const { schema, example } of bodiesOf(document)) {
    expect([schema, JSON.stringify(example)]).toEqual([schema, expect.not.stringContaining(NO_EXAMPLE)]);
    const text = JSON.stringify(schema).replaceAll('"#/components', '"document#/components');
    expect([example, ajv.validate(JSON.parse(text), example), ajv.errorsText()]).toEqual([
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
