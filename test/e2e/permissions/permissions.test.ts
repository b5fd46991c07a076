import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { printMessage } from '../../../lambdas/adapters/delivery-queue.ts';
import { type Receiver, type ReceiverOptions, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws } from '../aws.ts';
import { putOnBus } from '../bus.ts';
import { connectBucket } from '../documents/bucket.ts';
import { readLog } from '../logs.ts';
import { awaitMail, unsubscribeLink } from '../mails.ts';
import { addBystanders } from '../many-endpoints.ts';
import { failedDelivery, tell } from '../notices.ts';
import { call, createTenant, eventually, expectCall, type TestTenant } from '../platform.ts';
import { awaitTask, startTask } from '../tasks.ts';
import { decisionsIn, startEnforcingStack } from './enforcing-stack.ts';
import { covers, grantsOf, type Policy, readPolicies, without, writePolicy } from './iam.ts';

/**
 * Runs every path of every function in a local AWS that enforces permissions. The tests build on each other: what the
 * first ones do, the later ones hold against the policies.
 */
let stack: Awaited<ReturnType<typeof startEnforcingStack>>;
let aws: ReturnType<typeof connectAws>;
const receivers: Receiver[] = [];
let tenant: TestTenant;

beforeAll(async () => {
  stack = await startEnforcingStack();
  aws = connectAws(stack.outputs);
  tenant = await createTenant('two-ways');
});

afterAll(async () => {
  aws?.close();
  await Promise.all(receivers.map((receiver) => receiver.close()));
  await stack?.stop();
});

async function receive(respond?: ReceiverOptions['respond']): Promise<Receiver> {
  const receiver = await startReceiver({ respond });
  receivers.push(receiver);
  return receiver;
}

test('managing: tenants, keys, endpoints from their making to their end', async () => {
  const { operatorKey } = stack.outputs;
  const { tenants } = await expectCall<{ tenants: unknown[] }>(200, 'GET', '/v1/tenants', operatorKey);
  expect(tenants).toEqual([expect.objectContaining({ id: tenant.id })]);
  const { id } = await tenant.createEndpoint({ url: (await receive()).url });
  await expectCall(200, 'GET', '/v1/webhooks', tenant.key);
  await expectCall(200, 'GET', `/v1/webhooks/${id}`, tenant.key);
  await expectCall(200, 'PATCH', `/v1/webhooks/${id}`, tenant.key, { description: 'patched' });
  await expectCall(204, 'DELETE', `/v1/webhooks/${id}`, tenant.key);
  expect((await call('GET', '/nowhere', tenant.key)).status).toBe(404);
});

test('declaring event types, and publishing what was declared', async () => {
  const typed = await createTenant('standard');
  await expectCall(200, 'PATCH', `/v1/tenants/${typed.id}`, typed.key, { validate: 'strict' });
  const schema = { required: ['n'] };
  await expectCall(201, 'POST', '/v1/event-types', typed.key, { type: 'order.paid', schema });
  await expectCall(200, 'PATCH', '/v1/event-types/order.paid', typed.key, { description: 'patched' });
  await expectCall(200, 'GET', '/v1/event-types', typed.key);
  await typed.publish({ type: 'order.paid', data: { n: 1 } });
  await expectCall(422, 'POST', '/v1/events', typed.key, { type: 'order.paid', data: {} });
  await expectCall(200, 'PATCH', '/v1/event-types/order.paid', typed.key, { archived: true });
  await expectCall(204, 'DELETE', '/v1/event-types/order.paid', typed.key);
});

test('making and revoking keys', async () => {
  const path = `/v1/tenants/${tenant.id}/api-keys`;
  const { id } = await expectCall<{ id: string }>(201, 'POST', path, tenant.key, { scope: 'publish' });
  await expectCall(200, 'GET', path, tenant.key);
  await expectCall(204, 'DELETE', `${path}/${id}`, tenant.key);
  const link = await expectCall<{ id: string }>(201, 'POST', '/v1/portal-links', tenant.key, {});
  await expectCall(204, 'DELETE', `/v1/portal-links/${link.id}`, tenant.key);
});

