import { expect, test } from '@jest/globals';
import { parseJson } from '../../../core/json.ts';
import { compileSchema } from '../../../lambdas/adapters/json-schema.ts';

const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    total: { type: 'number', minimum: 0 },
    email: { type: 'string', format: 'email' },
    items: { type: 'array', items: { type: 'object', required: ['sku'] } },
    'a/b~c': { type: 'integer' },
    closed: { type: 'object', additionalProperties: false },
  },
  required: ['total'],
};

test('data that fits has no faults', async () => {
  const check = await compileSchema(schema);
  expect(check({ total: 1.5, items: [{ sku: 'x' }], more: true }, 'data')).toEqual([]);
});

test.each<[string, object, string, string]>([
  ['a wrong type', { total: '1' }, 'data.total', 'data.total is "1", but must be number.'],
  ['a value out of range', { total: -1 }, 'data.total', 'data.total is -1, but must be >= 0.'],
  ['a missing member', {}, 'data.total', 'data.total is missing, but the schema wants it.'],
  [
    'a missing member of an entry',
    { total: 1, items: [{ sku: 1 }, {}] },
    'data.items[1].sku',
    'data.items[1].sku is missing, but the schema wants it.',
  ],
  [
    'a member too many',
    { total: 1, closed: { x: 1 } },
    'data.closed.x',
    'data.closed.x is not in the schema: leave it out.',
  ],
  [
    'a name with a slash',
    { total: 1, 'a/b~c': 'x' },
    'data.a/b~c',
    'data.a/b~c is "x", but must be integer.',
  ],
])('%s is named with its path', async (_name, data, path, message) => {
  const check = await compileSchema(schema);
  expect(check(data, 'data')).toEqual([{ path, message }]);
});

test('a format is an annotation, and a number of many digits is a number', async () => {
  const check = await compileSchema(schema);
  expect(check(parseJson('{"email":"nobody","total":12345678901234567890}'), 'data')).toEqual([]);
});

test('at most 20 faults are named', async () => {
  const check = await compileSchema({ additionalProperties: { type: 'number' } });
  const data = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`n${i}`, 'x']));
  expect(check(data, 'data')).toHaveLength(20);
});

test('a pattern that takes for ever is given up', async () => {
  const check = await compileSchema({ properties: { name: { type: 'string', pattern: '^(a+)+$' } } });
  expect(check({ name: `${'a'.repeat(60)}!` }, 'data')).toEqual([
    { path: 'data', message: 'data could not be checked against its schema in 250 ms.' },
  ]);
  expect(check({ name: 'aaa' }, 'data')).toEqual([]);
});

test.each([
  ['an unknown type', { type: 'nothing' }],
  ['a reference to elsewhere', { $ref: 'https://example.com/schema.json' }],
  ['another draft', { $schema: 'http://json-schema.org/draft-04/schema#' }],
  ['a broken pattern', { pattern: '(' }],
])('a schema with %s is refused', async (_name, broken) => {
  await expect(compileSchema(broken)).rejects.toThrow();
});
