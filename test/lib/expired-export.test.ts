import { expect, test } from '@jest/globals';
import { AwsSolutionsChecks } from 'cdk-nag';
import { makeStack, permissions, reference, resource, synthesize } from './synthesize.ts';

const template = synthesize({ exportExpired: true });
const BUCKET = 'ExpiredExportBucket';

test('nothing is exported unless it is asked for', () => {
  const usual = synthesize();
  expect(usual.findResources('AWS::KinesisFirehose::DeliveryStream')).toEqual({});
  expect(permissions(usual, 'ObserveRole').filter((line) => line.startsWith('firehose:'))).toEqual([]);
});

test('what expires is written as gzip, in a folder for each day', () => {
  const stream = resource(
    template,
    'AWS::KinesisFirehose::DeliveryStream',
    'ExpiredExport/Stream',
  ).Properties;
  const { BucketARN, RoleARN, ...destination } = stream.ExtendedS3DestinationConfiguration;
  expect([reference(BucketARN), reference(RoleARN)]).toEqual([BUCKET, 'ExpiredExportRole']);
  expect(destination).toMatchObject({
    CompressionFormat: 'GZIP',
    Prefix: 'expired/day=!{timestamp:yyyy-MM-dd}/',
    ErrorOutputPrefix: 'failed/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/',
    BufferingHints: { IntervalInSeconds: 900, SizeInMBs: 64 },
  });
  expect(stream.DeliveryStreamEncryptionConfigurationInput).toEqual({ KeyType: 'AWS_OWNED_CMK' });
});

test.each([
  ['Observe', '{"eventName":["INSERT","MODIFY"],"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"D"}]}}}}'],
  ['Journal', '{"eventName":["INSERT"]}'],
])('%s also gets what TTL deleted, and may hand it to the export', (name, usual) => {
  const mappings = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'));
  const mapping = mappings.find(({ Properties }) => reference(Properties.FunctionName) === name)?.Properties;
  expect(mapping?.FilterCriteria.Filters).toEqual([
    { Pattern: usual },
    { Pattern: '{"eventName":["REMOVE"],"userIdentity":{"principalId":["dynamodb.amazonaws.com"]}}' },
  ]);
  expect(permissions(template, `${name}Role`)).toContain('firehose:PutRecordBatch ExpiredExportStream');
  expect(permissions(template, `${name}Role`)).toContain(`s3:PutObject ${BUCKET}/expired/*`);
  const { Variables } = resource(template, 'AWS::Lambda::Function', name).Properties.Environment;
  expect(reference(Variables.EXPORT_STREAM)).toBe('ExpiredExportStream');
  expect(reference(Variables.EXPORT_BUCKET)).toBe(BUCKET);
  expect(Variables.METRICS_SERVICE).toMatch(/-Platform$/);
});

test('what is lost calls an operator at the first record; the dashboard shows it, and what went past Firehose', () => {
  const alarm = resource(template, 'AWS::CloudWatch::Alarm', 'Alarms/ExpiredLost').Properties;
  expect(alarm).toMatchObject({
    Namespace: 'Posthorn',
    MetricName: 'ExpiredLost',
    Statistic: 'Sum',
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
  });
  expect(alarm.Dimensions[0].Value).toBe(
    resource(template, 'AWS::Lambda::Function', 'Observe').Properties.Environment.Variables.METRICS_SERVICE,
  );
  const dashboardOf = (of: typeof template) =>
    reference(resource(of, 'AWS::CloudWatch::Dashboard', 'Dashboard').Properties.DashboardBody);
  for (const name of ['ExpiredLost', 'ExpiredPastFirehose']) {
    expect(dashboardOf(template)).toContain(`"${name}"`);
    expect(dashboardOf(synthesize())).not.toContain(name);
  }
});

test('an alarm on lost exports is paid for only where there is an export', () => {
  const names = Object.values(synthesize().findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties.MetricName,
  );
  expect(names).not.toContain('ExpiredLost');
});

test('Firehose may write into that bucket and its log, and nothing else', () => {
  expect(permissions(template, 'ExpiredExportRole')).toEqual([
    'logs:CreateLogStream ExpiredExportLog',
    'logs:PutLogEvents ExpiredExportLog',
    `s3:AbortMultipartUpload ${BUCKET}/*`,
    `s3:GetBucketLocation ${BUCKET}`,
    `s3:GetObject ${BUCKET}/*`,
    `s3:ListBucket ${BUCKET}`,
    `s3:ListBucketMultipartUploads ${BUCKET}`,
    `s3:PutObject ${BUCKET}/*`,
  ]);
});

test('the bucket is private, and kept in production', () => {
  const bucket = resource(template, 'AWS::S3::Bucket', 'ExpiredExport/Bucket');
  expect(bucket.DeletionPolicy).toBe('Retain');
  expect(Object.values(bucket.Properties.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
});

test('a stack with an export passes the checks of AWS Solutions', () => {
  const { app } = makeStack({ exportExpired: true });
  expect(new AwsSolutionsChecks(app).validateScope(app)).toEqual({ success: true, violations: [] });
});