test('publishing: one, a batch, a repetition, a conflict', async () => {
  const { operatorKey } = stack.outputs;
  const event = { tenant_id: tenant.id, type: 'order.paid', data: { n: 1 }, id: 'one' };
  await expectCall(202, 'POST', '/v1/events', operatorKey, event);
  await expectCall(202, 'POST', '/v1/events', tenant.key, event);
  await expectCall(409, 'POST', '/v1/events', tenant.key, { ...event, data: { n: 2 } });
  const events = [event, { ...event, data: { n: 2 } }, { ...event, id: 'two' }];
  const batch = await expectCall<{ results: { status: number }[] }>(202, 'POST', '/v1/events', tenant.key, {
    events,
  });
  expect(batch.results.map(({ status }) => status)).toEqual([202, 409, 202]);
  await expectCall(200, 'GET', '/v1/events/one', tenant.key);
  const listed = await eventually(async () => {
    const { events } = await expectCall<{ events: unknown[] }>(200, 'GET', '/v1/events', tenant.key);
    return events.length > 1 ? events : undefined;
  });
  expect(listed).toEqual(['two', 'one'].map((id) => expect.objectContaining({ id })));
});

test('publishing: by the event bus', async () => {
  const typed = await createTenant('standard');
  await expectCall(201, 'POST', '/v1/event-types', typed.key, { type: 'order.paid' });
  const detail = JSON.stringify({ tenant_id: typed.id, data: { n: 1 }, id: 'by-bus' });
  await putOnBus(stack.outputs, [{ type: 'order.paid', detail }]);
  await eventually(async () => {
    const { status } = await call('GET', '/v1/events/by-bus', typed.key);
    return status === 200 || undefined;
  });
});

test('documents: uploaded by a form, told of, listed, pulled, deleted and removed for good', async () => {
  const { s3, bucket, put, close } = connectBucket();
  const path = 'folder/report.txt';
  const { url, fields } = await expectCall<{ url: string; fields: Record<string, string> }>(
    201,
    'POST',
    '/v1/documents',
    tenant.key,
    { path },
  );
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob(['hello']));
  const uploaded = await fetch(url, { method: 'POST', body: form });
  expect(uploaded.status).toBe(204);
  type Page = { documents: { id: string; version: string }[] };
  const [document] = await eventually(async () => {
    const { documents } = await expectCall<Page>(200, 'GET', '/v1/documents', tenant.key);
    return documents.length > 0 ? documents : undefined;
  });
  const byPath = `/v1/documents?prefix=folder/&tenant_id=${tenant.id}`;
  await expectCall(200, 'GET', byPath, stack.outputs.operatorKey);
  const details = `/Document/${document?.id}`;
  await expectCall(200, 'GET', details, tenant.key);
  const link = await expectCall<{ url: string }>(200, 'GET', `${details}/Location`, tenant.key);
  expect(await (await fetch(link.url)).text()).toBe('hello');
  const object = { Bucket: bucket, Key: `${tenant.id}/${path}` };
  const isLatest = (version?: string) =>
    eventually(async () => {
      const latest = await expectCall<{ version: string }>(200, 'GET', details, tenant.key);
      return latest.version === version || undefined;
    });
  const VersionId = await put(object.Key, 'replaced');
  await isLatest(VersionId);
  await s3.send(new DeleteObjectCommand({ ...object, VersionId }));
  await isLatest(document?.version);
  await s3.send(new DeleteObjectCommand(object));
  await eventually(async () => (await call('GET', details, tenant.key)).status === 410 || undefined);
  await s3.send(new DeleteObjectCommand({ ...object, VersionId: document?.version }));
  await eventually(async () => decisionsIn(stack.readLog()).find(({ action }) => action === 's3:ListBucket'));
  close();
});

