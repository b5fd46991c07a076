import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { keyFilter } from '../../lib/key-filter.ts';
import { WebhookPlatform } from '../../lib/webhook-platform.ts';
import { makeStack, permissions, reference, resource, synthesize } from './synthesize.ts';

const FILES = 'arn:AWS::Partition:s3:::company-files';

describe('a bucket that is there already', () => {
  const settings = {
    documentsBucket: 'company-files',
    documentPrefixes: { 'archive/': 'acme', 'customers/': '*' },
    downloads: 'cloudtrail',
  } as const;
  const template = synthesize(settings);

  test('is not made, nor changed', () => {
    const buckets = Object.values(template.findResources('AWS::S3::Bucket'));
    expect(buckets).toHaveLength(1);
    expect(resource(template, 'AWS::S3::Bucket', 'Reads/Trail/Logs')).toBeDefined();
    const policies = Object.values(template.findResources('AWS::S3::BucketPolicy'));
    expect(policies.map(({ Properties }) => reference(Properties.Bucket))).toEqual(['ReadsTrailLogs']);
  });

  test('is listened to, read and linked to below its prefixes alone', () => {
    const { EventPattern } = resource(template, 'AWS::Events::Rule', 'Documents/Changes').Properties;
    expect(EventPattern.detail).toEqual({
      bucket: { name: ['company-files'] },
      object: { key: [{ prefix: 'archive/' }, { prefix: 'customers/' }] },
    });
    expect(permissions(template, 'DocumentsDownloadLinksRole')).toEqual([
      // Without versions there is no version to read.
      `s3:GetObject ${FILES}/archive/*`,
      `s3:GetObject ${FILES}/customers/*`,
      `s3:GetObjectVersion ${FILES}/archive/*`,
      `s3:GetObjectVersion ${FILES}/customers/*`,
    ]);
    expect(permissions(template, 'DocumentsUploadLinksRole')).toEqual([
      `s3:PutObject ${FILES}/archive/*`,
      `s3:PutObject ${FILES}/customers/*`,
    ]);
    const intake = permissions(template, 'DocumentsIntakeRole').filter((line) => line.startsWith('s3:'));
    expect(intake).toEqual([
      `s3:GetObject ${FILES}/archive/*`,
      `s3:GetObject ${FILES}/customers/*`,
      `s3:GetObjectVersion ${FILES}/archive/*`,
      `s3:GetObjectVersion ${FILES}/customers/*`,
      `s3:ListBucket ${FILES}`,
    ]);
  });

  test('has its reads below these prefixes recorded and taken', () => {
    const { detail } = resource(template, 'AWS::Events::Rule', 'Reads/Rule').Properties.EventPattern;
    expect(detail.requestParameters).toEqual({
      bucketName: ['company-files'],
      key: [{ prefix: 'archive/' }, { prefix: 'customers/' }],
    });
    const [selector] = resource(template, 'AWS::CloudTrail::Trail', 'Reads/Trail').Properties
      .AdvancedEventSelectors;
    const objects = selector.FieldSelectors.find(({ Field }: { Field: string }) => Field === 'resources.ARN');
    expect(objects.StartsWith.map(reference)).toEqual([`${FILES}/archive/`, `${FILES}/customers/`]);
  });

  test.each(['DocumentsIntake', 'DocumentsApi', 'Downloads'])('%s knows whose the keys are', (name) => {
    const { Variables } = resource(template, 'AWS::Lambda::Function', name).Properties.Environment;
    expect(JSON.parse(Variables.DOCUMENT_PREFIXES)).toEqual(settings.documentPrefixes);
  });

  test('passes the checks of AWS Solutions', () => {
    const { app } = makeStack(settings);
    expect(new AwsSolutionsChecks(app).validateScope(app)).toEqual({ success: true, violations: [] });
  });
});

test('a construct of the app’s own may be given', () => {
  const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'app');
  const documentsBucket = new Bucket(stack, 'Files');
  new WebhookPlatform(stack, 'Platform', { documentsBucket });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::S3::Bucket', 1);
  const { EventPattern } = resource(template, 'AWS::Events::Rule', 'Documents/Changes').Properties;
  expect(reference(EventPattern.detail.bucket.name[0])).toBe('Files');
  // This one has no versions.
  expect(permissions(template, 'DocumentsDownloadLinksRole').join()).toMatch(
    /s3:GetObject .*s3:GetObjectVersion /,
  );
});

