import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { createTenant } from '../platform.ts';
import { connectBucket } from './bucket.ts';

const { s3, bucket } = connectBucket();
const receivers: Receiver[] = [];
afterAll(async () => {
  s3.destroy();
  await Promise.all(receivers.map((receiver) => receiver.close()));
});

test('an upload is told to the endpoints of its tenant', async () => {
  const tenant = await createTenant('standard');
  const receiver = await startReceiver();
  receivers.push(receiver);
  await tenant.createEndpoint({ url: receiver.url });
  const Key = `${tenant.id}/a folder/r+é port.txt`;
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'hello', ContentType: 'text/plain' }));
  const [request] = await receiver.waitFor(1, 20_000);
  expect(JSON.parse(String(request?.body))).toMatchObject({
    type: 'file.uploaded',
    data: { fileName: 'r+é port.txt', size: 5, contentType: 'text/plain' },
  });
}, 30_000);