test('delivering: success after a retry through the queue and one through a schedule', async () => {
  const moody = await receive((n) => (n <= 2 ? { status: 503 } : undefined));
  const { id } = await tenant.createEndpoint({ url: moody.url, events: ['retry.me'] });
  const event = await tenant.publish({ type: 'retry.me', data: {} });
  const delivery = await tenant.awaitDelivery(id, ({ status }) => status === 'success');
  expect(delivery.attempts).toBe(3);
  const path = `/v1/events/${event.id}/deliveries`;
  const { deliveries } = await expectCall<{ deliveries: unknown[] }>(200, 'GET', path, tenant.key);
  expect(deliveries).toEqual([expect.objectContaining({ id: delivery.id })]);
});

test('tracing: one search through the logs joins an event from its publish to its POST', async () => {
  const since = Date.now();
  const { url } = await receive();
  const endpoint = await tenant.createEndpoint({ url, events: ['trace.me'] });
  const { id } = await tenant.publish({ type: 'trace.me', data: {} });
  await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
  const { PublishFunctionName, DispatchFunctionName, DeliverFunctionName } = stack.outputs.stack;
  const traceIds = [];
  for (const name of [PublishFunctionName, DispatchFunctionName, DeliverFunctionName]) {
    const line = new RegExp(`traceId: '(1-[0-9a-f]{8}-[0-9a-f]{24})'[^}]*event_id: '${id}'`);
    traceIds.push(
      await eventually(async () => line.exec(await readLog(stack.outputs, aws.lambda, name, since))?.[1]),
    );
  }
  expect(new Set(traceIds).size).toBe(1);
});

test('resting: an endpoint that fails is left alone, probed, and gets what waited', async () => {
  let isWell = false;
  const down = await receive(() => (isWell ? undefined : { status: 503 }));
  const { id } = await tenant.createEndpoint({ url: down.url, events: ['rest'] });
  const circuitIs = (state: string) =>
    eventually(async () => {
      const { circuit } = await expectCall<{ circuit: { state: string } }>(
        200,
        'GET',
        `/v1/webhooks/${id}`,
        tenant.key,
      );
      return circuit.state === state || undefined;
    });
  for (let n = 0; n < 3; n++) await tenant.publish({ type: 'rest', data: {} });
  await circuitIs('open');
  await tenant.publish({ type: 'rest', data: {} });
  await eventually(async () =>
    (await tenant.deliveriesOf(id, '?status=pending')).length > 0 ? true : undefined,
  );
  isWell = true;
  await circuitIs('draining');
  await tenant.awaitDelivery(id, ({ status, attempts }) => status === 'success' && attempts === 1);
});

test('deliveries: a test event, its log, and a resend', async () => {
  const receiver = await receive((n) => (n === 1 ? { status: 200 } : undefined));
  const { id } = await tenant.createEndpoint({ url: receiver.url, events: ['nothing.else'] });
  const pending = await expectCall<{ id: string }>(202, 'POST', `/v1/webhooks/${id}/test`, tenant.key, {});
  await tenant.awaitDelivery(id, ({ status }) => status === 'success');
  await expectCall(202, 'POST', `/v1/deliveries/${pending.id}/resend`, tenant.key);
  await tenant.awaitDelivery(id, ({ attempts }) => attempts === 2);
  await expectCall(200, 'GET', `/v1/deliveries/${pending.id}`, tenant.key);
});

test('statistics of what was delivered, written and read', async () => {
  const { id } = await tenant.createEndpoint({ url: (await receive()).url, events: ['count.me'] });
  for (const attempts of [1, 2]) {
    await tenant.publish({ type: 'count.me', data: {} });
    await eventually(async () => {
      const { total } = await expectCall<{ total: { attempts: number } }>(
        200,
        'GET',
        `/v1/webhooks/${id}/stats`,
        tenant.key,
      );
      return total.attempts === attempts || undefined;
    });
  }
});

