import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { DIALECTS } from '../../../core/dialects/index.ts';
import { vectorOf } from '../../fixtures/vectors.ts';

/** Every event type as the guides list them, typed from the guides and not from our tables. */
const GUIDES: Record<string, Record<string, readonly string[]>> = {
  arka: {
    chat: ['completion.created'],
    usage: ['threshold.reached'],
    playbook: ['execution.completed'],
    integration: ['connected'],
    subscription: ['updated'],
  },
  arky: {
    order: ['created', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded'],
    reservation: ['created', 'confirmed', 'cancelled', 'completed', 'noshow'],
    user: ['registered', 'confirmed', 'updated'],
    node: ['created', 'updated', 'published', 'deleted'],
    email: ['sent', 'delivered', 'opened', 'clicked', 'bounced', 'unsubscribed'],
  },
  promptha: {
    fabric: ['started', 'completed', 'failed'],
    ask: ['session.created', 'message', 'session.ended'],
    credits: ['low', 'depleted', 'purchased'],
  },
  generic: {
    user: ['created', 'updated', 'deleted'],
    project: ['created', 'updated', 'deleted'],
    file: ['uploaded'],
    payment: ['succeeded', 'failed'],
  },
  arken: {
    Account: ['Update'],
    Client: ['Create', 'Update', 'Delete'],
    DocumentData: ['Create', 'Update', 'Delete'],
    User: ['Create', 'Update', 'Delete'],
    FileStore: ['Download', 'Upload'],
  },
};

/**
 * Arken's guide lists 12 types, Account with Update only; our contract promises Create, Update and Delete for every
 * category but FileStore. Both readings are served by taking the union, 14 types.
 */
const BEYOND_THE_GUIDE: Record<string, readonly string[]> = { arken: ['Account.Create', 'Account.Delete'] };

const catalogues = Object.values(DIALECTS).flatMap(({ name, catalogue }) =>
  catalogue === null ? [] : [{ name, catalogue, guide: guideTypes(name) }],
);
const definitions = catalogues.flatMap(({ name, catalogue }) =>
  catalogue.map((entry) => ({ name, ...entry })),
);

function guideTypes(name: string): string[] {
  return Object.entries(GUIDES[name] ?? {}).flatMap(([noun, verbs]) =>
    verbs.map((verb) => `${noun}.${verb}`),
  );
}

test.each([
  ['arka', 5, 5],
  ['arky', 24, 5],
  ['promptha', 9, 3],
  ['generic', 9, 4],
  ['arken', 14, 5],
])('%s has %d event types in %d groups', (name, types, groups) => {
  const { catalogue } = catalogues.find((entry) => entry.name === name)!;
  expect(catalogue.length).toBe(types);
  expect(new Set(catalogue.map((entry) => entry.group)).size).toBe(groups);
});

test.each(catalogues)('$name has the types of its guide, each once', ({ name, catalogue, guide }) => {
  const expected = [...guide, ...(BEYOND_THE_GUIDE[name] ?? [])];
  expect(catalogue.map((entry) => entry.type).toSorted()).toEqual(expected.toSorted());
});

test('standard leaves the catalogue to the tenant', () => {
  expect(DIALECTS.standard.catalogue).toBeNull();
});

describe.each(definitions)('$name $type', ({ type, group, description, example, schema }) => {
  const ajv = new Ajv2020({ strict: true, validateFormats: false });

  test('is a dotted name in a group, described', () => {
    expect(type).toMatch(/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)+$/);
    expect(group).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(description).not.toBe('');
  });

  test('has an example that its schema accepts', () => {
    const validate = ajv.compile(schema);
    validate(example);
    expect(validate.errors ?? []).toEqual([]);
  });

  test('allows members that its guide does not list', () => {
    expect(ajv.compile(schema)({ ...example, anything_else: { at: ['all'] } })).toBe(true);
  });

  test('describes every member of its example', () => {
    const described = Object.keys(schema.properties as object);
    expect(described).toEqual(expect.arrayContaining(Object.keys(example)));
  });
});

describe('the payloads that guides show elsewhere pass too', () => {
  const ajv = new Ajv2020({ strict: true, validateFormats: false });

  test.each([
    ['arka', 'usage.threshold.reached', JSON.parse(vectorOf('arka').body).data],
    ['arky', 'order.paid', JSON.parse(vectorOf('arky').body).data],
    ['promptha', 'fabric.completed', JSON.parse(vectorOf('promptha').body).data],
    ['promptha', 'fabric.completed', { executionId: 'test_123', result: { output: 'Test result' } }],
    ['generic', 'user.created', JSON.parse(vectorOf('generic').body).data],
    ['generic', 'user.created', { id: 'user_test', name: 'Test User' }],
    ['arken', 'FileStore.Upload', JSON.parse(vectorOf('arken').body).data],
  ])('%s %s %j', (name, type, data) => {
    const { schema } = definitions.find((entry) => entry.name === name && entry.type === type)!;
    expect(ajv.validate(schema, data)).toBe(true);
  });

  test('a promptha example never sets data.eventId, which the envelope does', () => {
    for (const { example } of DIALECTS.promptha.catalogue!) expect(example).not.toHaveProperty('eventId');
  });
});
