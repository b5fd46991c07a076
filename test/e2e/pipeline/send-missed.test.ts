import { setTimeout as sleep } from 'node:timers/promises';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { createTenant, eventually, expectCall, type TestTenant } from '../platform.ts';
import { allDeliveries, awaitListed, awaitTask, startTask } from '../tasks.ts';

let receiver: Receiver;
let witness: Receiver;
beforeEach(async () => {
  witness = await startReceiver();
});
afterEach(() => Promise.all([receiver.close(), witness.close()]));

/** A tenant with an endpoint that gets everything. */
async function createWitnessed(): Promise<TestTenant> {
  const tenant = await createTenant('demo');
  await tenant.createEndpoint({ url: witness.url });
  return tenant;
}

/** Publishes events, and waits until each was dispatched to the endpoints that there are now, and is listed. */
async function publishAll(tenant: TestTenant, events: readonly object[]): Promise<void> {
  const ids: string[] = [];
  for (const event of events) ids.push((await tenant.publish({ type: 'order.paid', data: {}, ...event })).id);
  await eventually(async () => {
    const sent = new Set(witness.requests.map(({ headers }) => headers['webhook-id']));
    return ids.every((id) => sent.has(id)) || undefined;
  });
  await awaitListed(tenant, ids);
}

const sentIds = () => receiver.requests.map(({ headers }) => headers['webhook-id']).sort();

test('an endpoint that was created later gets what it would have got, once', async () => {
  receiver = await startReceiver();
  const tenant = await createWitnessed();
  await publishAll(tenant, [{ id: 'too-early' }]);
  const since = new Date().toISOString();
  await publishAll(tenant, [
    { id: 'wanted-1', data: { plan: 'gold' } },
    { id: 'other-plan', data: { plan: 'silver' } },
    { id: 'other-type', type: 'user.new', data: { plan: 'gold' } },
    { id: 'wanted-2', data: { plan: 'gold' } },
  ]);
  const filters = { plan: ['gold'] };
  const endpoint = await tenant.createEndpoint({ url: receiver.url, events: ['order.*'], filters });
  await publishAll(tenant, [{ id: 'had', data: { plan: 'gold' } }]);
  await receiver.waitFor(1);

  const { id } = await startTask(tenant, endpoint.id, 'send-missed', { since });
  expect(await awaitTask(tenant, id)).toMatchObject({
    status: 'done',
    done: 2,
    left: 0,
    failed: 0,
    skipped: 3,
  });
  await receiver.waitFor(3);
  expect(sentIds()).toEqual(['had', 'wanted-1', 'wanted-2']);

  await tenant.awaitDelivery(
    endpoint.id,
    ({ event_id, status }) => event_id === 'wanted-2' && status === 'success',
  );
  const again = await startTask(tenant, endpoint.id, 'send-missed', { since });
  await awaitTask(tenant, again.id);
  await sleep(1_000);
  expect(receiver.requests).toHaveLength(3);
});

test('an endpoint that was disabled in between gets what it missed, what was discarded included, with a whole schedule', async () => {
  let refuse = true;
  receiver = await startReceiver({
    respond: (_n, { headers }) =>
      refuse && headers['webhook-id'] === 'discarded' ? { status: 500 } : undefined,
  });
  const tenant = await createWitnessed();
  const since = new Date().toISOString();
  const endpoint = await tenant.createEndpoint({ url: receiver.url });
  await publishAll(tenant, [{ id: 'had' }, { id: 'discarded' }]);
  await tenant.awaitDelivery(
    endpoint.id,
    ({ event_id, status }) => event_id === 'discarded' && status === 'retrying',
  );
  const path = `/v1/webhooks/${endpoint.id}`;
  await expectCall(200, 'PATCH', path, tenant.key, { active: false });
  await publishAll(tenant, [{ id: 'missed-1' }, { id: 'missed-2' }]);
  const { attempts } = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'discarded');
  await expectCall(200, 'PATCH', path, tenant.key, { active: true });

  const { id } = await startTask(tenant, endpoint.id, 'send-missed', { since });
  expect(await awaitTask(tenant, id)).toMatchObject({ status: 'done', done: 3, failed: 0, skipped: 1 });
  // It fails again, through a schedule of its own that begins anew: two retries follow its first attempt.
  await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'failed');
  refuse = false;
  const deliveries = await allDeliveries(tenant, endpoint.id);
  expect(Object.fromEntries(deliveries.map((one) => [one.event_id, [one.status, one.attempts]]))).toEqual({
    had: ['success', 1],
    discarded: ['failed', attempts + 3],
    'missed-1': ['success', 1],
    'missed-2': ['success', 1],
  });
});
