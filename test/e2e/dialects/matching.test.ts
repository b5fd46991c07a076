import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { createTenant, eventually, expectCall, type TestTenant } from '../platform.ts';
import { publishEach } from './api.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

/** Endpoints at the paths of one receiver, by their names. */
async function connect(tenant: TestTenant, endpoints: Record<string, object>): Promise<void> {
  for (const [name, settings] of Object.entries(endpoints)) {
    await tenant.createEndpoint({ url: new URL(`/${name}`, receiver.url).href, ...settings });
  }
}

/** Which events came to which endpoint, once there are `count` requests. */
async function arrivals(count: number, pick: (body: { type: string; data: { n: number } }) => string) {
  const requests = await receiver.waitFor(count);
  const found: Record<string, string[]> = {};
  for (const { path, body } of requests) {
    const name = path.slice(1);
    found[name] = [...(found[name] ?? []), pick(JSON.parse(body))].sort();
  }
  return found;
}

describe('an endpoint gets', () => {
  test('the types it names, by name, by prefix, or all', async () => {
    const types = [
      'order.paid',
      'order.sent',
      'order.item.added',
      'order',
      'orders.paid',
      'Order.paid',
      'invoice.paid',
    ];
    const tenant = await createTenant('standard');
    await connect(tenant, {
      exact: { events: ['order.paid'] },
      prefix: { events: ['order.*'] },
      deep: { events: ['order.item.*'] },
      several: { events: ['invoice.paid', 'order.item.*', 'order.item.added'] },
      nothing: { events: ['refund.*'] },
      all: { events: ['*'] },
      unsaid: {},
    });
    await publishEach(
      tenant,
      types.map((type, n) => ({ type, data: { n } })),
    );
    expect(await arrivals(1 + 3 + 1 + 2 + 7 + 7, ({ type }) => type)).toEqual({
      exact: ['order.paid'],
      prefix: ['order.item.added', 'order.paid', 'order.sent'],
      deep: ['order.item.added'],
      several: ['invoice.paid', 'order.item.added'],
      all: types.toSorted(),
      unsaid: types.toSorted(),
    });
  });

  test('the events that its filters let through', async () => {
    const tenant = await createTenant('promptha');
    await connect(tenant, {
      listed: {
        events: ['fabric.completed'],
        filters: { fabricId: ['product-description', 'seo-optimizer'] },
      },
      single: { filters: { fabricId: 'seo-optimizer' } },
      nested: { filters: { 'result.score': [1, 2] } },
      both: { filters: { fabricId: ['seo-optimizer'], draft: [true] } },
      all: {},
    });
    const completed = (n: number, data: object) => ({ type: 'fabric.completed', data: { n, ...data } });
    await publishEach(tenant, [
      completed(0, { fabricId: 'product-description' }),
      completed(1, { fabricId: 'seo-optimizer', draft: true, result: { score: 2 } }),
      completed(2, { fabricId: 'seo-optimizer', draft: 'true', result: { score: '2' } }),
      completed(3, { fabricId: 'other', result: { score: 3 } }),
      completed(4, {}),
      { type: 'fabric.started', data: { n: 5, fabricId: 'seo-optimizer', result: null } },
    ]);
    expect(await arrivals(3 + 3 + 1 + 1 + 6, ({ data }) => String(data.n))).toEqual({
      listed: ['0', '1', '2'],
      single: ['1', '2', '5'],
      nested: ['1'],
      both: ['1'],
      all: ['0', '1', '2', '3', '4', '5'],
    });
  });

  test('nothing while it is inactive, and the next event once it is active again', async () => {
    const tenant = await createTenant('standard');
    await connect(tenant, { all: {} });
    const endpoint = await tenant.createEndpoint({
      url: new URL('/paused', receiver.url).href,
      active: false,
    });
    const path = `/v1/webhooks/${endpoint.id}`;
    await tenant.publish({ type: 'a', data: { n: 1 } });
    await receiver.waitFor(1);
    await expectCall(200, 'PATCH', path, tenant.key, { active: true });
    await tenant.publish({ type: 'a', data: { n: 2 } });
    await receiver.waitFor(3);
    await expectCall(200, 'PATCH', path, tenant.key, { active: false });
    await tenant.publish({ type: 'a', data: { n: 3 } });
    expect(await arrivals(4, ({ data }) => String(data.n))).toEqual({ all: ['1', '2', '3'], paused: ['2'] });
    expect(await tenant.deliveriesOf(endpoint.id)).toHaveLength(1);
  });

  test('nothing after it was deleted', async () => {
    const tenant = await createTenant('standard');
    await connect(tenant, { all: {} });
    const endpoint = await tenant.createEndpoint({ url: new URL('/gone', receiver.url).href });
    await expectCall(204, 'DELETE', `/v1/webhooks/${endpoint.id}`, tenant.key);
    await tenant.publish({ type: 'a', data: { n: 1 } });
    expect(await arrivals(1, ({ data }) => String(data.n))).toEqual({ all: ['1'] });
  });

  test('the event that is published the moment after it was created, every time', async () => {
    const tenant = await createTenant('standard');
    for (let n = 1; n <= 20; n++) {
      await tenant.createEndpoint({ url: receiver.url, events: [`round.${n}`] });
      await tenant.publish({ type: `round.${n}`, data: { n } });
    }
    const requests = await receiver.waitFor(20);
    const rounds = requests.map(({ body }) => JSON.parse(body).data.n as number);
    expect(rounds.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });
});

test('an event that no endpoint wants is stored and listed', async () => {
  const tenant = await createTenant('arky');
  await connect(tenant, { other: { events: ['user.*'] } });
  const { id } = await tenant.publish({
    type: 'order.paid',
    data: { n: 1 },
    occurred_at: '2026-01-15T13:30:00+01:00',
  });
  const stored = await expectCall(200, 'GET', `/v1/events/${id}`, tenant.key);
  expect(stored).toMatchObject({
    id,
    tenant_id: tenant.id,
    type: 'order.paid',
    data: { n: 1 },
    occurred_at: '2026-01-15T12:30:00.000Z',
  });
  const list = await eventually(async () => {
    const found = await expectCall<{ events: object[] }>(200, 'GET', '/v1/events', tenant.key);
    return found.events.length > 0 ? found : undefined;
  });
  expect(list).toEqual({
    events: [{ id, type: 'order.paid', created_at: stored.created_at }],
    next_cursor: null,
  });
  expect(await expectCall(200, 'GET', `/v1/events/${id}/deliveries`, tenant.key)).toMatchObject({
    deliveries: [],
  });
  expect(receiver.requests).toHaveLength(0);
});
