import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { acceptEvent } from '../../../core/accept-event.ts';
import { DIALECTS } from '../../../core/dialects/index.ts';
import { toItem } from '../../../lambdas/adapters/event-store.ts';
import { type LocalOutputs, startLocal, stopLocal } from '../../../local/local-aws.ts';
import { type ReceivedRequest, type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws } from '../aws.ts';
import { awaitMail, mailsTo } from '../mails.ts';
import {
  createTenant,
  eventually,
  expectCall,
  PATIENCE_MS,
  type ShownDelivery,
  type TestTenant,
} from '../platform.ts';
import { OWN_STACK_PREFIX } from '../shared-stack.ts';
import { testContext } from '../test-context.ts';

/** Of its own: its circuits open after four failures, and probe within seconds. */
const dir = mkdtempSync(path.join(process.env.POSTHORN_LOCAL_DIR ?? os.tmpdir(), OWN_STACK_PREFIX));
const context = { ...testContext, circuitFailures: 4, circuitProbeSeconds: 2, circuitLongestProbeSeconds: 8 };
const WAITING = 40;
let outputs: LocalOutputs;
let aws: ReturnType<typeof connectAws>;
let tenant: TestTenant;
let receiver: Receiver;
let isWell: boolean;
/** The receiver's own book: how often it took a delivery, and how often it did not. */
let answered: { taken: number; refused: number };

beforeAll(async () => {
  ({ outputs } = await startLocal({ dir, port: 0, context }));
  process.env.POSTHORN_OUTPUTS = path.join(dir, 'outputs.json');
  aws = connectAws(outputs);
  tenant = await createTenant('demo');
  // A message that crashed comes back after six times the function's time, longer than a test waits.
  const Attributes = { VisibilityTimeout: '5' };
  await aws.sqs.send(new SetQueueAttributesCommand({ QueueUrl: outputs.stack.FanOutQueueUrl, Attributes }));
  await configureFanOut({});
});

afterAll(async () => {
  aws?.close();
  await stopLocal({ dir });
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
});

beforeEach(async () => {
  isWell = false;
  answered = { taken: 0, refused: 0 };
  const respond = () => {
    answered[isWell ? 'taken' : 'refused']++;
    return isWell ? undefined : { status: 503 };
  };
  receiver = await startReceiver({ respond });
});
afterEach(() => receiver.close());

/** Sets variables of the function that takes the turns. It looks for latecomers after seconds instead of minutes. */
async function configureFanOut(variables: Record<string, string>): Promise<void> {
  const FunctionName = outputs.stack.FanOutFunctionName;
  const { Environment } = await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const kept = Object.entries(Environment?.Variables ?? {}).filter(
    ([name]) => !/^(CRASH_|NODE_OPTIONS$)/.test(name),
  );
  const Variables = { ...Object.fromEntries(kept), SETTLED_AFTER_SECONDS: '5', ...variables };
  await aws.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
}

interface ShownEndpoint {
  readonly active: boolean;
  readonly disabled_reason?: string;
  readonly circuit: { readonly state: string; readonly failures?: number; readonly next_probe_at?: string };
}

/** Of an endpoint's statistics. */
interface Total {
  readonly attempts: number;
}

const readEndpoint = (id: string) => expectCall<ShownEndpoint>(200, 'GET', `/v1/webhooks/${id}`, tenant.key);

async function awaitCircuit(id: string, state: string): Promise<ShownEndpoint> {
  return eventually(async () => {
    const endpoint = await readEndpoint(id);
    return endpoint.circuit.state === state ? endpoint : undefined;
  });
}

/** An endpoint that fails until its circuit opens, and then deliveries that wait. */
async function openCircuit(settings: object = {}): Promise<{ id: string; events: string[] }> {
  const { id } = await tenant.createEndpoint({ url: receiver.url, ...settings });
  const name = (n: number) => `${id.slice(-8)}-${n}`;
  const publish = (n: number) => tenant.publish({ id: name(n), type: 'order.paid', data: { n } });
  for (const n of [0, 1, 2, 3]) await publish(n);
  await awaitCircuit(id, 'open');
  const numbers = Array.from({ length: WAITING }, (_, n) => n + 4);
  await Promise.all(numbers.map(publish));
  const events = [0, 1, 2, 3, ...numbers].map(name);
  await eventually(async () => {
    const deliveries = await tenant.deliveriesOf(id, '?limit=100');
    const rests = (delivery: ShownDelivery & { waiting?: boolean }) =>
      delivery.waiting || delivery.status === 'failed';
    return deliveries.length === events.length && deliveries.every(rests) ? deliveries : undefined;
  });
  return { id, events };
}

