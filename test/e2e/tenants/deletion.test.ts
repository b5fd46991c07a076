import { type AttributeValue, paginateScan } from '@aws-sdk/client-dynamodb';
import { idKey } from '../../../core/ids.ts';
import { startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws, sqsEvent } from '../aws.ts';
import { makeKey } from '../dialects/api.ts';
import { connectBucket } from '../documents/bucket.ts';
import { call, createTenant, eventually, expectCall, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const outputs = readOutputs();
const { operatorKey, stack } = outputs;
const aws = connectAws(outputs);
afterAll(() => aws.close());

const TABLES = {
  directory: stack.DirectoryTableName,
  events: stack.EventsTableName,
  deliveries: stack.DeliveriesTableName,
  stats: stack.StatsTableName,
  documents: stack.DocumentsTableName,
};

/** What all tables hold that has one of these names anywhere in it: a table and the kind of the item's keys. */
async function itemsWith(names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const [table, TableName] of Object.entries(TABLES)) {
    // Other suites fill the tables with more than one page.
    for await (const page of paginateScan({ client: aws.dynamodb }, { TableName, ConsistentRead: true })) {
      const items: Record<string, AttributeValue>[] = page.Items ?? [];
      const ours = items.filter((item) => names.some((name) => JSON.stringify(item).includes(name)));
      found.push(
        ...ours.map(({ pk, sk }) => `${table} ${pk?.S?.split('#')[0]} ${sk?.S?.split('#')[0] ?? ''}`),
      );
    }
  }
  return found;
}

async function awaitAttempts(tenant: TestTenant, endpointId: string): Promise<void> {
  await eventually(async () => {
    type Stats = { total: { attempts: number } };
    const path = `/v1/webhooks/${endpointId}/stats`;
    return (await expectCall<Stats>(200, 'GET', path, tenant.key)).total.attempts > 0 || undefined;
  });
}

/** Has one of everything that a tenant can own, each where it ends up. @returns the names that it is found by */
async function ownEverything(tenant: TestTenant, url: string): Promise<string[]> {
  await expectCall(201, 'POST', '/v1/event-types', tenant.key, { type: 'order.paid' });
  const revoked = await makeKey(tenant, 'publish');
  const limited = await tenant.createEndpoint({ url, rate_limit: { concurrent: 5 } });
  const deleted = await tenant.createEndpoint({ url });
  const operational = await tenant.createEndpoint({ url, operational: true });
  await tenant.publish({ type: 'order.paid', data: {} });
  await expectCall(204, 'DELETE', `/v1/tenants/${tenant.id}/api-keys/${revoked.id}`, tenant.key);
  for (const { id } of [limited, deleted, operational]) await awaitAttempts(tenant, id);
  await expectCall(202, 'POST', `/v1/webhooks/${limited.id}/test`, tenant.key, {});
  await eventually(async () => {
    const tests = await tenant.deliveriesOf(limited.id, '?test=true');
    return tests.some(({ status }) => status === 'success') || undefined;
  });
  const since = '2026-01-15T12:30:00Z';
  await expectCall(202, 'POST', `/v1/webhooks/${limited.id}/recover`, tenant.key, { since });
  await expectCall(204, 'DELETE', `/v1/webhooks/${deleted.id}`, tenant.key);
  const bucket = connectBucket();
  await bucket.put(`${tenant.id}/file.txt`, 'x');
  bucket.close();
  return [tenant.id, ...[limited, deleted, operational].map(({ id }) => idKey(id))];
}

const OWNED = [
  'deliveries',
  'directory JOURNAL',
  'directory KEY',
  'directory PACE',
  'directory TENANT DELETED',
  'directory TENANT ENDPOINT',
  'directory TENANT EVENT_TYPE',
  'directory TENANT TASK',
  'documents DOC',
  'documents TENANT',
  'events',
  'stats E',
  'stats T',
];

test('a deleted tenant goes with everything it owns, and its id stays taken', async () => {
  const receiver = await startReceiver();
  const [tenant, other] = await Promise.all([createTenant('standard'), createTenant('standard')]);
  const unused = await makeKey(tenant, 'tenant');
  const names = await ownEverything(tenant, receiver.url);
  const theirs = await ownEverything(other, receiver.url);
  await eventually(async () => {
    const found = await itemsWith(names);
    return OWNED.every((kind) => found.some((item) => item.startsWith(kind))) || undefined;
  });
  const path = `/v1/tenants/${tenant.id}`;
  expect((await call('DELETE', path, tenant.key)).status).toBe(403);

  expect(await expectCall(202, 'DELETE', path, operatorKey)).toMatchObject({ status: 'deleting' });
  expect(await expectCall(202, 'DELETE', path, operatorKey)).toMatchObject({ status: 'deleting' });
  await expectCall(200, 'GET', path, operatorKey);
  // What is left until nothing on its way can be found by it any more: the tenant, and the tombstones of its endpoints.
  await eventually(async () => {
    const left = new Set(await itemsWith(names));
    return [...left].sort().join() === 'directory TENANT DELETED,directory TENANT TENANT' || undefined;
  });
  expect([401, 403]).toContain((await call('GET', '/v1/webhooks', unused.key)).status);
  await expectCall(404, 'PATCH', path, operatorKey, { status: 'active' });
  await expectCall(409, 'POST', '/v1/tenants', operatorKey, { id: tenant.id, name: 'x', dialect: 'arka' });
  // A container may know the tenant as active for a minute.
  await eventually(async () => {
    const { status } = await call('GET', `/v1/events?tenant_id=${tenant.id}`, operatorKey);
    return status === 404 || undefined;
  });

  // What comes 90 seconds later.
  const invoke = async (round: string) => {
    const message = JSON.stringify({ deleteTenant: tenant.id, round });
    const answer = await aws.invoke(stack.FanOutFunctionName, sqsEvent([message, message]));
    expect(answer).toEqual({ batchItemFailures: [] });
  };
  await invoke('settled');
  await expectCall(404, 'GET', path, operatorKey);
  await expectCall(404, 'DELETE', path, operatorKey);
  // And hours later.
  await invoke('late');
  expect(await itemsWith(names)).toEqual(['directory TENANT TENANT']);
  await expectCall(409, 'POST', '/v1/tenants', operatorKey, { id: tenant.id, name: 'x', dialect: 'arka' });
  await expectCall(200, 'GET', `/v1/tenants/${other.id}`, other.key);
  const kept = await itemsWith(theirs);
  expect(OWNED.filter((kind) => !kept.some((item) => item.startsWith(kind)))).toEqual([]);
  await receiver.close();
});
