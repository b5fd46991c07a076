import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { ArnPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type CorsRule,
  HttpMethods,
  type IBucket,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { USUAL_PREFIXES } from '../core/document-prefixes.ts';
import { ENV } from '../core/environment-names.ts';
import { SPARE_DAYS } from '../core/retention.ts';
import { acceptWildcard, allow } from './allow.ts';
import type { BundledFunction } from './bundled-function.ts';
import { keyFilter } from './key-filter.ts';
import type { PlatformSettings } from './platform-settings.ts';
import type { Queues } from './queues.ts';

/** Where tenants' files lie, and the way by which the platform hears of them. */
export class Documents extends Construct {
  readonly bucket: IBucket;
  /** ARNs of all that may be a document. */
  readonly objects: readonly string[];
  /** Of the KMS key of somebody's bucket, where it is named. */
  private readonly keyArn: string | undefined;
  /** Whether the bucket is of the platform's making. */
  private readonly isOwn: boolean;
  private downloadLinks: Role | undefined;

  constructor(scope: Construct, id: string, settings: PlatformSettings, queues: Queues) {
    super(scope, id);
    this.isOwn = settings.documentsBucket === undefined;
    this.bucket = this.givenBucket(settings) ?? this.ownBucket(settings);
    this.keyArn = settings.documentsKeyArn ?? this.bucket.encryptionKey?.keyArn;
    this.objects = Object.keys(settings.documentPrefixes ?? USUAL_PREFIXES).map((prefix) =>
      this.bucket.arnForObjects(`${prefix}*`),
    );
    new Rule(this, 'Changes', {
      description: 'Takes every upload and deletion of a document',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created', 'Object Deleted'],
        detail: {
          bucket: { name: [this.bucket.bucketName] },
          object: keyFilter(settings.documentPrefixes),
        },
      },
      // By way of a queue: a thousand uploads at once wait there and not in EventBridge's retries.
      targets: [new SqsQueue(queues.documents, { deadLetterQueue: queues.documentsDeadLetters })],
    });
  }

  /** Lets a function read what objects are, and whether they are there at all (without ListBucket, 404 would be 403). */
  giveHeadsTo(fn: BundledFunction): void {
    for (const objects of this.objects) {
      allow(fn, 's3', ['GetObject', 'GetObjectVersion'], objects);
      acceptWildcard(
        fn.role!,
        objects,
        'Any object of this bucket may be a document; their names are not known before.',
      );
    }
    allow(fn, 's3', ['ListBucket'], this.bucket.bucketArn);
  }

  /** Lets a function have links signed: for downloads and for uploads by a role each that can do nothing else. */
  giveLinksTo(fn: BundledFunction): void {
    // A link names its version, but in somebody's bucket there may be none.
    const unversioned = this.isOwn ? [] : ['GetObject'];
    this.downloadLinks = this.linkRole('DownloadLinks', fn, ...unversioned, 'GetObjectVersion');
    const upload = this.linkRole('UploadLinks', fn, 'PutObject');
    this.giveKeyTo(this.downloadLinks, 'Decrypt');
    this.giveKeyTo(upload, 'GenerateDataKey');
    this.nameDownloadLinksTo(fn);
    fn.addEnvironment(ENV.uploadLinkRoleArn, upload.roleArn);
    fn.addEnvironment(ENV.documentsBucket, this.bucket.bucketName);
  }

  /** Tells a function which role signs links to download by. */
  nameDownloadLinksTo(fn: BundledFunction): void {
    if (this.downloadLinks === undefined) throw new Error('Nothing has links signed yet.');
    fn.addEnvironment(ENV.downloadLinkRoleArn, this.downloadLinks.roleArn);
  }

  private linkRole(id: string, fn: BundledFunction, ...actions: string[]): Role {
    const role = new Role(this, `${id}Role`, {
      description: 'Signs links to documents',
      assumedBy: new ArnPrincipal(fn.role!.roleArn),
    });
    for (const objects of this.objects) {
      allow(role, 's3', actions, objects);
      acceptWildcard(
        role,
        objects,
        'A link is to one object, but which ones there will be is not known before.',
      );
    }
    allow(fn, 'sts', ['AssumeRole'], role.roleArn);
    return role;
  }

  private giveKeyTo(role: Role, action: string): void {
    if (this.keyArn !== undefined) allow(role, 'kms', [action], this.keyArn);
  }

  /** One that is there already, whose settings and notifications are its owner's affair. */
  private givenBucket({ documentsBucket: given }: PlatformSettings): IBucket | undefined {
    return typeof given === 'string' ? Bucket.fromBucketName(this, 'Bucket', given) : given;
  }

  private ownBucket(settings: PlatformSettings): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      versioned: true,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: settings.production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      cors: corsRules(settings),
      lifecycleRules: [
        {
          noncurrentVersionExpiration: Duration.days(settings.retentionDays + SPARE_DAYS),
          abortIncompleteMultipartUploadAfter: Duration.days(7),
        },
        // A rule of its own: S3 takes it in none that has days.
        { expiredObjectDeleteMarker: true },
      ],
    });
    // The L2 switch would make a custom resource with a function of its own.
    (bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Who reads documents is told by events and CloudTrail; access logs would be a second bucket to keep.',
    });
    return bucket;
  }
}

/** A page sends the form by POST and fetches by GET; the headers that it may read are those of a file and its ranges. */
function corsRules({ documentsOrigins }: PlatformSettings): CorsRule[] | undefined {
  if (documentsOrigins.length === 0) return undefined;
  return [
    {
      allowedOrigins: [...documentsOrigins],
      allowedMethods: [HttpMethods.POST, HttpMethods.GET],
      allowedHeaders: ['*'],
      exposedHeaders: ['ETag', 'Content-Disposition', 'Content-Range', 'Accept-Ranges'],
      maxAge: 3600,
    },
  ];
}