test('where its construct names a KMS key, the roles that sign links may use that', () => {
  const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'app');
  const keyArn = 'arn:aws:kms:eu-central-1:123456789012:key/files';
  const documentsBucket = Bucket.fromBucketAttributes(stack, 'Files', {
    bucketName: 'company-files',
    encryptionKey: Key.fromKeyArn(stack, 'Key', keyArn),
  });
  new WebhookPlatform(stack, 'Platform', { documentsBucket });
  const template = Template.fromStack(stack);
  const ofKey = (role: string) => permissions(template, role).filter((line) => line.startsWith('kms:'));
  expect(ofKey('DocumentsDownloadLinksRole')).toEqual([`kms:Decrypt ${keyArn}`]);
  expect(ofKey('DocumentsUploadLinksRole')).toEqual([`kms:GenerateDataKey ${keyArn}`]);
});

test('a key that is named by its ARN alone gives the same', () => {
  const documentsKeyArn = 'arn:aws:kms:eu-central-1:123456789012:key/files';
  const template = synthesize({ documentsBucket: 'company-files', documentsKeyArn });
  const ofKey = (role: string) =>
    permissions(template, role).filter((line) => line.includes(documentsKeyArn));
  expect(ofKey('DocumentsDownloadLinksRole')).toEqual([`kms:Decrypt ${documentsKeyArn}`]);
  expect(ofKey('DocumentsUploadLinksRole')).toEqual([`kms:GenerateDataKey ${documentsKeyArn}`]);
});

/** A mapping of so many tenants, as short as can be. */
const mappingOf = (length: number) =>
  Object.fromEntries(Array.from({ length }, (_, i) => [`${i + 10}/`, `${i + 10}`]));

test('a pattern is within what EventBridge takes, however long the mapping', () => {
  const lengths = Array.from({ length: 90 }, (_, i) => i + 1);
  const filtered = lengths.filter((length) => keyFilter(mappingOf(length)) !== undefined);
  const most = filtered.length;
  // The shorter ones have a filter, the longer ones none.
  expect([filtered.at(-1), most < 90, most > 50]).toEqual([most, true, true]);
  const documentsBucket = 'b'.repeat(63);
  const template = synthesize({
    documentsBucket,
    documentPrefixes: mappingOf(most),
    downloads: 'cloudtrail',
  });
  for (const rule of ['Documents/Changes', 'Reads/Rule']) {
    const { EventPattern } = resource(template, 'AWS::Events::Rule', rule).Properties;
    const { length } = JSON.stringify(EventPattern);
    expect([length > 1500, length <= 2048]).toEqual([true, true]);
  }
});

describe('rules take every key', () => {
  test.each([
    ['where one prefix is empty', { 'archive/': 'acme', '': '*' }],
    ['where the prefixes are too many for a pattern', mappingOf(90)],
  ] as const)('%s', (_what, documentPrefixes) => {
    const template = synthesize({ documentsBucket: 'files', documentPrefixes, downloads: 'cloudtrail' });
    const changes = resource(template, 'AWS::Events::Rule', 'Documents/Changes').Properties.EventPattern;
    expect(changes.detail).toEqual({ bucket: { name: ['files'] } });
    const reads = resource(template, 'AWS::Events::Rule', 'Reads/Rule').Properties.EventPattern;
    expect(reads.detail.requestParameters).toEqual({ bucketName: ['files'] });
  });

  test('that CloudTrail may show otherwise than it is', () => {
    const settings = { documentsBucket: 'files', documentPrefixes: { 'Verträge/': 'acme' } };
    const template = synthesize({ ...settings, downloads: 'cloudtrail' });
    const changes = resource(template, 'AWS::Events::Rule', 'Documents/Changes').Properties.EventPattern;
    expect(changes.detail.object).toEqual({ key: [{ prefix: 'Verträge/' }] });
    const reads = resource(template, 'AWS::Events::Rule', 'Reads/Rule').Properties.EventPattern;
    expect(reads.detail.requestParameters).toEqual({ bucketName: ['files'] });
  });
});