test('delivering: a 410 disables the endpoint, and is listed under its state', async () => {
  const gone = await receive(() => ({ status: 410 }));
  const { id } = await tenant.createEndpoint({ url: gone.url, events: ['gone'] });
  await tenant.publish({ type: 'gone', data: {} });
  await tenant.awaitDelivery(id, ({ status }) => status === 'failed');
  expect(await tenant.deliveriesOf(id, '?status=failed')).toHaveLength(1);
  const endpoint = await expectCall(200, 'GET', `/v1/webhooks/${id}`, tenant.key);
  expect(endpoint).toMatchObject({ active: false });
});

test('tasks: what failed is recovered, and what was missed is sent', async () => {
  const since = new Date().toISOString();
  // When one endpoint has it, it is dispatched, and the next one is too late.
  const witness = await tenant.createEndpoint({ url: (await receive()).url, events: ['late'] });
  await tenant.publish({ id: 'missed', type: 'late', data: { n: 1 } });
  await tenant.awaitDelivery(witness.id, ({ status }) => status === 'success');
  const receiver = await receive((n) => (n <= 3 ? { status: 503 } : undefined));
  const settings = { url: receiver.url, events: ['late', 'task.me'], filters: { n: [1] } };
  const { id } = await tenant.createEndpoint(settings);
  const { id: failing } = await tenant.publish({ type: 'task.me', data: { n: 1 } });
  await tenant.awaitDelivery(id, ({ status }) => status === 'failed');
  const recovered = await startTask(tenant, id, 'recover', { since });
  expect(await awaitTask(tenant, recovered.id)).toMatchObject({ status: 'done', done: 1 });
  await tenant.awaitDelivery(id, (it) => it.event_id === failing && it.status === 'success');
  const sent = await startTask(tenant, id, 'send-missed', { since });
  expect(await awaitTask(tenant, sent.id)).toMatchObject({ status: 'done', done: 1 });
  await tenant.awaitDelivery(id, (it) => it.event_id === 'missed' && it.status === 'success');
  await expectCall(200, 'GET', '/v1/tasks', tenant.key);
});

test('delivering: a message whose event is gone looks for it once more', async () => {
  const endpoint = await tenant.createEndpoint({ url: (await receive()).url, events: ['nothing'] });
  const missing = { tenantId: tenant.id, eventId: 'gone', endpointId: endpoint.id };
  await aws.queue(printMessage({ ...missing, acceptedAt: Date.now(), attempt: 1 }));
  await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'discarded');
});

test('dispatching: what is no event goes to the poison queue', async () => {
  const Item = { pk: { S: `${tenant.id}#poison` } };
  await aws.dynamodb.send(new PutItemCommand({ TableName: stack.outputs.stack.EventsTableName, Item }));
  await eventually(async () => {
    const { waiting } = await aws.countMessages(stack.outputs.stack.PoisonQueueUrl);
    return waiting === 1 || undefined;
  });
});

test('dispatching: thousands of endpoints by continuations of continuations, and all of it again', async () => {
  const wide = await receive();
  const many = await createTenant('standard');
  const first = await many.createEndpoint({ url: `${wide.url}/first` });
  await many.createEndpoint({ url: `${wide.url}/last` });
  await addBystanders(aws.dynamodb, stack.outputs, many.id, first.id, 2_500);
  const from = new Date(Date.now() - 1_000).toISOString();
  await many.publish({ type: 'order.paid', data: {} });
  const requests = await wide.waitFor(2);
  expect(requests.map(({ path }) => path.split('/').at(-1)).sort()).toEqual(['first', 'last']);
  const range = { from, to: new Date().toISOString(), tenant_id: many.id };
  expect(await aws.invoke(stack.outputs.stack.RedispatchFunctionName, range)).toEqual({ events: 1 });
});

