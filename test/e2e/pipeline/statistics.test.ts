import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws } from '../aws.ts';
import { createTenant, eventually, expectCall, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import { readRecords } from '../stream-api.ts';

interface Summary {
  readonly attempts: number;
  readonly successes: number;
  readonly success_rate: number;
  readonly failures: Record<string, number>;
  readonly deliveries: Record<string, number>;
  readonly latency_ms?: Record<string, number>;
}

const EVENTS = 24;
const outputs = readOutputs();
const aws = connectAws(outputs);
let receiver: Receiver;
/** What the receiver answered, by its own account. */
const book: { readonly status: number; readonly at: number }[] = [];
let tenant: TestTenant;
/** One answers as the data says, the other refuses the connection. */
let mixed: { id: string };
let closed: { id: string };

const statsOf = async (path: string, query = '') =>
  expectCall<{ total: Summary; points: (Summary & { at: string })[] }>(
    200,
    'GET',
    `${path}/stats${query}`,
    tenant.key,
  );

beforeAll(async () => {
  const answers = (n: number, seen: number) =>
    [[200], [503, 200], [404, 404, 404], [302, 500, 200]][n % 4]?.[seen];
  const seen = new Map<number, number>();
  receiver = await startReceiver({
    respond: (_, { body }) => {
      const { n } = JSON.parse(body).data;
      seen.set(n, (seen.get(n) ?? -1) + 1);
      const status = answers(n, seen.get(n) ?? 0) ?? 200;
      book.push({ status, at: Date.now() });
      return { status };
    },
  });
  tenant = await createTenant('demo');
  mixed = await tenant.createEndpoint({ url: receiver.url });
  closed = await tenant.createEndpoint({ url: 'http://127.0.0.1:9/', events: ['order.refused'] });
  const events = Array.from({ length: EVENTS }, (_, n) => ({ type: 'order.paid', data: { n } }));
  await expectCall(202, 'POST', '/v1/events', tenant.key, { events });
  await tenant.publish({ type: 'order.refused', data: { n: 0 } });
  const ended = async (id: string, count: number) => {
    const all = await tenant.deliveriesOf(id, '?limit=100');
    const done = all.filter(({ status }) => status === 'success' || status === 'failed');
    return done.length === count || undefined;
  };
  await eventually(() => ended(mixed.id, EVENTS + 1));
  await eventually(() => ended(closed.id, 1));
});

afterAll(async () => {
  aws.close();
  await receiver.close();
});

/** What the deliveries themselves say. */
async function countDeliveries(id: string) {
  const deliveries = await tenant.deliveriesOf(id, '?limit=100');
  const of = (status: string) => deliveries.filter((delivery) => delivery.status === status).length;
  const attempts = deliveries.reduce((sum, delivery) => sum + delivery.attempts, 0);
  return { attempts, successes: of('success'), failed: of('failed') };
}

const settled = (path: string, attempts: number) =>
  eventually(async () => {
    const stats = await statsOf(path);
    return stats.total.attempts >= attempts ? stats : undefined;
  });

test("an endpoint's counts are those of its deliveries and of the receiver's own book", async () => {
  const { attempts, successes, failed } = await countDeliveries(mixed.id);
  const { total, points } = await settled(`/v1/webhooks/${mixed.id}`, attempts);
  expect(total).toMatchObject({
    attempts,
    successes,
    deliveries: { succeeded: successes, failed, discarded: 0 },
  });
  const answeredBy = (kind: string) =>
    book.filter(({ status }) => `${Math.floor(status / 100)}xx` === kind).length;
  expect(book).toHaveLength(attempts);
  expect(total.successes).toBe(answeredBy('2xx'));
  const none = { timeout: 0, connection: 0, tls: 0, dns: 0, other: 0 };
  const kinds = Object.fromEntries(['3xx', '4xx', '5xx'].map((kind) => [kind, answeredBy(kind)]));
  expect(total.failures).toEqual({ ...none, ...kinds });
  expect(total.success_rate).toBeCloseTo(successes / attempts, 3);
  const { p50 = 0, p99 = 0 } = total.latency_ms ?? {};
  expect(p50).toBeGreaterThan(0);
  expect(p99).toBeGreaterThanOrEqual(p50);
  expect(points).toHaveLength(24);
  expect(points.reduce((sum, point) => sum + point.attempts, 0)).toBe(attempts);
});

test('an endpoint that cannot be reached is counted so, and has no latency', async () => {
  const { total } = await settled(`/v1/webhooks/${closed.id}`, 3);
  expect(total).toMatchObject({ attempts: 3, successes: 0, success_rate: 0, deliveries: { failed: 1 } });
  expect(total.failures).toMatchObject({ connection: 3 });
  expect(total.latency_ms).toBeUndefined();
});

test("a tenant's counts are the sum of its endpoints'", async () => {
  const counts = await Promise.all([mixed, closed].map(({ id }) => countDeliveries(id)));
  const sum = (name: 'attempts' | 'successes') => counts.reduce((total, count) => total + count[name], 0);
  const { total } = await settled(`/v1/tenants/${tenant.id}`, sum('attempts'));
  expect(total).toMatchObject({ attempts: sum('attempts'), successes: sum('successes') });
  const { points } = await statsOf(`/v1/tenants/${tenant.id}`, '?step=day');
  expect(points).toHaveLength(30);
  expect(points.reduce((total, point) => total + point.attempts, 0)).toBe(sum('attempts'));
});

test('an endpoint shows when it was reached last, and its share of successes', async () => {
  const { total } = await statsOf(`/v1/webhooks/${mixed.id}`);
  const endpoint = await expectCall<Record<string, string>>(
    200,
    'GET',
    `/v1/webhooks/${mixed.id}`,
    tenant.key,
  );
  const last = (success: boolean) => book.findLast(({ status }) => status < 300 === success)?.at ?? 0;
  for (const [shown, at] of [
    [endpoint.last_success_at, last(true)],
    [endpoint.last_failure_at, last(false)],
  ] as const) {
    expect(Math.abs(Date.parse(shown ?? '') - at)).toBeLessThan(3_000);
  }
  expect(endpoint.success_rate_24h).toBe(total.success_rate);
  const unreached = await expectCall<Record<string, string>>(
    200,
    'GET',
    `/v1/webhooks/${closed.id}`,
    tenant.key,
  );
  expect(unreached.last_success_at).toBeUndefined();
});

test('a resend counts, a test event does not, and the stream told again changes nothing', async () => {
  const { attempts } = await countDeliveries(mixed.id);
  const [failed] = await tenant.deliveriesOf(mixed.id, '?status=failed');
  await expectCall(202, 'POST', `/v1/webhooks/${mixed.id}/test`, tenant.key, { data: { n: 0 } });
  await expectCall(202, 'POST', `/v1/deliveries/${failed?.id}/resend`, tenant.key);
  const { total } = await settled(`/v1/webhooks/${mixed.id}`, attempts + 1);
  const { Table } = await aws.dynamodb.send(
    new DescribeTableCommand({ TableName: outputs.stack.DeliveriesTableName }),
  );
  const Records = await readRecords(Table?.LatestStreamArn ?? '');
  expect(Records.length).toBeGreaterThan(EVENTS);
  await aws.invoke(outputs.stack.ObserveFunctionName, { Records });
  expect((await statsOf(`/v1/webhooks/${mixed.id}`)).total).toEqual(total);
});

test.each([
  ['?from=2026-01-01T00:00:00Z&to=2026-01-10T00:00:00Z', 'from'],
  ['?step=day&from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z', 'from'],
  ['?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'from'],
  ['?step=minute', 'step'],
])('%s is refused for its %s', async (query, path) => {
  const answer = await expectCall<{ errors: { path: string }[] }>(
    422,
    'GET',
    `/v1/webhooks/${mixed.id}/stats${query}`,
    tenant.key,
  );
  expect(answer.errors.map((error) => error.path)).toEqual([path]);
});
