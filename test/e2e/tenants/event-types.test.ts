import { DIALECTS } from '../../../core/dialects/index.ts';
import type { BatchResult, ProblemBody } from '../dialects/api.ts';
import { call, createTenant, eventually, expectCall, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const { operatorKey } = readOutputs();
const TYPES = '/v1/event-types';
const schema = {
  type: 'object',
  properties: { total: { type: 'number', minimum: 0 } },
  required: ['total'],
};

interface TypeList {
  readonly event_types: readonly { readonly type: string }[];
  readonly next_cursor: string | null;
}

const declare = (tenant: TestTenant, body: object) => expectCall(201, 'POST', TYPES, tenant.key, body);

test('a type is declared, read, changed, archived and listed', async () => {
  const tenant = await createTenant('standard');
  const made = await declare(tenant, {
    type: 'order.paid',
    description: 'Paid',
    schema,
    example: { total: 1 },
  });
  expect(made).toEqual({
    type: 'order.paid',
    description: 'Paid',
    schema,
    example: { total: 1 },
    archived: false,
    created_at: expect.any(String),
    updated_at: expect.any(String),
  });
  const path = `${TYPES}/order.paid`;
  expect(await expectCall(200, 'GET', path, tenant.key)).toEqual(made);
  const patch = { description: null, schema: { properties: { total: { minimum: null } } } };
  const changed = await expectCall(200, 'PATCH', path, tenant.key, patch);
  expect(changed).not.toHaveProperty('description');
  expect(changed).toMatchObject({ schema: { ...schema, properties: { total: { type: 'number' } } } });
  const archived = await expectCall(200, 'PATCH', `${path}?tenant_id=${tenant.id}`, operatorKey, {
    archived: true,
  });
  expect(archived).toMatchObject({ archived: true, example: { total: 1 } });
  await declare(tenant, { type: 'a.first' });
  const first = await expectCall<TypeList>(200, 'GET', `${TYPES}?limit=1`, tenant.key);
  const cursor = `&cursor=${first.next_cursor}`;
  const rest = await expectCall<TypeList>(200, 'GET', `${TYPES}?limit=1${cursor}`, tenant.key);
  expect([...first.event_types, ...rest.event_types].map(({ type }) => type)).toEqual([
    'a.first',
    'order.paid',
  ]);
});

test('a tenant without declared types publishes any; with the first one, what it declared', async () => {
  const tenant = await createTenant('standard');
  await tenant.publish({ type: 'anything.goes', data: {}, id: 'before' });
  const declared = await createTenant('standard');
  await declare(declared, { type: 'order.old' });
  await declare(declared, { type: 'order.paid' });
  await expectCall(200, 'PATCH', `${TYPES}/order.old`, declared.key, { archived: true });
  await declared.publish({ type: 'order.paid', data: {} });
  const events = ['order.paid', 'order.old', 'anything.goes'].map((type) => ({ type, data: {} }));
  const { results } = await expectCall<{ results: BatchResult[] }>(202, 'POST', '/v1/events', declared.key, {
    events,
  });
  expect(results.map(({ status, error }) => [status, error?.code, error?.path])).toEqual([
    [202, undefined, undefined],
    [422, 'unknown_event_type', 'events[1].type'],
    [422, 'unknown_event_type', 'events[2].type'],
  ]);
  expect(results[2]?.error?.detail).toContain('Accepted: order.paid.');
});

test('an archived type is deleted; without any, the tenant publishes what it likes again', async () => {
  const tenant = await createTenant('standard');
  const path = `${TYPES}/order.paid`;
  await declare(tenant, { type: 'order.paid' });
  const refused = await call<ProblemBody>('DELETE', path, tenant.key);
  expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('archive it first')]);
  await expectCall(200, 'PATCH', path, tenant.key, { archived: true });
  await expectCall(422, 'POST', '/v1/events', tenant.key, { type: 'anything.goes', data: {} });
  await expectCall(204, 'DELETE', `${path}?tenant_id=${tenant.id}`, operatorKey);
  await expectCall(404, 'DELETE', path, tenant.key);
  await expectCall(404, 'GET', path, tenant.key);
  // Refused a moment ago by this very container: it looks again after five seconds at most.
  await eventually(async () => {
    const { status } = await call('POST', '/v1/events', tenant.key, { type: 'anything.goes', data: {} });
    return status === 202 || undefined;
  });
});

test('what was deleted counts toward no limit', async () => {
  const tenant = await createTenant('standard');
  const types = Array.from({ length: 200 }, (_, n) => `type.n${n}`);
  for (let start = 0; start < types.length; start += 10)
    await Promise.all(types.slice(start, start + 10).map((type) => declare(tenant, { type })));
  await expectCall(409, 'POST', TYPES, tenant.key, { type: 'one.more' });
  await expectCall(200, 'PATCH', `${TYPES}/type.n0`, tenant.key, { archived: true });
  await expectCall(409, 'POST', TYPES, tenant.key, { type: 'one.more' });
  await expectCall(204, 'DELETE', `${TYPES}/type.n0`, tenant.key);
  await declare(tenant, { type: 'one.more' });
  await expectCall(409, 'POST', TYPES, tenant.key, { type: 'another' });
});

