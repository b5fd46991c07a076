import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DIALECTS } from '../../../core/dialects/index.ts';
import { OPERATIONAL_EXAMPLES, OPERATIONAL_TYPES } from '../../../core/operational-event.ts';
import { fromItem } from '../../../lambdas/adapters/event-store.ts';
import { handler } from '../../../lambdas/manage.ts';
import { callApi } from '../api.ts';
import { type FakeAws, type Input, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory, tenantItem } from '../fake-directory.ts';

let aws: FakeAws;
let directory: FakeDirectory;
/** Types that are declared, by the tenant's id. */
let declared: Record<string, Input[]>;
let tenants = 0;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  directory = new FakeDirectory(aws);
  declared = {};
  aws.on('Query', ({ ExpressionAttributeValues: values }) => ({
    Items: declared[values[':tenant'].S] ?? [],
  }));
});
afterAll(() => aws.close());

interface Declared {
  readonly type: string;
  readonly example?: object;
  readonly archived?: boolean;
}

/** A tenant that may declare types. */
function makeTenant(dialect = 'standard') {
  const id = `ten_${++tenants}`;
  directory.put(tenantItem(id, dialect));
  const declare = (...types: Declared[]) => {
    directory.update(`TENANT#${id}`, 'TENANT', {
      types_count: { N: String(types.length) },
      types_version: { N: String(types.length) },
    });
    declared[`TENANT#${id}`] = types.map(({ type, example, archived = false }) => ({
      pk: { S: `TENANT#${id}` },
      sk: { S: `EVENT_TYPE#${type}` },
      archived: { BOOL: archived },
      ...(example && { example: { S: JSON.stringify(example) } }),
      // Nothing fits: no test is held against it.
      schema: { S: '{"type":"string"}' },
    }));
    for (const item of declared[`TENANT#${id}`] ?? []) directory.put(item);
  };
  const create = (settings: object) =>
    callApi(handler, 'POST', '/v1/webhooks', { tenant_id: id, url: 'https://a.example/', ...settings });
  const patch = (endpointId: string, changes: object) =>
    callApi(handler, 'PATCH', `/v1/webhooks/${endpointId}?tenant_id=${id}`, changes);
  const sendTest = (endpointId: string, body: object) =>
    callApi(handler, 'POST', `/v1/webhooks/${endpointId}/test?tenant_id=${id}`, body);
  return { id, declare, create, patch, sendTest };
}

/** The event that the last test stored. */
function stored() {
  const [event] = aws.inputsOf('TransactWriteItems').at(-1).TransactItems;
  const { d, ...item } = event.Put.Item;
  const data = d.S === undefined ? { B: Buffer.from(d.B, 'base64') } : d;
  const { type, dataText, operational } = fromItem({ ...item, h: { B: new Uint8Array() }, d: data });
  return { type, data: JSON.parse(dataText), operational };
}

const TYPES: Declared[] = [
  { type: 'order.gone', example: { n: 0 }, archived: true },
  { type: 'order.paid', example: { n: 1 } },
  { type: 'user.new' },
];

describe('where a tenant declared types, a test', () => {
  test.each([
    ['the first one that is wanted and not archived', ['order.*'], {}, 'order.paid', { n: 1 }],
    ['the first one of all where none is wanted', ['ticket.*'], {}, 'order.paid', { n: 1 }],
    ['the one that is named', ['order.*'], { event: 'user.new' }, 'user.new', { message: 'This is a test.' }],
    ['an archived one that is named', ['*'], { event: 'order.gone' }, 'order.gone', { n: 0 }],
    ['the data that is given', ['*'], { event: 'order.paid', data: { n: 'x' } }, 'order.paid', { n: 'x' }],
  ])('is sent %s', async (_what, events, body, type, data) => {
    const { create, declare, sendTest } = makeTenant();
    const { body: endpoint } = await create({ events });
    declare(...TYPES);
    expect((await sendTest(endpoint.id, body)).status).toBe(202);
    expect(stored()).toMatchObject({ type, data });
  });

  test('may be of a file event, which tells of documents whatever is declared', async () => {
    const { create, declare, sendTest } = makeTenant();
    declare(...TYPES);
    const { body: endpoint } = await create({ events: ['file.uploaded'] });
    expect((await sendTest(endpoint.id, {})).status).toBe(202);
    expect(stored()).toMatchObject({ type: 'file.uploaded', data: { fileName: 'report.pdf' } });
  });

  test('of any other type is refused, as publishing it would be', async () => {
    const { create, declare, sendTest } = makeTenant();
    const { body: endpoint } = await create({});
    expect((await sendTest(endpoint.id, { event: 'no.such' })).status).toBe(202);
    declare(...TYPES);
    const refused = await sendTest(endpoint.id, { event: 'no.such' });
    expect([refused.status, refused.body.code, refused.paths]).toEqual([
      422,
      'unknown_event_type',
      ['event'],
    ]);
    expect(refused.body.detail).toContain('Accepted: order.paid, user.new, file.uploaded, file.downloaded.');
  });
});

