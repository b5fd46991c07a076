import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { type BucketSettings, judgeBucket } from '../../core/judge-bucket.ts';

const DENY_HTTP = {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: ['arn:aws:s3:::files', 'arn:aws:s3:::files/*'],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const READY: BucketSettings = {
  notifications: { EventBridgeConfiguration: {} },
  versioning: 'Enabled',
  publicAccessBlock: {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  },
  policy: JSON.stringify({ Version: '2012-10-17', Statement: [DENY_HTTP] }),
  encryption: 'AES256',
  endsOldVersions: true,
};

/** What is not right, by name, and the command that mends it. */
function faults(changes: Partial<BucketSettings>): Record<string, [verdict: string, fix?: string]> {
  return Object.fromEntries(
    judgeBucket('files', { ...READY, ...changes })
      .filter(({ verdict }) => verdict !== 'right')
      .map(({ name, verdict, fix }) => [name, fix === undefined ? [verdict] : [verdict, fix]]),
  );
}

test('a bucket that has everything is right', () => {
  expect(faults({})).toEqual({});
});

describe('notifications', () => {
  test('that are off are switched on, and the ones that are there stay', () => {
    const QueueConfigurations = [{ QueueArn: 'arn:aws:sqs:q', Events: ["it's:*"] }];
    const [, fix = ''] = faults({ notifications: { QueueConfigurations } })['EventBridge notifications']!;
    expect(fix).toContain('aws s3api put-bucket-notification-configuration --bucket files');
    // As a shell reads it.
    const printed = execFileSync('sh', [
      '-c',
      fix.replace(/^aws .*--notification-configuration/, 'printf %s'),
    ]);
    expect(JSON.parse(printed.toString())).toEqual({ QueueConfigurations, EventBridgeConfiguration: {} });
  });
});

test.each([undefined, 'Suspended'])('versioning that is %s is switched on', (versioning) => {
  expect(faults({ versioning })).toEqual({
    versioning: [
      'missing',
      'aws s3api put-bucket-versioning --bucket files --versioning-configuration Status=Enabled',
    ],
  });
});

test.each([
  [undefined, 'BlockPublicAcls, IgnorePublicAcls'],
  [{ ...READY.publicAccessBlock, BlockPublicPolicy: false }, '(BlockPublicPolicy)'],
])('public access that is not blocked altogether is blocked', (publicAccessBlock, open) => {
  const finding = judgeBucket('files', { ...READY, publicAccessBlock }).find(({ fix }) => fix);
  expect(finding).toMatchObject({ name: 'public access', verdict: 'missing' });
  expect(finding?.message).toContain(open);
  expect(finding?.fix).toContain('BlockPublicAcls=true,IgnorePublicAcls=true');
});

test.each([
  ['there is no policy', undefined, 'advised'],
  [
    'the policy allows only',
    JSON.stringify({ Statement: { Effect: 'Allow', Action: 's3:GetObject' } }),
    'advised',
  ],
  [
    'the condition comes first',
    JSON.stringify({ Statement: [{ Condition: DENY_HTTP.Condition, Effect: 'Deny' }] }),
    undefined,
  ],
])('TLS where %s', (_what, policy, verdict) => {
  expect(faults({ policy }).TLS?.[0]).toBe(verdict);
});

test.each([
  [undefined, undefined],
  ['AES256', undefined],
  ['aws:kms', 'missing'],
  ['aws:kms:dsse', 'missing'],
])('encryption by %s', (encryption, verdict) => {
  expect(faults({ encryption }).encryption?.[0]).toBe(verdict);
});

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd';

test.each([
  ['its ARN', KEY, 'right', undefined],
  ['its id', '1234abcd', 'right', undefined],
  [
    'an alias, which only KMS can follow',
    'alias/files',
    'advised',
    "aws kms describe-key --key-id 'alias/files' --query KeyMetadata.Arn",
  ],
  ['another key', KEY.replace('1234', '9999'), 'missing', undefined],
  ['no key, so that it is the one of AWS', undefined, 'missing', undefined],
])('encryption by a key that is given, where the bucket names %s', (_what, encryptionKey, verdict, fix) => {
  const settings = { ...READY, encryption: 'aws:kms', encryptionKey };
  const finding = judgeBucket('files', settings, KEY).find(({ name }) => name === 'encryption');
  expect([finding?.verdict, finding?.fix]).toEqual([verdict, fix]);
});

test.each([true, false])('that S3 takes minutes to act on notifications is said, on (%s) or off', (isOn) => {
  const notifications = isOn ? { EventBridgeConfiguration: {} } : {};
  const [finding] = judgeBucket('files', { ...READY, notifications });
  expect(finding?.message).toContain('some minutes');
  expect(finding?.message).toContain('try with one upload');
});

test('versions that never end are advised against', () => {
  expect(faults({ endsOldVersions: false })).toEqual({ lifecycle: ['advised'] });
});
