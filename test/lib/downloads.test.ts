import { describe, expect, test } from '@jest/globals';
import { AwsSolutionsChecks } from 'cdk-nag';
import { makeStack, nameOf, permissions, reference, resource, synthesize } from './synthesize.ts';

const template = synthesize({ downloads: 'cloudtrail' });
const trail = () => resource(template, 'AWS::CloudTrail::Trail', 'Reads/Trail').Properties;
const rule = () => resource(template, 'AWS::Events::Rule', 'Reads/Rule').Properties;

test('by links there is no trail, no rule and no queue for reads', () => {
  const usual = synthesize();
  usual.resourceCountIs('AWS::CloudTrail::Trail', 0);
  const names = Object.keys(usual.toJSON().Resources).map(nameOf);
  expect(names.filter((name) => /^(Reads|Downloads|QueuesDownloads)/.test(name))).toEqual([]);
});

describe('the trail', () => {
  test('records the reads of the documents’ bucket and nothing else', () => {
    const [selector, ...others] = trail().AdvancedEventSelectors;
    expect(others).toEqual([]);
    const fields = Object.fromEntries(
      selector.FieldSelectors.map(({ Field, ...condition }: { Field: string }) => [Field, condition]),
    );
    expect(fields).toEqual({
      eventCategory: { Equals: ['Data'] },
      'resources.type': { Equals: ['AWS::S3::Object'] },
      readOnly: { Equals: ['true'] },
      eventName: { Equals: ['GetObject'] },
      'resources.ARN': { StartsWith: [expect.anything()] },
    });
    expect(reference(fields['resources.ARN'].StartsWith[0])).toBe('DocumentsBucket/');
    // Management events are recorded by plain selectors only.
    expect(trail().EventSelectors).toBeUndefined();
  });

  test('is of this region, is on, and seals its files', () => {
    expect(trail()).toMatchObject({
      IsLogging: true,
      IsMultiRegionTrail: false,
      IncludeGlobalServiceEvents: false,
      EnableLogFileValidation: true,
    });
    expect(reference(trail().S3BucketName)).toBe('ReadsTrailLogs');
  });

  test('is not made where another one records these reads; the rule is all the same', () => {
    const without = synthesize({ downloads: 'cloudtrail', downloadsTrail: false });
    without.resourceCountIs('AWS::CloudTrail::Trail', 0);
    expect(resource(without, 'AWS::Events::Rule', 'Reads/Rule').Properties).toEqual(rule());
  });
});

describe('the trail’s log bucket', () => {
  const bucket = () => resource(template, 'AWS::S3::Bucket', 'Reads/Trail/Logs');
  const policies = Object.values(template.findResources('AWS::S3::BucketPolicy'));
  const statements: { Sid?: string; Effect: string; Action: string; Principal: object; Condition: object }[] =
    policies.find(({ Properties }) => reference(Properties.Bucket) === 'ReadsTrailLogs')?.Properties
      .PolicyDocument.Statement;

  test('is private, encrypted, and forgets', () => {
    expect(bucket().Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      LifecycleConfiguration: {
        Rules: [expect.objectContaining({ ExpirationInDays: 30, Status: 'Enabled' })],
      },
    });
    expect(bucket().DeletionPolicy).toBe('Retain');
  });

  test('refuses plain connections', () => {
    expect(statements).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: 's3:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  test('is written by this trail alone', () => {
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
    expect(allowed.map(({ Action }) => Action)).toEqual(['s3:GetBucketAcl', 's3:PutObject']);
    for (const { Principal, Condition } of allowed) {
      expect(Principal).toEqual({ Service: 'cloudtrail.amazonaws.com' });
      const { 'aws:SourceArn': source } = (Condition as { StringEquals: Record<string, unknown> })
        .StringEquals;
      expect(reference(source)).toBe(
        `arn:AWS::Partition:cloudtrail:AWS::Region:AWS::AccountId:trail/${trail().TrailName}`,
      );
    }
    expect(trail().TrailName).toMatch(/^[A-Za-z0-9][\w.-]{1,126}[A-Za-z0-9]$/);
  });
});

