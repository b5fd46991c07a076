import { Duration, Fn, Names, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { CfnTrail } from 'aws-cdk-lib/aws-cloudtrail';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { USUAL_PREFIXES } from '../core/document-prefixes.ts';
import type { PlatformSettings } from './platform-settings.ts';

const CLOUDTRAIL = new ServicePrincipal('cloudtrail.amazonaws.com');

/**
 * Has CloudTrail record who reads the documents, and nothing else: a hundred thousand records cost ten cents, so HEADs,
 * lists, writes and other buckets are left out. Without a trail EventBridge would see no reads; its log files are wanted by
 * nobody here, but a trail cannot be without them.
 *
 * The L2 construct cannot select by the name of a call.
 */
export class ReadTrail extends Construct {
  constructor(scope: Construct, id: string, settings: PlatformSettings, documents: IBucket) {
    super(scope, id);
    const prefixes = Object.keys(settings.documentPrefixes ?? USUAL_PREFIXES);
    const { partition, region, account } = Stack.of(this);
    // Named here, so that the logs' policy can name it before it is there.
    const trailName = Names.uniqueResourceName(this, { maxLength: 128, separator: '-' });
    const trailArn = `arn:${partition}:cloudtrail:${region}:${account}:trail/${trailName}`;
    const logs = this.logBucket(settings);
    this.letTrailWrite(logs, trailArn, account);
    const trail = new CfnTrail(this, 'Trail', {
      trailName,
      s3BucketName: logs.bucketName,
      isLogging: true,
      isMultiRegionTrail: false,
      includeGlobalServiceEvents: false,
      enableLogFileValidation: true,
      advancedEventSelectors: [
        {
          name: 'Reads of documents',
          fieldSelectors: [
            { field: 'eventCategory', equalTo: ['Data'] },
            { field: 'resources.type', equalTo: ['AWS::S3::Object'] },
            { field: 'readOnly', equalTo: ['true'] },
            { field: 'eventName', equalTo: ['GetObject'] },
            {
              field: 'resources.ARN',
              startsWith: prefixes.map((prefix) => Fn.join('', [documents.bucketArn, `/${prefix}`])),
            },
          ],
        },
      ],
    });
    // CloudTrail tries whether it may write when the trail is made.
    trail.node.addDependency(logs.policy!);
  }

  private logBucket(settings: PlatformSettings): Bucket {
    const bucket = new Bucket(this, 'Logs', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: settings.production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      lifecycleRules: [
        {
          expiration: Duration.days(settings.logRetentionDays),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It holds logs itself, which only CloudTrail writes; logs of them would need the next bucket.',
    });
    return bucket;
  }

  /** As "Amazon S3 bucket policy for CloudTrail" has it, for this one trail. */
  private letTrailWrite(bucket: Bucket, trailArn: string, account: string): void {
    const fromTrail = { 'aws:SourceArn': trailArn };
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [CLOUDTRAIL],
        actions: ['s3:GetBucketAcl'],
        resources: [bucket.bucketArn],
        conditions: { StringEquals: fromTrail },
      }),
    );
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [CLOUDTRAIL],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects(`AWSLogs/${account}/*`)],
        conditions: { StringEquals: { ...fromTrail, 's3:x-amz-acl': 'bucket-owner-full-control' } },
      }),
    );
  }
}
