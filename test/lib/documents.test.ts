import { expect, test } from '@jest/globals';
import { reference, resource, synthesize } from './synthesize.ts';

const template = synthesize();
const BUCKET = 'AWS::S3::Bucket';
const bucket = resource(template, BUCKET, 'Documents/Bucket');

test('the bucket is private, versioned and encrypted, and tells EventBridge without a helper function', () => {
  template.resourceCountIs(BUCKET, 1);
  expect(bucket.Properties).toMatchObject({
    VersioningConfiguration: { Status: 'Enabled' },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
    NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
  });
});

test('it refuses plain connections and old TLS, whoever asks', () => {
  const { Bucket, PolicyDocument } = resource(
    template,
    'AWS::S3::BucketPolicy',
    'Documents/Bucket/Policy',
  ).Properties;
  expect(reference(Bucket)).toBe('DocumentsBucket');
  const refusals = PolicyDocument.Statement as { Effect: string; Action: string; Condition: object }[];
  expect(refusals.map(({ Effect, Action, Condition }) => [Effect, Action, Condition])).toEqual([
    ['Deny', 's3:*', { Bool: { 'aws:SecureTransport': 'false' } }],
    ['Deny', 's3:*', { NumericLessThan: { 's3:TlsVersion': 1.2 } }],
  ]);
});

test.each([
  [undefined, 37],
  [90, 97],
])(
  'old versions live as long as the events that speak of them (%s days and a week)',
  (retentionDays, days) => {
    const { LifecycleConfiguration } = resource(
      synthesize({ retentionDays }),
      BUCKET,
      'Documents/Bucket',
    ).Properties;
    expect(LifecycleConfiguration.Rules).toEqual([
      {
        Status: 'Enabled',
        NoncurrentVersionExpiration: { NoncurrentDays: days },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
      { Status: 'Enabled', ExpiredObjectDeleteMarker: true },
    ]);
  },
);

test('files outlive the stack in production, and go with it elsewhere', () => {
  expect(bucket.DeletionPolicy).toBe('Retain');
  expect(resource(synthesize({ production: false }), BUCKET, 'Documents/Bucket').DeletionPolicy).toBe(
    'Delete',
  );
});

test('pages of other origins may use it where the settings name them, and otherwise not', () => {
  expect(bucket.Properties.CorsConfiguration).toBeUndefined();
  const documentsOrigins = ['https://app.example.com', 'http://localhost:3000'];
  const { CorsConfiguration } = resource(
    synthesize({ documentsOrigins }),
    BUCKET,
    'Documents/Bucket',
  ).Properties;
  expect(CorsConfiguration.CorsRules).toEqual([
    expect.objectContaining({
      AllowedOrigins: documentsOrigins,
      AllowedMethods: ['POST', 'GET'],
      AllowedHeaders: ['*'],
    }),
  ]);
});

test('every upload and deletion in that bucket goes to the queue, and what cannot go there to the dead letters', () => {
  const { EventBusName, EventPattern, State, Targets } = resource(
    template,
    'AWS::Events::Rule',
    'Documents/Changes',
  ).Properties;
  expect([EventBusName, State]).toEqual([undefined, 'ENABLED']);
  const { detail, ...pattern } = EventPattern;
  expect(pattern).toEqual({ source: ['aws.s3'], 'detail-type': ['Object Created', 'Object Deleted'] });
  expect(detail.bucket.name.map(reference)).toEqual(['DocumentsBucket']);
  expect(Targets).toHaveLength(1);
  expect(reference(Targets[0].Arn)).toBe('QueuesDocuments');
  expect(reference(Targets[0].DeadLetterConfig.Arn)).toBe('QueuesDocumentsDeadLetters');
});

test.each(['DocumentsIntake', 'DocumentsApi', 'Manage'])("%s knows the API's own address", (name) => {
  const { Variables } = resource(template, 'AWS::Lambda::Function', name).Properties.Environment;
  expect(Variables.API_URL['Fn::GetAtt'][1]).toBe('ApiEndpoint');
});

test('what tells of a download is a setting', () => {
  const setting = (downloads?: 'link' | 'cloudtrail') =>
    resource(synthesize({ downloads }), 'AWS::Lambda::Function', 'DocumentsApi').Properties.Environment
      .Variables.DOWNLOADS;
  expect([setting(), setting('cloudtrail')]).toEqual(['link', 'cloudtrail']);
});
