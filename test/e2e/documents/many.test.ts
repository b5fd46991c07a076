import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { connectAws } from '../aws.ts';
import { createTenant, eventually, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import { connectBucket, type FileNotice, startListener } from './bucket.ts';

const outputs = readOutputs();
const aws = connectAws(outputs);
const bucket = connectBucket();
afterAll(() => {
  aws.close();
  bucket.close();
});

const COUNT = 1_000;
/** Uploads that one test machine's sockets bear at a time. */
const AT_ONCE = 50;

test('a thousand uploads at once: none is missed, none is told twice', async () => {
  const { tenant, receiver, notices } = await startListener();
  let next = 0;
  const worker = async () => {
    while (next < COUNT) {
      const n = next++;
      await bucket.put(`${tenant.id}/many/${n % 7}/${n}.txt`, `content of ${n}`, 'text/plain');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const told = await notices(COUNT);
  const names = told.map(({ data }) => data.fileName);
  expect(new Set(names).size).toBe(COUNT);
  expect(new Set(told.map(({ data }) => data.documentHashId)).size).toBe(COUNT);
  const listed = new Set<string>();
  type Page = { documents: { path: string }[]; next_cursor: string | null };
  for (let cursor = ''; ; ) {
    const path = `/v1/documents?limit=100${cursor}`;
    const page = await expectCall<Page>(200, 'GET', path, tenant.key);
    for (const document of page.documents) listed.add(document.path);
    if (page.next_cursor === null) break;
    cursor = `&cursor=${page.next_cursor}`;
  }
  expect(listed.size).toBe(COUNT);
  expect(receiver.requests).toHaveLength(COUNT);
  await receiver.close();
});

test('a notification of the bucket that is replayed ten times makes one event', async () => {
  const { tenant, receiver, notices } = await startListener();
  const key = `${tenant.id}/once.txt`;
  const version = await bucket.put(key, 'hello', 'text/plain');
  await notices(1);
  const notification = {
    'detail-type': 'Object Created',
    source: 'aws.s3',
    time: new Date().toISOString(),
    detail: {
      bucket: { name: bucket.bucket },
      object: { key, size: 5, 'version-id': version, sequencer: '0055AED6DCD90281E5' },
      reason: 'PutObject',
    },
  };
  const QueueUrl = outputs.stack.DocumentsQueueUrl;
  const MessageBody = JSON.stringify(notification);
  for (let i = 0; i < 10; i++) await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  // Once the ten are done, and a last upload was told of, whatever they made has been told of too.
  await eventually(async () => {
    const { waiting, inFlight } = await aws.countMessages(QueueUrl);
    return waiting + inFlight === 0 || undefined;
  });
  await bucket.put(`${tenant.id}/last.txt`, 'x');
  await eventually(async () => receiver.requests.some(({ body }) => body.includes('last.txt')) || undefined);
  const told = (await notices(2)) as FileNotice[];
  expect(told.map(({ data }) => data.fileName)).toEqual(['once.txt', 'last.txt']);
  await receiver.close();
});

test('objects outside the tenants go by without a word to anybody, and leave no dead letter', async () => {
  const stranger = await createTenant('standard');
  const keys = ['nobody/file.txt', 'file.txt', `${stranger.id}/`, `${stranger.id}/folder/`, '/file.txt'];
  for (const key of keys) await bucket.put(key, 'x');
  await bucket.put(`${stranger.id}/mine.txt`, 'x');
  type Page = { documents: { path: string }[] };
  const documents = await eventually(async () => {
    const page = await expectCall<Page>(200, 'GET', '/v1/documents', stranger.key);
    return page.documents.length > 0 ? page.documents : undefined;
  });
  expect(documents.map(({ path }) => path)).toEqual(['mine.txt']);
  const { Attributes } = await aws.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: outputs.stack.DocumentsDeadLetterQueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  expect(Attributes?.ApproximateNumberOfMessages).toBe('0');
});