async function awaitEnd(id: string, count: number): Promise<ShownDelivery[]> {
  return eventually(async () => {
    const deliveries = await tenant.deliveriesOf(id, '?limit=100');
    const isOver = ({ status }: ShownDelivery) => status === 'success' || status === 'failed';
    return deliveries.length === count && deliveries.every(isOver) ? deliveries : undefined;
  });
}

/** How often the receiver was asked about each event. */
function bookOf(requests: readonly ReceivedRequest[]): Record<string, number> {
  const book: Record<string, number> = {};
  for (const { headers } of requests) {
    const id = headers['webhook-id'] ?? '';
    book[id] = (book[id] ?? 0) + 1;
  }
  return book;
}

const attemptsOf = (deliveries: readonly ShownDelivery[]): Record<string, number> =>
  Object.fromEntries(deliveries.map(({ event_id, attempts }) => [event_id, attempts]));

/** Only what used up its dialect's three attempts in vain has failed: a probe did so, or what came before the circuit opened. */
function expectEnds(
  deliveries: readonly ShownDelivery[],
  events: readonly string[],
  inVain: Readonly<Record<string, number>>,
): void {
  const expected = events.map((event) => [event, inVain[event] === 3 ? 'failed' : 'success']);
  const ends = Object.fromEntries(deliveries.map(({ event_id, status }) => [event_id, status]));
  expect(ends).toEqual(Object.fromEntries(expected));
}

test('an endpoint that fails rests, is probed, recovers and drains: nothing is lost, people are mailed, and all counts agree', async () => {
  const address = 'backlog@example.com';
  const { id, events } = await openCircuit({ alerts: { email: address } });
  expect((await awaitMail(outputs, address)).Subject).toMatch(/is failing/);
  const endpoint = await readEndpoint(id);
  expect(endpoint.circuit).toMatchObject({ state: 'open', next_probe_at: expect.any(String) });
  // Those that were never tried are still listed by the state that they have.
  expect((await tenant.deliveriesOf(id, '?status=pending&limit=100')).length).toBeGreaterThan(0);
  // A probe is made, and fails.
  await receiver.waitFor(receiver.requests.length + 1);

  isWell = true;
  const inVain = bookOf(receiver.requests);
  const deliveries = await awaitEnd(id, events.length);
  const attempts = attemptsOf(deliveries);
  expect(attempts).toEqual(bookOf(receiver.requests));
  expectEnds(deliveries, events, inVain);
  for (const event of events) {
    if (inVain[event] !== 3) expect([event, attempts[event]]).toEqual([event, (inVain[event] ?? 0) + 1]);
  }

  const closed = await awaitCircuit(id, 'closed');
  expect(closed.circuit).toEqual({ state: 'closed' });
  expect((await awaitMail(outputs, address, 2)).Subject).toMatch(/works again/);
  expect(await mailsTo(outputs, address)).toHaveLength(2);

  const total = await eventually(async () => {
    const path = `/v1/webhooks/${id}/stats`;
    const read = await expectCall<{ total: Total }>(200, 'GET', path, tenant.key);
    return read.total.attempts < receiver.requests.length ? undefined : read.total;
  });
  const failed = deliveries.filter(({ status }) => status === 'failed').length;
  expect(total).toMatchObject({
    attempts: receiver.requests.length,
    successes: answered.taken,
    failures: { '5xx': answered.refused },
    deliveries: { succeeded: events.length - failed, failed, discarded: 0 },
  });
});

test('a crash of the draining function loses no delivery', async () => {
  const { id, events } = await openCircuit();
  const CRASH_MARK = path.join(dir, 'drain.mark');
  const hook = path.join(import.meta.dirname, '..', 'faults', 'crash-hook.mjs');
  // After a page was sent on, before the next turn is asked for: only draining says since when.
  const CRASH_ON_TEXT = String.raw`\"since\"`;
  await configureFanOut({ NODE_OPTIONS: `--import=${hook}`, CRASH_ON_TEXT, CRASH_MARK });
  isWell = true;
  const inVain = bookOf(receiver.requests);
  const deliveries = await awaitEnd(id, events.length);
  expect(existsSync(CRASH_MARK)).toBe(true);
  await configureFanOut({});
  expectEnds(deliveries, events, inVain);
  const book = bookOf(receiver.requests);
  expect(Object.keys(book).sort()).toEqual(events.toSorted());
  // The page was queued twice: a copy may overtake the record, once, and no attempt is counted that was not made.
  for (const [event, attempts] of Object.entries(attemptsOf(deliveries))) {
    expect(book[event]).toBeGreaterThanOrEqual(attempts);
    expect(book[event]).toBeLessThanOrEqual(attempts + 1);
  }
  await awaitCircuit(id, 'closed');
});

