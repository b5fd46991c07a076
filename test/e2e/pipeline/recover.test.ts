import { setTimeout as sleep } from 'node:timers/promises';
import { decodeTime, parseDeliveryId } from '../../../core/ids.ts';
import { printMessage } from '../../../lambdas/adapters/delivery-queue.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws, sqsEvent } from '../aws.ts';
import { createTenant, eventually, expectCall, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import { allDeliveries, awaitTask, type ShownTask, startTask } from '../tasks.ts';

const outputs = readOutputs();
const aws = connectAws(outputs);
let receiver: Receiver;
afterEach(() => receiver.close());
afterAll(() => aws.close());

/** Attempts of the `demo` dialect: at once, after 1 s, after 2 s. */
const SCHEDULE = 3;

/** Requests so far of each event. */
const requestsByEvent = () =>
  [...Map.groupBy(receiver.requests, ({ headers }) => headers['webhook-id']).values()].map(
    (requests) => requests.length,
  );

/** Answers 500 to the first so many requests of each event. */
async function failFirst(count: number): Promise<void> {
  const seen = new Map<string, number>();
  receiver = await startReceiver({
    respond: (_n, { headers }) => {
      const id = headers['webhook-id'] ?? '';
      seen.set(id, (seen.get(id) ?? 0) + 1);
      return (seen.get(id) as number) <= count ? { status: 500 } : undefined;
    },
  });
}

async function publishMany(tenant: TestTenant, count: number): Promise<void> {
  for (let start = 0; start < count; start += 100) {
    const events = Array.from({ length: Math.min(100, count - start) }, (_, n) => ({
      type: 'order.paid',
      data: { n: start + n },
    }));
    await expectCall(202, 'POST', '/v1/events', tenant.key, { events });
  }
}

test('hundreds that failed get a whole schedule each, and a task that crashed or comes twice makes no second one', async () => {
  const count = 260;
  await failFirst(2 * SCHEDULE - 1);
  const tenant = await createTenant('demo');
  const endpoint = await tenant.createEndpoint({ url: receiver.url });
  await tenant.publish({ id: 'before', type: 'order.paid', data: {} });
  await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'failed');
  const since = new Date().toISOString();
  await publishMany(tenant, count);
  await eventually(async () => {
    const failed = (await allDeliveries(tenant, endpoint.id)).filter(({ status }) => status === 'failed');
    return failed.length === count + 1 || undefined;
  });

  const started = await startTask(tenant, endpoint.id, 'recover', { since });
  expect(started).toMatchObject({ status: 'running', done: 0, left: null, failed: 0 });
  const message = JSON.stringify({ taskId: started.id, tenantId: tenant.id, queuedAt: Date.now() });
  const { FanOutFunctionName } = outputs.stack;
  // What a crash before the message was deleted leads to: it comes again, while it is worked on and when all is done.
  await Promise.all([1, 2].map(() => aws.invoke(FanOutFunctionName, sqsEvent([message]))));
  const task = await awaitTask(tenant, started.id);
  expect(task).toMatchObject({ status: 'done', done: count, left: 0, failed: 0 });
  expect(await aws.invoke(FanOutFunctionName, sqsEvent([message, message]))).toEqual({
    batchItemFailures: [],
  });

  await eventually(async () => {
    const deliveries = await allDeliveries(tenant, endpoint.id);
    return deliveries.filter(({ status }) => status === 'success').length === count || undefined;
  });
  const deliveries = await allDeliveries(tenant, endpoint.id);
  const recovered = deliveries.filter(({ event_id }) => event_id !== 'before');
  expect(new Set(recovered.map(({ attempts }) => attempts))).toEqual(new Set([2 * SCHEDULE]));
  expect(deliveries.find(({ event_id }) => event_id === 'before')).toMatchObject({
    status: 'failed',
    attempts: SCHEDULE,
  });
  expect(await expectCall(200, 'GET', `/v1/tasks/${started.id}`, tenant.key)).toEqual(task);
});

