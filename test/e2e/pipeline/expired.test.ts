import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { parseDeliveryId } from '../../../core/ids.ts';
import { deliveryKey } from '../../../lambdas/adapters/delivery-store.ts';
import { localClientConfig } from '../../../local/aws.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws } from '../aws.ts';
import { createTenant, eventually } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const outputs = readOutputs();
const { awsEndpoint, stack } = outputs;
const aws = connectAws(outputs);
const s3 = new S3Client({ ...localClientConfig(awsEndpoint), forcePathStyle: true });
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(async () => {
  aws.close();
  s3.destroy();
  await receiver.close();
});

/** Lets an item expire now; the emulator deletes it within seconds. */
const expire = (TableName: string | undefined, Key: never) =>
  aws.dynamodb.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET #ttl = :now',
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: { ':now': { N: String(Math.floor(Date.now() / 1000) - 1) } },
    }),
  );

async function linesOf(eventId: string): Promise<{ key: string; line: Record<string, string> }[]> {
  const Bucket = stack.ExportBucketName;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'expired/' }));
  const objects = await Promise.all(
    Contents.map(async ({ Key = '' }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const text = (await Body?.transformToString()) ?? '';
      return text
        .trim()
        .split('\n')
        .map((line) => ({ key: Key, line: JSON.parse(line) }));
    }),
  );
  return objects.flat().filter(({ line }) => line.event_id === eventId);
}

/** The emulator's Firehose writes at once, and does not compress. */
test('a delivery and an event that expire are in the bucket, under their day', async () => {
  const tenant = await createTenant('standard');
  const endpoint = await tenant.createEndpoint({ url: receiver.url });
  const { id } = await tenant.publish({ type: 'order.paid', data: { total: 59.9 } });
  const delivery = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
  await expire(stack.DeliveriesTableName, deliveryKey(parseDeliveryId('del_', delivery.id)!) as never);
  await expire(stack.EventsTableName, { pk: { S: `${tenant.id}#${id}` } } as never);

  const found = await eventually(async () => {
    const lines = await linesOf(id);
    return lines.length >= 2 ? lines : undefined;
  });

  const today = new Date().toISOString().slice(0, 10);
  for (const { key } of found) expect(key.startsWith(`expired/day=${today}/`)).toBe(true);
  const byKind = Object.fromEntries(found.map(({ line }) => [line.kind, line]));
  expect(byKind.event).toMatchObject({
    tenant_id: tenant.id,
    event_type: 'order.paid',
    data: '{"total":59.9}',
  });
  expect(byKind.delivery).toMatchObject({
    webhook_id: endpoint.id,
    delivery: delivery.id.slice('del_'.length),
    status: 'success',
  });
  expect(await tenant.deliveriesOf(endpoint.id)).toEqual([]);
});
