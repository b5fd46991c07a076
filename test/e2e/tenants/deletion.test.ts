import { type AttributeValue, paginateScan } from '@aws-sdk/client-dynamodb';
import { connectAws, sqsEvent } from '../aws.ts';
import { makeKey } from '../dialects/api.ts';
import { connectBucket } from '../documents/bucket.ts';
import { call, createTenant, eventually, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const outputs = readOutputs();
const { operatorKey } = outputs;
const aws = connectAws(outputs);
afterAll(() => aws.close());

/** What the directory holds of a tenant, by key. */
async function itemsOf(tenantId: string): Promise<string[]> {
  const input = { TableName: outputs.stack.DirectoryTableName, ConsistentRead: true };
  const Items: Record<string, AttributeValue>[] = [];
  // Other suites fill the table with more than one page.
  for await (const page of paginateScan({ client: aws.dynamodb }, input)) Items.push(...(page.Items ?? []));
  return Items.filter((item) => [item.pk?.S?.split('#')[1], item.tenant_id?.S].includes(tenantId)).map(
    ({ pk, sk }) => `${pk?.S?.split('#')[0]} ${sk?.S?.split('#')[0]}`,
  );
}

test('a deleted tenant goes with everything it owns, and its id stays taken', async () => {
  const tenant = await createTenant('standard');
  const other = await createTenant('standard');
  const unused = await makeKey(tenant, 'tenant');
  await expectCall(201, 'POST', '/v1/event-types', tenant.key, { type: 'order.paid' });
  const { id } = await tenant.createEndpoint({ url: 'http://127.0.0.1:9/' });
  const since = '2026-01-15T12:30:00Z';
  await expectCall(202, 'POST', `/v1/webhooks/${id}/recover`, tenant.key, { since });
  await tenant.publish({ type: 'order.paid', data: {} });
  await eventually(
    async () => (await itemsOf(tenant.id)).some((item) => item.startsWith('JOURNAL')) || undefined,
  );
  const bucket = connectBucket();
  await bucket.put(`${tenant.id}/file.txt`, 'x');
  bucket.close();
  const documents = `/v1/documents?tenant_id=${tenant.id}`;
  const countDocuments = async () => {
    const page = await expectCall<{ documents: unknown[] }>(200, 'GET', documents, operatorKey);
    return page.documents.length;
  };
  await eventually(async () => (await countDocuments()) === 1 || undefined);
  const path = `/v1/tenants/${tenant.id}`;
  expect((await call('DELETE', path, tenant.key)).status).toBe(403);

  expect(await expectCall(202, 'DELETE', path, operatorKey)).toMatchObject({ status: 'deleting' });
  expect(await expectCall(202, 'DELETE', path, operatorKey)).toMatchObject({ status: 'deleting' });
  await expectCall(200, 'GET', path, operatorKey);
  await eventually(async () => ((await itemsOf(tenant.id)).join() === 'TENANT TENANT' ? true : undefined));
  await eventually(async () => (await countDocuments()) === 0 || undefined);
  expect([401, 403]).toContain((await call('GET', '/v1/webhooks', unused.key)).status);
  await expectCall(404, 'PATCH', path, operatorKey, { status: 'active' });
  await expectCall(409, 'POST', '/v1/tenants', operatorKey, { id: tenant.id, name: 'x', dialect: 'arka' });

  // What comes 90 seconds later.
  const last = JSON.stringify({ deleteTenant: tenant.id, last: true });
  expect(await aws.invoke(outputs.stack.FanOutFunctionName, sqsEvent([last, last]))).toEqual({
    batchItemFailures: [],
  });
  await expectCall(404, 'GET', path, operatorKey);
  await expectCall(404, 'DELETE', path, operatorKey);
  expect(await itemsOf(tenant.id)).toEqual(['TENANT TENANT']);
  await expectCall(409, 'POST', '/v1/tenants', operatorKey, { id: tenant.id, name: 'x', dialect: 'arka' });
  await expectCall(200, 'GET', `/v1/tenants/${other.id}`, other.key);
});