test('an event whose type was archived since stays as it is', async () => {
  const tenant = await createTenant('standard');
  await declare(tenant, { type: 'order.paid' });
  const { id } = await tenant.publish({ type: 'order.paid', data: { n: 1 } });
  await expectCall(200, 'PATCH', `${TYPES}/order.paid`, tenant.key, { archived: true });
  expect(await expectCall(200, 'GET', `/v1/events/${id}`, tenant.key)).toMatchObject({ data: { n: 1 } });
});

test('data that does not fit is refused with its path where the tenant is strict, and nowhere else', async () => {
  const [lax, strict] = await Promise.all([createTenant('standard'), createTenant('standard')]);
  await expectCall(200, 'PATCH', `/v1/tenants/${strict.id}`, strict.key, { validate: 'strict' });
  for (const tenant of [lax, strict]) await declare(tenant, { type: 'order.paid', schema });
  await lax.publish({ type: 'order.paid', data: { total: -1 } });
  await strict.publish({ type: 'order.paid', data: { total: 1 } });
  const event = { type: 'order.paid', data: { total: -1 } };
  const refused = await call<ProblemBody>('POST', '/v1/events', strict.key, event);
  expect([refused.status, refused.body.code]).toEqual([422, 'invalid_data']);
  expect(refused.body.errors).toEqual([
    { path: 'data.total', message: 'data.total is -1, but must be >= 0.' },
  ]);
});

test('a strict tenant of a dialect with a catalogue is held to the catalogue', async () => {
  const tenant = await createTenant('arka');
  await expectCall(200, 'PATCH', `/v1/tenants/${tenant.id}`, operatorKey, { validate: 'strict' });
  const [{ type, example } = { type: '', example: {} }] = DIALECTS.arka.catalogue ?? [];
  await tenant.publish({ type, data: example });
});

test.each(Object.values(DIALECTS).filter(({ catalogue }) => catalogue !== null))(
  'the catalogue of $name is read, with what documents are told by, and not changed',
  async ({ name, catalogue }) => {
    const tenant = await createTenant(name);
    const { event_types } = await expectCall<TypeList>(200, 'GET', `${TYPES}?limit=100`, tenant.key);
    // Arken's guide has types of its own for them.
    const ofDocuments = name === 'arken' ? [] : ['file.downloaded', 'file.uploaded'];
    const types = new Set([...(catalogue ?? []).map(({ type }) => type), ...ofDocuments]);
    expect(event_types.map(({ type }) => type)).toEqual([...types].sort());
    const [known] = catalogue ?? [];
    expect(await expectCall(200, 'GET', `${TYPES}/${known?.type}`, tenant.key)).toEqual({
      ...known,
      archived: false,
    });
    await expectCall(409, 'POST', TYPES, tenant.key, { type: 'own.type' });
    await expectCall(409, 'PATCH', `${TYPES}/${known?.type}`, tenant.key, { archived: true });
    await expectCall(409, 'DELETE', `${TYPES}/${known?.type}`, tenant.key);
  },
);

test('what is no declaration is refused with its path', async () => {
  const tenant = await createTenant('standard');
  await declare(tenant, { type: 'twice' });
  await expectCall(409, 'POST', TYPES, tenant.key, { type: 'twice' });
  for (const [path, body] of [
    ['type', { type: 'two..dots' }],
    ['schema', { type: 'x', schema: { type: 'nothing' } }],
    ['schema', { type: 'x', schema: { description: 'x'.repeat(16_384) } }],
    ['schema', { type: 'x', schema: 'text' }],
    ['example.total', { type: 'x', schema, example: { total: 'x' } }],
    ['unknown', { type: 'x', unknown: 1 }],
  ] as const) {
    const refused = await call<ProblemBody>('POST', TYPES, tenant.key, body);
    expect([path, refused.status, refused.body.errors?.[0]?.path]).toEqual([path, 422, path]);
  }
  const deep = `{"type":"x","schema":${'{"not":'.repeat(5_000)}{}${'}'.repeat(5_000)}}`;
  expect((await call('POST', TYPES, tenant.key, deep)).status).toBe(400);
});

test("another tenant's types are not there", async () => {
  const [one, two] = await Promise.all([createTenant('standard'), createTenant('standard')]);
  await declare(one, { type: 'order.paid' });
  for (const [method, path, body] of [
    ['GET', `${TYPES}/order.paid`, undefined],
    ['PATCH', `${TYPES}/order.paid`, { archived: true }],
    ['DELETE', `${TYPES}/order.paid`, undefined],
    ['GET', `${TYPES}?tenant_id=${one.id}`, undefined],
    ['POST', TYPES, { type: 'x', tenant_id: one.id }],
  ] as const) {
    expect((await call(method, path, two.key, body)).status).toBe(404);
  }
  const list = await expectCall<TypeList>(200, 'GET', TYPES, two.key);
  expect(list).toEqual({ event_types: [], next_cursor: null });
});