test('where nothing is declared, a test is of the first exact type, or of none in particular', async () => {
  const { create, sendTest } = makeTenant();
  for (const [events, type] of [
    [['ticket.*', 'order.paid'], 'order.paid'],
    [['*'], 'test.event'],
  ]) {
    const { body: endpoint } = await create({ events });
    await sendTest(endpoint.id, {});
    expect(stored().type).toBe(type);
  }
});

describe('an operational endpoint', () => {
  test.each(Object.keys(DIALECTS))('of %s is tested with what it gets', async (dialect) => {
    const { id, create, sendTest } = makeTenant(dialect);
    const auth = dialect === 'arken' ? { auth: { header: { name: 'X-Key', value: 'hush' } } } : {};
    const { body: endpoint } = await create({ operational: true, events: ['endpoint.*'], ...auth });
    expect((await sendTest(endpoint.id, {})).status).toBe(202);
    expect(stored()).toMatchObject({ type: 'endpoint.disabled', operational: true, data: { tenant_id: id } });
    for (const event of OPERATIONAL_TYPES) {
      expect((await sendTest(endpoint.id, { event })).status).toBe(202);
      expect(stored()).toMatchObject({ type: event, data: OPERATIONAL_EXAMPLES[event] });
    }
    const type = DIALECTS[dialect as keyof typeof DIALECTS].catalogue?.[0]?.type ?? 'order.paid';
    expect(await sendTest(endpoint.id, { event: type })).toMatchObject({ status: 422, paths: ['event'] });
  });
});

describe('where a tenant declared types, an endpoint', () => {
  test('may subscribe to those, archived ones too, to file events, and to patterns of what is to come', async () => {
    const { create, declare } = makeTenant();
    declare(...TYPES);
    const events = ['order.paid', 'order.gone', 'file.uploaded', 'ticket.*', '*'];
    expect((await create({ events })).status).toBe(201);
  });

  test('cannot subscribe to another type, by a patch neither', async () => {
    const { create, declare, patch } = makeTenant();
    declare(...TYPES);
    const refused = await create({ events: ['order.paid', 'order.payed'] });
    expect([refused.status, refused.paths]).toEqual([422, ['events[1]']]);
    expect(refused.body.detail).toBe(
      'events[1] is "order.payed", which no event type that the tenant declared matches. Accepted: order.paid, user.new, file.uploaded, file.downloaded.',
    );
    const { body: endpoint } = await create({ events: ['order.paid'] });
    expect(await patch(endpoint.id, { events: ['order.payed'] })).toMatchObject({ paths: ['events[0]'] });
  });

  test('keeps what it subscribed to before, whatever a patch changes', async () => {
    const { create, declare, patch } = makeTenant();
    const { body: endpoint } = await create({ events: ['order.payed'] });
    declare(...TYPES);
    expect((await patch(endpoint.id, { description: 'x' })).status).toBe(200);
    expect((await patch(endpoint.id, { events: ['order.payed'] })).status).toBe(200);
    const events = ['order.paid', 'order.payed'];
    expect((await patch(endpoint.id, { events })).body.events).toEqual(events);
  });

  test('that is operational subscribes to the platform, not to those', async () => {
    const { create, declare } = makeTenant();
    declare(...TYPES);
    expect((await create({ operational: true, events: ['key.revoked'] })).status).toBe(201);
    expect((await create({ operational: true, events: ['order.paid'] })).status).toBe(422);
  });
});
