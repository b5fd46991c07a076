import { call, createTenant, eventually, expectCall, type TestTenant } from '../platform.ts';

interface Page {
  readonly events: { readonly id: string; readonly type: string; readonly data: unknown }[];
  readonly next_cursor: string;
}

const poll = (tenant: TestTenant, after: string, query = '') =>
  expectCall<Page>(200, 'GET', `/v1/events?after=${after}${query}`, tenant.key);

/** Polls from a place until there were as many events, and answers where that ended. */
async function pollUntil(tenant: TestTenant, after: string, count: number, query = '') {
  const events: Page['events'] = [];
  let cursor = after;
  const look = async () => {
    const page = await poll(tenant, cursor, query);
    events.push(...page.events);
    cursor = page.next_cursor;
    return events.length >= count || undefined;
  };
  await eventually(look).catch((cause) => {
    throw new Error(`Polling showed ${events.length} of ${count} events.`, { cause });
  });
  return { events, cursor };
}

test('polling shows each event once while others are being published, oldest first, with its data', async () => {
  const tenant = await createTenant('standard');
  const { next_cursor } = await poll(tenant, 'earliest');
  const published = Promise.all(
    Array.from({ length: 24 }, async (_, n) => {
      await new Promise((resolve) => setTimeout(resolve, n * 60));
      return (await tenant.publish({ type: 'order.paid', data: { n } })).id;
    }),
  );
  const { events, cursor } = await pollUntil(tenant, next_cursor, 24, '&limit=7');
  const ids = await published;
  expect(events).toHaveLength(24);
  expect(new Set(events.map(({ id }) => id))).toEqual(new Set(ids));
  const third = events.find(({ id }) => id === ids[3]);
  expect(third).toMatchObject({ tenant_id: tenant.id, type: 'order.paid', data: { n: 3 } });

  expect(await poll(tenant, cursor)).toEqual({ events: [], next_cursor: cursor });
  const again = await pollUntil(tenant, 'earliest', 24, '&limit=100');
  expect(again.events.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
});

test('polling from the latest shows what comes after, of the wanted type', async () => {
  const tenant = await createTenant('standard');
  await tenant.publish({ type: 'order.paid', data: {} });
  await pollUntil(tenant, 'earliest', 1);
  const { events, next_cursor } = await poll(tenant, 'latest');
  expect(events).toEqual([]);
  await tenant.publish({ type: 'user.made', data: {} });
  const wanted = await tenant.publish({ type: 'order.paid', data: { big: 1 }, id: 'wanted' });
  const after = await pollUntil(tenant, next_cursor, 1, '&type=order.*');
  expect(after.events.map(({ id }) => id)).toEqual([wanted.id]);
});

test('events are listed by time and type', async () => {
  const tenant = await createTenant('standard');
  await tenant.publish({ type: 'order.paid', data: {}, id: 'one' });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const between = new Date().toISOString();
  await tenant.publish({ type: 'order.sent', data: {}, id: 'two' });
  await tenant.publish({ type: 'user.made', data: {}, id: 'three' });
  await pollUntil(tenant, 'earliest', 3);
  const list = async (query: string) => {
    const { events } = await expectCall<Page>(200, 'GET', `/v1/events?${query}`, tenant.key);
    return events.map(({ id }) => id).sort();
  };
  expect(await list(`from=${between}`)).toEqual(['three', 'two']);
  expect(await list(`to=${between}`)).toEqual(['one']);
  expect(await list(`from=${between}&type=order.*`)).toEqual(['two']);
  expect(await list('type=order.paid')).toEqual(['one']);
});

test.each([
  ['after=nonsense', 'after'],
  ['after=latest&from=2026-01-01T00:00:00Z', 'from'],
  ['after=latest&cursor=x', 'cursor'],
  ['from=yesterday', 'from'],
  ['type=a..b', 'type'],
])('%s is refused by its name', async (query, path) => {
  const tenant = await createTenant('standard');
  const { status, body } = await call('GET', `/v1/events?${query}`, tenant.key);
  expect([status, (body.errors as { path: string }[])[0]?.path]).toEqual([422, path]);
});