describe('one that failed', () => {
  /** A delivery that used up its schedule. */
  async function failed(tenant: TestTenant, endpointId: string) {
    const since = new Date().toISOString();
    const event = await tenant.publish({ type: 'order.paid', data: {} });
    const delivery = await tenant.awaitDelivery(endpointId, ({ status }) => status === 'failed');
    return { since, event, delivery };
  }

  test('and is recovered while its retry is due is not recovered twice', async () => {
    await failFirst(Number.POSITIVE_INFINITY);
    const tenant = await createTenant('demo');
    const endpoint = await tenant.createEndpoint({ url: receiver.url });
    const { since, event, delivery } = await failed(tenant, endpoint.id);
    const first = await startTask(tenant, endpoint.id, 'recover', { since });
    await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'retrying');

    // A second task finds nothing that failed; an index that lags would have it ask for the same schedule again.
    const second = await startTask(tenant, endpoint.id, 'recover', { since });
    const acceptedAt = decodeTime(parseDeliveryId('del_', delivery.id)!.order.slice(0, 8));
    const known = { tenantId: tenant.id, eventId: event.id, endpointId: endpoint.id, acceptedAt };
    const again = printMessage({ ...known, attempt: SCHEDULE + 1, base: SCHEDULE });
    for (let n = 0; n < 3; n++) await aws.queue(again);

    expect((await awaitTask(tenant, first.id)).done).toBe(1);
    // Where it came so late that the new schedule was over, it rightly found one.
    const { done: more } = await awaitTask(tenant, second.id);
    const all = (2 + more) * SCHEDULE;
    await tenant.awaitDelivery(
      endpoint.id,
      ({ status, attempts }) => status === 'failed' && attempts === all,
    );
    await sleep(4_000); // a second chain would still be under way
    expect(receiver.requests).toHaveLength(all);
  });

  test('may be resent and recovered at the same moment: one chain, and the resend beside it', async () => {
    await failFirst(Number.POSITIVE_INFINITY);
    const tenant = await createTenant('demo');
    const endpoint = await tenant.createEndpoint({ url: receiver.url });
    const { since, delivery } = await failed(tenant, endpoint.id);
    await Promise.all([
      startTask(tenant, endpoint.id, 'recover', { since }),
      expectCall(202, 'POST', `/v1/deliveries/${delivery.id}/resend`, tenant.key),
    ]);
    const all = 2 * SCHEDULE + 1;
    await tenant.awaitDelivery(
      endpoint.id,
      ({ status, attempts }) => status === 'failed' && attempts === all,
    );
    await sleep(4_000);
    expect(requestsByEvent()).toEqual([all]);
    const { attempt_log } = await expectCall<{ attempt_log: { attempt: number; resend?: boolean }[] }>(
      200,
      'GET',
      `/v1/deliveries/${delivery.id}`,
      tenant.key,
    );
    expect(attempt_log).toHaveLength(all);
    expect(attempt_log.filter(({ resend }) => resend)).toHaveLength(1);
  });

  test('is left failed by a task whose endpoint is disabled meanwhile, and is recovered by the next', async () => {
    await failFirst(SCHEDULE);
    const tenant = await createTenant('demo');
    const endpoint = await tenant.createEndpoint({ url: receiver.url });
    const { since } = await failed(tenant, endpoint.id);
    const path = `/v1/webhooks/${endpoint.id}`;
    const { id } = await startTask(tenant, endpoint.id, 'recover', { since });
    await expectCall(200, 'PATCH', path, tenant.key, { active: false });
    const ended: ShownTask = await awaitTask(tenant, id);
    await expectCall(200, 'PATCH', path, tenant.key, { active: true });
    if (ended.status === 'stopped') {
      expect(ended).toMatchObject({ reason: 'The webhook was disabled.', done: 0 });
    }
    await startTask(tenant, endpoint.id, 'recover', { since });
    await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
  });
});