test('a delivery that waits ends failed, with the reason, before its event is deleted', async () => {
  const patient = await createTenant('standard');
  const { id } = await patient.createEndpoint({ url: receiver.url });
  for (const n of [0, 1, 2, 3]) await patient.publish({ type: 'order.paid', data: { n } });
  await eventually(async () => {
    const path = `/v1/webhooks/${id}`;
    const { circuit } = await expectCall<ShownEndpoint>(200, 'GET', path, patient.key);
    return circuit.state === 'open' ? circuit : undefined;
  });
  // Of a tenant that keeps a day: events live for eight, and of this one's life two hours are left.
  const old = acceptEvent(
    DIALECTS.standard,
    patient.id,
    { id: 'evt_old', type: 'order.paid', data: {} },
    Date.now() - 8 * 86_400_000 + 2 * 3_600_000,
  );
  const Item = toItem({ ...old, keptDays: 1 });
  await aws.dynamodb.send(new PutItemCommand({ TableName: outputs.stack.EventsTableName, Item }));
  // A minute, and what a schedule takes beyond.
  const isOver = ({ event_id, status }: ShownDelivery) => event_id === 'evt_old' && status === 'failed';
  const ended = await patient.awaitDelivery(id, isOver, 2 * PATIENCE_MS);
  expect(ended.attempts).toBeLessThan(10);
  expect(ended.error).toContain('The endpoint rested until the event was about to be deleted.');
});

test('enabling an endpoint by hand sends on what waits, and forgets its failures', async () => {
  const { id, events } = await openCircuit();
  isWell = true;
  await expectCall(200, 'PATCH', `/v1/webhooks/${id}`, tenant.key, { active: true });
  expect((await readEndpoint(id)).circuit).toEqual({ state: 'draining' });
  await awaitEnd(id, events.length);
});

test('an endpoint that has failed for five days is disabled by the next failure', async () => {
  const { id } = await tenant.createEndpoint({ url: receiver.url });
  await tenant.publish({ type: 'order.paid', data: {} });
  await eventually(async () => ((await readEndpoint(id)).circuit.failures ? true : undefined));
  await aws.dynamodb.send(
    new UpdateItemCommand({
      TableName: outputs.stack.DirectoryTableName,
      Key: { pk: { S: `TENANT#${tenant.id}` }, sk: { S: `ENDPOINT#${id}` } },
      UpdateExpression: 'SET failing_since = :since',
      ExpressionAttributeValues: { ':since': { N: String(Date.now() - 5 * 86_400_000) } },
    }),
  );
  await tenant.publish({ type: 'order.paid', data: {} });
  const disabled = await eventually(async () => {
    const endpoint = await readEndpoint(id);
    return endpoint.active ? undefined : endpoint;
  });
  expect(disabled.disabled_reason).toBe(
    'Nothing was delivered for 5 days: every attempt failed. The last one: The endpoint answered 503.',
  );
  const enabled = await expectCall<ShownEndpoint>(200, 'PATCH', `/v1/webhooks/${id}`, tenant.key, {
    active: true,
  });
  expect(enabled.circuit).toEqual({ state: 'closed' });
});

test('an endpoint that fails and recovers is told and mailed, once each', async () => {
  const ours = await startReceiver();
  try {
    const address = 'resting@example.com';
    const url = `${receiver.url}/told`;
    const { id } = await tenant.createEndpoint({ url, events: ['told.*'], alerts: { email: address } });
    const wanted = { events: ['endpoint.*'], filters: { webhook_id: id } };
    await tenant.createEndpoint({ url: ours.url, operational: true, ...wanted });
    for (const n of [0, 1, 2, 3]) await tenant.publish({ type: 'told.once', data: { n } });
    await awaitCircuit(id, 'open');
    const failing = await awaitMail(outputs, address);
    expect(failing.Subject).toBe(`Webhook endpoint is failing: ${new URL(url).host}`);
    expect(failing.BodyText).toMatch(/It began to fail, .*: The endpoint answered 503\. \(told\.once\)/);
    isWell = true;
    const recovered = await awaitMail(outputs, address, 2);
    expect(recovered.Subject).toBe(`Webhook endpoint works again: ${new URL(url).host}`);
    const requests = await ours.waitFor(2);
    expect(requests.map(({ body }) => JSON.parse(body).type)).toEqual([
      'endpoint.failing',
      'endpoint.recovered',
    ]);
    expect(JSON.parse(requests[0]?.body ?? '').data).toMatchObject({
      reason: 'The endpoint answered 503.',
      status_code: 503,
      event_type: 'told.once',
    });
    await awaitCircuit(id, 'closed');
    expect(await mailsTo(outputs, address)).toHaveLength(2);
  } finally {
    await ours.close();
  }
});
