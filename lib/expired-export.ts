import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { LogGroup, LogStream } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ENV } from '../core/environment-names.ts';
import { acceptWildcard, allow } from './allow.ts';
import type { BundledFunction } from './bundled-function.ts';
import type { PlatformSettings } from './platform-settings.ts';

/** Firehose writes an object when one of these is reached: 900 s are the most that it waits. */
const BUFFER = { intervalInSeconds: 900, sizeInMBs: 64 };

/** Where deliveries, attempts and events go when they expire: gzipped JSON lines, in a folder for each day. */
export class ExpiredExport extends Construct {
  readonly bucket: Bucket;
  readonly stream: CfnDeliveryStream;

  constructor(scope: Construct, id: string, settings: PlatformSettings) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: settings.production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Only the platform writes here, and an operator reads; access logs would be a second bucket to keep.',
    });
    const log = new LogGroup(this, 'Log', {
      retention: settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const failures = new LogStream(this, 'Failures', { logGroup: log, removalPolicy: RemovalPolicy.DESTROY });
    const role = this.firehoseRole(log);
    this.stream = new CfnDeliveryStream(this, 'Stream', {
      deliveryStreamType: 'DirectPut',
      deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
      extendedS3DestinationConfiguration: {
        bucketArn: this.bucket.bucketArn,
        roleArn: role.roleArn,
        compressionFormat: 'GZIP',
        bufferingHints: BUFFER,
        prefix: 'expired/day=!{timestamp:yyyy-MM-dd}/',
        errorOutputPrefix: 'failed/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/',
        cloudWatchLoggingOptions: {
          enabled: true,
          logGroupName: log.logGroupName,
          logStreamName: failures.logStreamName,
        },
      },
    });
    // A stream checks its role's rights when it is made.
    this.stream.node.addDependency(role);
  }

  giveExportTo(fn: BundledFunction): void {
    allow(fn, 'firehose', ['PutRecordBatch'], this.stream.attrArn);
    fn.addEnvironment(ENV.exportStream, this.stream.ref);
    // What Firehose would not take.
    const objects = this.bucket.arnForObjects('expired/*');
    allow(fn, 's3', ['PutObject'], objects);
    acceptWildcard(fn.role!, objects, 'The names of the objects are made when they are written.');
    fn.addEnvironment(ENV.exportBucket, this.bucket.bucketName);
  }

  private firehoseRole(log: LogGroup): Role {
    const role = new Role(this, 'Role', {
      description: 'Writes what expired into its bucket',
      assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    const objects = this.bucket.arnForObjects('*');
    allow(
      role,
      's3',
      ['GetBucketLocation', 'ListBucket', 'ListBucketMultipartUploads'],
      this.bucket.bucketArn,
    );
    allow(role, 's3', ['AbortMultipartUpload', 'GetObject', 'PutObject'], objects);
    acceptWildcard(role, objects, 'Firehose names the objects itself, by time.');
    log.grantWrite(role);
    return role;
  }
}