test('the rule takes successful reads of that bucket to the queue', () => {
  expect(rule().EventPattern).toEqual({
    source: ['aws.s3'],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: {
      eventSource: ['s3.amazonaws.com'],
      eventName: ['GetObject'],
      errorCode: [{ exists: false }],
      requestParameters: { bucketName: [expect.anything()] },
    },
  });
  expect(reference(rule().EventPattern.detail.requestParameters.bucketName[0])).toBe('DocumentsBucket');
  expect(rule().State).toBe('ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS');
  const [target, ...others] = rule().Targets;
  expect(others).toEqual([]);
  expect(reference(target.Arn)).toBe('QueuesDownloads');
  expect(reference(target.DeadLetterConfig.Arn)).toBe('QueuesDownloadsDeadLetters');
});

test('a message is tried five times and then kept for two weeks; an alarm calls somebody', () => {
  const queue = resource(template, 'AWS::SQS::Queue', 'Queues/Downloads').Properties;
  const { RedrivePolicy, VisibilityTimeout, SqsManagedSseEnabled } = queue;
  expect(reference(RedrivePolicy.deadLetterTargetArn)).toBe('QueuesDownloadsDeadLetters');
  expect([RedrivePolicy.maxReceiveCount, VisibilityTimeout, SqsManagedSseEnabled]).toEqual([5, 120, true]);
  const alarm = resource(template, 'AWS::CloudWatch::Alarm', 'Alarms/DownloadsDeadLetters').Properties;
  expect(reference(alarm.Dimensions[0].Value)).toBe('QueuesDownloadsDeadLetters');
  expect(alarm.AlarmDescription).toContain('docs/operations.md#downloads-dead-letters');
});

test('each message succeeds or fails on its own', () => {
  const mappings = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'));
  const own = mappings.find(
    ({ Properties }) => reference(Properties.FunctionName) === 'Downloads',
  )?.Properties;
  expect(own).toMatchObject({
    BatchSize: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 20 },
  });
});

test('the function may do this and nothing else; it reads no object', () => {
  const on = (table: string, ...actions: string[]) => actions.map((action) => `dynamodb:${action} ${table}`);
  const allowed = [
    ...on('StorageDirectory', 'GetItem'),
    ...on('StorageDocuments', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
    ...on('StorageEvents', 'PutItem'),
    ...['DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage'].map((name) => `sqs:${name} QueuesDownloads`),
    'logs:CreateLogStream DownloadsLog',
    'logs:PutLogEvents DownloadsLog',
    'xray:PutTraceSegments *',
  ];
  expect(permissions(template, 'DownloadsRole')).toEqual(allowed.sort());
});

test('it knows whose reads are the readers’ and whose are the platform’s own', () => {
  const variables = resource(template, 'AWS::Lambda::Function', 'Downloads').Properties.Environment.Variables;
  expect(reference(variables.DOWNLOAD_LINK_ROLE_ARN)).toBe('DocumentsDownloadLinksRole');
  expect(reference(variables.OWN_READER_ROLE_ARNS)).toBe('DocumentsIntakeRole');
});

test('every other role that may read objects is among these', () => {
  const roles = Object.keys(template.findResources('AWS::IAM::Role')).map(nameOf);
  const readers = roles.filter((role) =>
    permissions(template, role).some((line) => /^s3:GetObject\w* DocumentsBucket/.test(line)),
  );
  expect(readers.sort()).toEqual(['DocumentsDownloadLinksRole', 'DocumentsIntakeRole']);
});

test('issuing a link tells nobody then', () => {
  const { DOWNLOADS } = resource(template, 'AWS::Lambda::Function', 'DocumentsApi').Properties.Environment
    .Variables;
  expect(DOWNLOADS).toBe('cloudtrail');
});

test('the stack passes the checks of AWS Solutions', () => {
  const { app } = makeStack({ downloads: 'cloudtrail' });
  const report = new AwsSolutionsChecks(app).validateScope(app);
  expect(report).toEqual({ success: true, violations: [] });
});

test('the outputs name what the runbook uses', () => {
  expect(Object.keys(template.toJSON().Outputs)).toEqual(
    expect.arrayContaining(['DownloadsQueueUrl', 'DownloadsDeadLetterQueueUrl', 'DownloadsFunctionName']),
  );
});
