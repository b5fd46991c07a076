import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { nameOperations } from '../../bin/client-names.ts';
import { GENERATED, printClient } from '../../bin/generate-client.ts';
import { printType, type Schema } from '../../bin/print-type.ts';

test('the client is what the document makes it: run `npm run openapi` where it is not', () => {
  expect(readFileSync(GENERATED, 'utf8')).toBe(printClient());
});

test.each([
  ['post', '/v1/webhooks', 'webhooks', 'create'],
  ['get', '/v1/webhooks', 'webhooks', 'list'],
  ['get', '/v1/webhooks/{id}', 'webhooks', 'get'],
  ['patch', '/v1/webhooks/{id}', 'webhooks', 'update'],
  ['delete', '/v1/webhooks/{id}', 'webhooks', 'delete'],
  ['get', '/v1/webhooks/{id}/secret', 'webhooks', 'getSecret'],
  ['post', '/v1/webhooks/{id}/test', 'webhooks', 'test'],
  ['post', '/v1/webhooks/test', 'webhooks', 'sendTest'],
  ['post', '/v1/tenants/{id}/api-keys', 'tenants', 'createApiKey'],
  ['get', '/v1/tenants/{id}/api-keys', 'tenants', 'listApiKeys'],
  ['delete', '/v1/tenants/{id}/api-keys/{keyId}', 'tenants', 'deleteApiKey'],
  ['post', '/v1/deliveries/{id}/resend', 'deliveries', 'resend'],
  ['get', '/v1/meta/ips', 'meta', 'getIps'],
  ['post', '/v1/operator-keys', 'operatorKeys', 'create'],
  ['post', '/Event/Subscription', 'event', 'createSubscription'],
  ['get', '/Event', 'event', 'list'],
  ['get', '/Event/{eventId}', 'event', 'get'],
])('%s %s is %s.%s', (verb, path, resource, name) => {
  expect(nameOperations({ [path]: { [verb]: {} } })).toMatchObject({ [resource]: [{ name, verb, path }] });
});

test('two routes that come to one name keep apart', () => {
  const paths = {
    '/v1/things/{id}/test': { post: { operationId: 'postThingsByIdTest' } },
    '/v1/things/test': { post: { operationId: 'postThingsTest' } },
  };
  expect(nameOperations(paths).things?.map(({ name }) => name)).toEqual(['test', 'postThingsTest']);
});

test('what wants no key is no call of the client', () => {
  expect(nameOperations({ '/v1/alerts/unsubscribe': { get: { security: [] } } })).toEqual({});
});

test.each<[Schema, string]>([
  [{ type: 'integer' }, 'number'],
  [{ type: ['string', 'null'] }, 'string | null'],
  [{ enum: ['a', 'b'] }, '"a" | "b"'],
  [{ const: 'x' }, '"x"'],
  [{ $ref: '#/components/schemas/Event' }, 'Event'],
  [{ type: 'array', items: { type: ['string', 'null'] } }, '(string | null)[]'],
  [{ type: 'object' }, 'Record<string, unknown>'],
  [{ type: 'object', additionalProperties: { type: 'string' } }, 'Record<string, string>'],
  [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string | null'],
  [{}, 'unknown'],
  [
    { type: 'object', properties: { a: { type: 'string' }, 'b-c': {} }, required: ['a'] },
    '{\n  a: string;\n  "b-c"?: unknown;\n}',
  ],
])('%j is %s', (schema, type) => {
  expect(printType(schema)).toBe(type);
});
