import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { parseDeliveryId } from '../../../core/ids.ts';
import { deliveryKey } from '../../../lambdas/adapters/delivery-store.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws } from '../aws.ts';
import { call, createTenant, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const outputs = readOutputs();
const aws = connectAws(outputs);
const DAY = 86_400;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(async () => {
  aws.close();
  await receiver.close();
});

async function daysLeft(TableName: string | undefined, Key: Record<string, { S: string }>): Promise<number> {
  const { Item } = await aws.dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  return (Number(Item?.ttl?.N) - Date.now() / 1000) / DAY;
}

test("what is published expires after the tenant's days, the event a week later", async () => {
  const tenant = await createTenant('standard');
  const path = `/v1/tenants/${tenant.id}`;
  expect(await expectCall(200, 'GET', path, tenant.key)).toMatchObject({ retention_days: 30 });
  expect(await expectCall(200, 'PATCH', path, tenant.key, { retention_days: 3 })).toMatchObject({
    retention_days: 3,
  });
  // A tenant without an event yet is in no container's cache of publishing.
  const endpoint = await tenant.createEndpoint({ url: receiver.url });
  const { id } = await tenant.publish({ type: 'order.paid', data: {} });
  const delivery = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
  const { EventsTableName, DeliveriesTableName } = outputs.stack;
  expect(await daysLeft(EventsTableName, { pk: { S: `${tenant.id}#${id}` } })).toBeCloseTo(10, 1);
  const key = deliveryKey(parseDeliveryId('del_', delivery.id)!) as never;
  expect(await daysLeft(DeliveriesTableName, key)).toBeCloseTo(3, 1);
  expect(await expectCall(200, 'PATCH', path, tenant.key, { retention_days: null })).toMatchObject({
    retention_days: 30,
  });
});

test.each([0, 31, 1.5, '3'])('%j days are refused', async (retention_days) => {
  const tenant = await createTenant('standard');
  const { status, body } = await call('PATCH', `/v1/tenants/${tenant.id}`, tenant.key, { retention_days });
  expect([status, body.errors]).toEqual([
    422,
    [{ path: 'retention_days', message: expect.stringMatching(/\S/) }],
  ]);
});
