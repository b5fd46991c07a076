import { DIALECTS } from '../../../core/dialects/index.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { call, createTenant, expectCall, type TestTenant } from '../platform.ts';
import { type ProblemBody, pathsOf } from './api.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

async function connect(dialect = 'standard'): Promise<TestTenant> {
  const tenant = await createTenant(dialect);
  await tenant.createEndpoint({ url: receiver.url });
  return tenant;
}

/** Publishes a text as it is. */
const publish = (tenant: TestTenant, body: string) =>
  call<ProblemBody & { id: string }>('POST', '/v1/events', tenant.key, body);

/** What the receiver saw, once an event that was published last has arrived. */
async function seenBefore(tenant: TestTenant, id: string): Promise<string[]> {
  await tenant.publish({ id, type: 'end', data: {} });
  const ids = () => receiver.requests.map(({ headers }) => headers['webhook-id']!);
  for (let count = 1; !ids().includes(id); count++) await receiver.waitFor(count);
  return ids().filter((seen) => seen !== id);
}

describe('an event published again', () => {
  test('with the same content is the same event, delivered once', async () => {
    const tenant = await connect();
    const event = { id: 'evt_same', type: 'order.paid', data: { total: 1 } };
    const first = await call('POST', '/v1/events', tenant.key, event);
    const again = await Promise.all(
      Array.from({ length: 4 }, () => call('POST', '/v1/events', tenant.key, event)),
    );
    expect(first).toMatchObject({
      status: 202,
      body: { id: 'evt_same', tenant_id: tenant.id, type: 'order.paid', created_at: expect.any(String) },
    });
    for (const { status, body } of again) expect([status, body]).toEqual([202, first.body]);
    expect(await seenBefore(tenant, 'msg_end')).toEqual(['evt_same']);
  });

  test('with the same content five times at once is delivered once', async () => {
    const tenant = await connect();
    const event = { id: 'evt_race', type: 'order.paid', data: { total: 1 } };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call('POST', '/v1/events', tenant.key, event)),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    expect(await seenBefore(tenant, 'msg_end')).toEqual(['evt_race']);
  });

  const stored = '"type":"order.paid","data":{"a":{"x":1,"y":[100,0.5]},"b":"é","big":9007199254740993}';
  test.each([
    [
      'keys in another order',
      '"data":{"big":9007199254740993,"b":"é","a":{"y":[100,0.5],"x":1}},"type":"order.paid"',
    ],
    [
      'white space',
      '"type": "order.paid" , "data" : {"a":{"x":1,"y":[ 100,0.5 ]},"b":"é","big":9007199254740993}',
    ],
    [
      'numbers spelled otherwise',
      stored.replace('"x":1', '"x":1.0').replace('100', '1E2').replace('0.5', '5.0e-1'),
    ],
    ['a long number spelled otherwise', stored.replace('9007199254740993', '900719925474099.30e1')],
    ['text spelled otherwise', stored.replace('é', '\\u00e9')],
  ])('has the same content in spite of %s', async (_what, other) => {
    const tenant = await connect();
    expect((await publish(tenant, `{"id":"evt_1",${stored}}`)).status).toBe(202);
    expect(await publish(tenant, `{"id":"evt_1",${other}}`)).toMatchObject({
      status: 202,
      body: { id: 'evt_1' },
    });
  });

  const dated = `${stored},"occurred_at":"2026-01-15T12:30:00Z"`;
  test.each([
    ['another value', stored, stored.replace('0.5', '0.6')],
    ['a long number that a double could not tell apart', stored, stored.replace('0993', '0992')],
    ['the list in another order', stored, stored.replace('[100,0.5]', '[0.5,100]')],
    ['another type', stored, stored.replace('order.paid', 'order.sent')],
    ['another time', dated, dated.replace('12:30', '12:31')],
    ['a time where there was none', stored, dated],
  ])('is refused for %s', async (_what, first, second) => {
    const tenant = await connect();
    expect((await publish(tenant, `{"id":"evt_1",${first}}`)).status).toBe(202);
    const refused = await publish(tenant, `{"id":"evt_1",${second}}`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(refused.body.detail).toContain('"evt_1"');
  });

  test('by another tenant is another event, and each tenant receives its own', async () => {
    const [one, two] = [await connect(), await connect()];
    await one.publish({ id: 'evt_1', type: 'order.paid', data: { of: 'one' } });
    await two.publish({ id: 'evt_1', type: 'order.paid', data: { of: 'two' } });
    const requests = await receiver.waitFor(2);
    expect(requests.map(({ body }) => JSON.parse(body).data.of).sort()).toEqual(['one', 'two']);
    for (const [tenant, of] of [
      [one, 'one'],
      [two, 'two'],
    ] as const) {
      const event = await expectCall(200, 'GET', '/v1/events/evt_1', tenant.key);
      expect(event).toMatchObject({ tenant_id: tenant.id, data: { of } });
    }
  });
});

describe('an event is refused', () => {
  test.each(['arka', 'arky', 'promptha', 'generic', 'arken'] as const)(
    'for a type that %s does not have, with the types it has',
    async (dialect) => {
      const tenant = await createTenant(dialect);
      const refused = await call<ProblemBody>('POST', '/v1/events', tenant.key, {
        type: 'order.lost',
        data: {},
      });
      expect([refused.status, refused.body.code, pathsOf(refused)]).toEqual([
        422,
        'unknown_event_type',
        ['type'],
      ]);
      for (const { type } of DIALECTS[dialect].catalogue ?? []) expect(refused.body.detail).toContain(type);
    },
  );

  test('for data that is no object, an id, a time or a member that is not known, with its path', async () => {
    const tenant = await createTenant('standard');
    const refusals: [body: string, path: string][] = [
      ...['null', '[]', '"{}"', '1', 'true', '12345678901234567890'].map((data): [string, string] => [
        `{"type":"a","data":${data}}`,
        'data',
      ]),
      ['{"type":"a"}', 'data'],
      ['{"data":{}}', 'type'],
      ['{"type":"a..b","data":{}}', 'type'],
      ['{"type":"a b","data":{}}', 'type'],
      ['{"type":"a","data":{},"id":"has space"}', 'id'],
      [`{"type":"a","data":{},"id":"${'x'.repeat(65)}"}`, 'id'],
      ['{"type":"a","data":{},"id":""}', 'id'],
      ['{"type":"a","data":{},"occurred_at":"2026-01-15"}', 'occurred_at'],
      ['{"type":"a","data":{},"occurred_at":1704067200}', 'occurred_at'],
      ['{"type":"a","data":{},"payload":{}}', 'payload'],
    ];
    for (const [body, path] of refusals) {
      const refused = await publish(tenant, body);
      expect([body, refused.status, pathsOf(refused)]).toEqual([body, 422, [path]]);
      expect(refused.headers.get('content-type')).toContain('application/problem+json');
    }
    expect((await publish(tenant, `{"type":"a","data":{},"id":"${'x'.repeat(64)}"}`)).status).toBe(202);
  });
});
