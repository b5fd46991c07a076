import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { buildDocument, EVERY_OPERATION, printDocument } from '../../openapi/document.ts';
import { operationId } from '../../openapi/paths.ts';

const committed = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
const document = JSON.parse(committed);
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, 'document');

test('the committed document is what the schemas say: after a change, run "npm run openapi"', () => {
  expect(committed === printDocument()).toBe(true);
});

test.each(EVERY_OPERATION.map(({ method, path }) => [method, path]))(
  '%s %s is documented',
  (method, path) => {
    expect(document.paths[path]?.[method.toLowerCase()]).toMatchObject({
      operationId: operationId(method, path),
    });
  },
);

test('nothing is documented that is no operation', () => {
  const documented = Object.entries<object>(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(documented.sort()).toEqual(EVERY_OPERATION.map(({ method, path }) => `${method} ${path}`).sort());
});

test('a route that is missing would be noticed', () => {
  const { paths } = buildDocument(EVERY_OPERATION.slice(1));
  expect(paths?.['/v1/events']?.post).toBeUndefined();
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
