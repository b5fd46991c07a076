import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { DIALECTS } from '../../../core/dialects/index.ts';
import type { Tenant } from '../../../lambdas/adapters/tenant-store.ts';
import { checkEventType } from '../../../lambdas/operations/check-event-type.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';

let aws: FakeAws;
let tenants = 0;
/** How many items come to 1 MB, at which a query ends its page. */
let pageLength: number;
let tenant: Tenant;
/** What is stored: the tenant as it is now, and its types. */
let now: { tenant: Partial<Tenant>; types: Record<string, { archived?: boolean; schema?: object }> };

beforeAll(async () => {
  aws = await startFakeAws();
  aws.on('Query', ({ ExclusiveStartKey }) => {
    const items = Object.entries(now.types).map(([type, { archived = false }]) => ({
      sk: { S: `EVENT_TYPE#${type}` },
      archived: { BOOL: archived },
    }));
    const start = 1 + items.findIndex(({ sk }) => sk.S === ExclusiveStartKey?.sk.S);
    const end = start + pageLength;
    return {
      Items: items.slice(start, end),
      ...(end < items.length && { LastEvaluatedKey: items[end - 1] }),
    };
  });
  aws.on('GetItem', ({ Key }) => {
    const type = now.types[Key.sk.S.slice('EVENT_TYPE#'.length)];
    if (type) return { Item: { ...Key, ...(type.schema && { schema: { S: JSON.stringify(type.schema) } }) } };
    const { typesCount, typesVersion, validate } = { ...tenant, ...now.tenant };
    const counts = { types_count: { N: String(typesCount) }, types_version: { N: String(typesVersion) } };
    return { Item: { ...Key, ...counts, validate: { S: validate } } };
  });
});
beforeEach(() => {
  aws.takeNames();
  pageLength = 100;
  tenant = {
    id: `ten_${++tenants}`,
    name: 'Acme',
    dialect: 'standard',
    status: 'active',
    validate: 'off',
    createdAt: 0,
    version: 1,
    typesCount: 0,
    typesVersion: 0,
    wrappedKey: new Uint8Array(),
  };
  now = { tenant: {}, types: {} };
});
afterAll(async () => {
  jest.restoreAllMocks();
  await aws.close();
});

const check = (type: string, data: object = {}, path?: string) =>
  checkEventType(tenant, DIALECTS.standard, { type, dataText: JSON.stringify(data) }, path);

test('a tenant that declared nothing publishes anything, and nothing is read for it', async () => {
  await check('order.paid');
  expect(aws.calls).toEqual([]);
});

test('declared types are read once, and accepted', async () => {
  tenant = { ...tenant, typesCount: 1, typesVersion: 1 };
  now.types = { 'order.paid': {} };
  for (let i = 0; i < 3; i++) await check('order.paid');
  expect(aws.takeNames()).toEqual(['Query']);
});

test('types with large schemas are all known, though they are read in more than one page', async () => {
  tenant = { ...tenant, typesCount: 3, typesVersion: 1 };
  now.types = { 'order.lost': {}, 'order.paid': {}, 'order.sent': {} };
  pageLength = 1;
  for (const type of Object.keys(now.types)) await check(type);
  expect(aws.takeNames()).toEqual(['Query', 'Query', 'Query']);
});

test('an unknown type and an archived one are refused with the list of those that are not', async () => {
  tenant = { ...tenant, typesCount: 3, typesVersion: 1 };
  now.types = { 'order.old': { archived: true }, 'order.paid': {}, 'order.sent': {} };
  const accepted = 'Accepted: order.paid, order.sent.';
  await expect(check('order.lost', {}, 'events[2].')).rejects.toMatchObject({
    code: 'unknown_event_type',
    faults: [
      {
        path: 'events[2].type',
        message: `events[2].type is "order.lost", which the tenant has not declared. ${accepted}`,
      },
    ],
  });
  await expect(check('order.old')).rejects.toMatchObject({
    message: `type is "order.old", which is archived. ${accepted}`,
  });
});

test('a type that was declared a moment ago is found; refusals cost one read in five seconds', async () => {
  tenant = { ...tenant, typesCount: 1, typesVersion: 1 };
  now.types = { 'order.paid': {} };
  await check('order.paid');
  now = { tenant: { typesCount: 2, typesVersion: 2 }, types: { 'order.paid': {}, 'order.sent': {} } };
  await check('order.sent');
  expect(aws.takeNames()).toEqual(['Query', 'GetItem', 'Query']);
  for (let i = 0; i < 3; i++) await expect(check('order.lost')).rejects.toThrow();
  expect(aws.takeNames()).toEqual([]);
});

test('data is checked where the tenant wants it, by a schema that is read once', async () => {
  tenant = { ...tenant, typesCount: 2, typesVersion: 1 };
  const schema = { properties: { total: { type: 'number' } } };
  now.types = { 'order.paid': { schema }, 'order.sent': {} };
  await check('order.paid', { total: 'x' });
  tenant = { ...tenant, validate: 'strict' };
  await check('order.sent', { total: 'x' });
  await check('order.paid', { total: 1 });
  aws.takeNames();
  await check('order.paid', { total: 2 });
  expect(aws.takeNames()).toEqual([]);
  await expect(check('order.paid', { total: 'x' }, 'events[0].')).rejects.toMatchObject({
    code: 'invalid_data',
    faults: [{ path: 'events[0].data.total' }],
  });
});

test("the dialect's own schemas are checked without any read", async () => {
  const { arka } = DIALECTS;
  const strict = { ...tenant, dialect: 'arka', validate: 'strict' } as const;
  for (const { type, example } of arka.catalogue ?? []) {
    await checkEventType(strict, arka, { type, dataText: JSON.stringify(example) });
  }
  expect(aws.calls).toEqual([]);
});
