import { setTimeout as sleep } from 'node:timers/promises';
import { EventBridgeClient, ListRulesCommand, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { localClientConfig } from '../../../local/aws.ts';
import { cloudTrailEvent, type ReadOptions } from '../../fixtures/cloudtrail.ts';
import { connectAws } from '../aws.ts';
import { connectBucket, type Listener, startListener } from '../documents/bucket.ts';
import { expectCall } from '../platform.ts';
import { decisionsIn, startEnforcingStack } from './enforcing-stack.ts';
import { covers, grantsOf, readPolicies } from './iam.ts';

/**
 * A bucket of somebody else's making, with prefixes, and downloads as CloudTrail tells of them; in a local AWS that enforces permissions: records of the documented shape through
 * the rule's pattern, the queue and the real function. The emulator has no trails and takes no events of AWS's own.
 */
const BUCKET = 'company-files';

let stack: Awaited<ReturnType<typeof startEnforcingStack>>;
let aws: ReturnType<typeof connectAws>;
let bucket: ReturnType<typeof connectBucket>;
let listener: Listener;
let linkRole: string;
let ownRole: string;

beforeAll(async () => {
  stack = await startEnforcingStack({
    downloads: 'cloudtrail',
    downloadsTrail: false,
    documentsBucket: BUCKET,
    documentPrefixes: { 'archive/': 'nobody-yet', 'customers/': '*' },
  });
  aws = connectAws(stack.outputs);
  bucket = connectBucket();
  await makeBucket();
  listener = await startListener();
  const FunctionName = stack.outputs.stack.DownloadsFunctionName;
  const { Environment } = await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  linkRole = Environment?.Variables?.DOWNLOAD_LINK_ROLE_ARN as string;
  ownRole = Environment?.Variables?.OWN_READER_ROLE_ARNS as string;
});

afterAll(async () => {
  aws?.close();
  bucket?.close();
  await listener?.receiver.close();
  await stack?.stop();
});

/** As its owner does, told by `posthorn check-bucket`. */
async function makeBucket(): Promise<void> {
  const Bucket = BUCKET;
  await bucket.s3.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await bucket.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  await bucket.s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
}

type Read = Omit<ReadOptions, 'bucket'>;
const recordOf = (read: Read) => JSON.stringify(cloudTrailEvent({ bucket: bucket.bucket, ...read }));

/** Puts records on the queue, ten to a call, as the rule does. */
async function tell(reads: readonly Read[]): Promise<void> {
  for (let i = 0; i < reads.length; i += 10) {
    const Entries = reads.slice(i, i + 10).map((read, n) => ({ Id: `r${n}`, MessageBody: recordOf(read) }));
    await aws.sqs.send(
      new SendMessageBatchCommand({ QueueUrl: stack.outputs.stack.DownloadsQueueUrl, Entries }),
    );
  }
}

const now = () => `${new Date().toISOString().slice(0, 19)}Z`;

test('the rule takes a read below the prefixes that succeeded, and no failed one, HEAD or other bucket’s', async () => {
  const events = new EventBridgeClient(localClientConfig(stack.outputs.awsEndpoint));
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  const EventPattern = Rules.map((rule) => rule.EventPattern ?? '').find((text) =>
    text.includes('GetObject'),
  );
  const takes = async (read: Partial<ReadOptions>) => {
    const Event = JSON.stringify(
      cloudTrailEvent({ bucket: bucket.bucket, key: 'customers/acme/a', ...read }),
    );
    return (await events.send(new TestEventPatternCommand({ EventPattern, Event }))).Result;
  };
  expect(await takes({})).toBe(true);
  expect(await takes({ errorCode: 'AccessDenied' })).toBe(false);
  expect(await takes({ eventName: 'HeadObject' })).toBe(false);
  expect(await takes({ bucket: 'other' })).toBe(false);
  expect(await takes({ key: 'acme/a' })).toBe(false);
  events.destroy();
});

test('forty ranges of a link, each told twice, are one download; failed and own reads are none', async () => {
  const { tenant, notices } = listener;
  const key = `customers/${tenant.id}/folder/r+é.txt`;
  const versionId = await bucket.put(key, 'hello', 'text/plain');
  const [uploaded] = await notices(1);
  const hashId = uploaded?.data.documentHashId;
  const location = await expectCall<{ url: string }>(200, 'GET', `/Document/${hashId}/Location`, tenant.key);
  expect(await (await fetch(location.url)).text()).toBe('hello');
  const link = { role: { arn: linkRole, session: 'links' }, signedAt: '20260115T122950Z' };
  const ranges = Array.from({ length: 40 }, () => ({ key, versionId, eventTime: now(), bytes: 1, ...link }));
  await tell([
    { key, versionId, errorCode: 'AccessDenied', ip: '203.0.113.1' },
    { key, versionId, role: { arn: ownRole, session: 'own' } },
    { key: 'nobody/a', eventTime: now() },
    ...ranges,
    ...ranges,
  ]);
  await notices(2);
  // Another reader's comes last, so that whatever else there was would have come before.
  await tell([{ key, versionId, eventTime: now(), ip: '203.0.113.2' }]);
  const [, first, second, ...others] = await notices(3);
  expect(others).toEqual([]);
  expect([first, second]).toEqual([
    expect.objectContaining({ type: 'file.downloaded' }),
    expect.objectContaining({ type: 'file.downloaded' }),
  ]);
  expect(first?.data).toMatchObject({
    documentHashId: hashId,
    fileName: 'r+é.txt',
    size: 5,
    version: versionId,
  });
});

test('a read without a version is told of the one that was the latest then', async () => {
  const { tenant, notices } = listener;
  const key = `customers/${tenant.id}/changing`;
  const before = await bucket.put(key, 'before');
  await notices(4);
  const eventTime = now();
  // CloudTrail's second must be over before the next version comes.
  await sleep(2_100);
  await bucket.put(key, 'afterwards');
  await notices(5);
  await tell([{ key, eventTime }]);
  expect((await notices(6))[5]).toMatchObject({
    type: 'file.downloaded',
    data: { version: before, size: 6 },
  });
});

test('nothing was refused to the function, and it needed each of its permissions', async () => {
  const decisions = decisionsIn(stack.readLog()).filter(({ role }) => role.includes('DownloadsRole'));
  expect(decisions.filter(({ allowed }) => !allowed)).toEqual([]);
  const grants = (await readPolicies(stack.outputs))
    .filter(({ role }) => role.includes('DownloadsRole'))
    .flatMap(grantsOf);
  expect(grants.length).toBeGreaterThan(8);
  expect(grants.filter((grant) => !decisions.some((decision) => covers(grant, decision)))).toEqual([]);
});
