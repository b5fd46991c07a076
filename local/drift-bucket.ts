import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  type LifecycleRule,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  type S3Client,
  type ServerSideEncryptionRule,
} from '@aws-sdk/client-s3';
import type { Drift } from './drift.ts';

/** A lifecycle rule as templates have it; those that the stack sets, and S3's own words for them. */
interface TemplateRule {
  readonly Status: 'Enabled' | 'Disabled';
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
  readonly ExpiredObjectDeleteMarker?: boolean;
}

/** Reads a bucket back in the template's terms. What was never set, the service answers with an error. */
export async function readBucket(s3: S3Client, Bucket: string): Promise<Record<string, unknown>> {
  const [versioning, encryption, lifecycle] = await Promise.all([
    s3.send(new GetBucketVersioningCommand({ Bucket })),
    s3.send(new GetBucketEncryptionCommand({ Bucket })).catch(ifNeverSet),
    s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })).catch(ifNeverSet),
  ]);
  const rules = encryption?.ServerSideEncryptionConfiguration?.Rules?.map(
    ({ ApplyServerSideEncryptionByDefault: byDefault }) => ({ ServerSideEncryptionByDefault: byDefault }),
  );
  return {
    VersioningConfiguration: { Status: versioning.Status },
    BucketEncryption: rules && { ServerSideEncryptionConfiguration: rules },
    LifecycleConfiguration: lifecycle && { Rules: lifecycle.Rules?.map(toTemplate) },
  };
}

export async function setBucket(s3: S3Client, { resource, property, wanted }: Drift): Promise<unknown> {
  const Bucket = resource.physicalId;
  if (property === 'VersioningConfiguration') {
    const VersioningConfiguration = wanted as { Status: 'Enabled' };
    return s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  if (property === 'BucketEncryption') {
    const { ServerSideEncryptionConfiguration: rules } = wanted as {
      ServerSideEncryptionConfiguration: {
        ServerSideEncryptionByDefault: ServerSideEncryptionRule['ApplyServerSideEncryptionByDefault'];
      }[];
    };
    const Rules = rules.map(({ ServerSideEncryptionByDefault: ApplyServerSideEncryptionByDefault }) => ({
      ApplyServerSideEncryptionByDefault,
    }));
    return s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  }
  const Rules = (wanted as { Rules: TemplateRule[] }).Rules.map(fromTemplate);
  return s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
}

function toTemplate({
  Status,
  NoncurrentVersionExpiration,
  AbortIncompleteMultipartUpload,
  Expiration,
}: LifecycleRule) {
  return {
    Status,
    NoncurrentVersionExpiration,
    AbortIncompleteMultipartUpload,
    ExpiredObjectDeleteMarker: Expiration?.ExpiredObjectDeleteMarker,
  };
}

function fromTemplate({ ExpiredObjectDeleteMarker, ...rule }: TemplateRule, i: number): LifecycleRule {
  return {
    ID: `rule-${i}`,
    Filter: { Prefix: '' },
    ...rule,
    ...(ExpiredObjectDeleteMarker !== undefined && { Expiration: { ExpiredObjectDeleteMarker } }),
  };
}

function ifNeverSet(error: unknown): undefined {
  const { name } = error as Error;
  if (name === 'ServerSideEncryptionConfigurationNotFoundError' || name === 'NoSuchLifecycleConfiguration')
    return undefined;
  throw error;
}