test('telling of a failed delivery: by mail, by webhook, on the bus; the mail is stopped by its link', async () => {
  const [address, gone] = ['dev@example.com', 'gone@example.com'];
  const alerts = { email: [address, gone] };
  const told = await receive();
  const { id } = await tenant.createEndpoint({ url: 'http://127.0.0.1:9/', events: ['nothing'], alerts });
  await tenant.createEndpoint({ url: told.url, operational: true });
  await tell(aws.sqs, stack.outputs, [failedDelivery(tenant.id, id, 1)]);
  await told.waitFor(1);
  const link = unsubscribeLink(await awaitMail(stack.outputs, address));
  expect((await fetch(link, { method: 'POST' })).status).toBe(200);
  const bounced = { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: gone }] };
  const mail = { tags: { tenant: [tenant.id], endpoint: [id] } };
  await tell(aws.sqs, stack.outputs, [{ eventType: 'Bounce', mail, bounce: bounced }]);
  await eventually(async () => {
    const endpoint = await expectCall<{ alerts?: { email: string[] } }>(
      200,
      'GET',
      `/v1/webhooks/${id}`,
      tenant.key,
    );
    return endpoint.alerts?.email.length === 0 || undefined;
  });
});

test('deleting a tenant, to its end', async () => {
  const { operatorKey } = stack.outputs;
  const doomed = await createTenant('standard');
  const { id } = await doomed.createEndpoint({ url: (await receive()).url });
  await doomed.publish({ type: 'order.paid', data: {} });
  await eventually(async () => {
    type Stats = { total: { attempts: number } };
    const { total } = await expectCall<Stats>(200, 'GET', `/v1/webhooks/${id}/stats`, doomed.key);
    return total.attempts > 0 || undefined;
  });
  const bucket = connectBucket();
  await bucket.put(`${doomed.id}/file.txt`, 'x');
  bucket.close();
  await eventually(async () => {
    const { documents } = await expectCall<{ documents: unknown[] }>(200, 'GET', '/v1/documents', doomed.key);
    return documents.length > 0 || undefined;
  });
  await expectCall(202, 'DELETE', `/v1/tenants/${doomed.id}`, operatorKey);
  const MessageBody = JSON.stringify({ deleteTenant: doomed.id, round: 'settled' });
  await aws.sqs.send(new SendMessageCommand({ QueueUrl: stack.outputs.stack.FanOutQueueUrl, MessageBody }));
  await eventually(async () => {
    const { status } = await call('GET', `/v1/tenants/${doomed.id}`, operatorKey);
    return status === 404 || undefined;
  });
});

test('nothing of that was refused', () => {
  const log = stack.readLog();
  expect(decisionsIn(log).filter(({ allowed }) => !allowed)).toEqual([]);
  expect(log).not.toMatch(/AccessDenied|not authorized/i);
});

test('each permission that a role has was needed', async () => {
  const used = decisionsIn(stack.readLog()).filter(({ allowed }) => allowed);
  const grants = (await readPolicies(stack.outputs)).flatMap(grantsOf);
  expect(new Set(grants.map(({ role }) => role)).size).toBe(15);
  expect(grants.filter((grant) => !used.some((decision) => covers(grant, decision)))).toEqual([]);
});

test('a role that lacks one permission is refused', async () => {
  const busy = await receive(() => ({ status: 503 }));
  const { id } = await tenant.createEndpoint({ url: busy.url, events: ['refuse.me'] });
  const policies = await readPolicies(stack.outputs);
  const whole = policies.find(({ role }) => role.includes('DeliverRole')) as Policy;
  await writePolicy(stack.outputs, without(whole, 'sqs:SendMessage', /:sqs:/));
  await tenant.publish({ type: 'refuse.me', data: {} });
  const refused = await eventually(async () => decisionsIn(stack.readLog()).find(({ allowed }) => !allowed));
  expect(refused).toMatchObject({ role: whole.role, action: 'sqs:SendMessage' });
  await eventually(async () => /AccessDenied|not authorized/i.test(stack.readLog()) || undefined);
  expect(await tenant.deliveriesOf(id)).toEqual([
    expect.objectContaining({ status: 'retrying', attempts: 1 }),
  ]);
});
