import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { BucketSettings } from '../core/judge-bucket.ts';

/** How S3 says that a bucket has no such setting. */
const NONE = [
  'NoSuchPublicAccessBlockConfiguration',
  'NoSuchBucketPolicy',
  'NoSuchLifecycleConfiguration',
  'ServerSideEncryptionConfigurationNotFoundError',
];

/** Reads a bucket's settings by the credentials that the AWS CLI would use. @throws Error where S3 refuses */
export async function readBucketSettings(
  bucket: string,
  region: string | undefined,
): Promise<BucketSettings> {
  const s3 = new S3Client({ region });
  const Bucket = { Bucket: bucket };
  try {
    // First, since it tells whether there is such a bucket at all.
    const { $metadata, ...notifications } = await s3.send(
      new GetBucketNotificationConfigurationCommand(Bucket),
    );
    const versioning = await s3.send(new GetBucketVersioningCommand(Bucket));
    const access = await unlessNone(s3.send(new GetPublicAccessBlockCommand(Bucket)));
    const policy = await unlessNone(s3.send(new GetBucketPolicyCommand(Bucket)));
    const encryption = await unlessNone(s3.send(new GetBucketEncryptionCommand(Bucket)));
    const lifecycle = await unlessNone(s3.send(new GetBucketLifecycleConfigurationCommand(Bucket)));
    const byDefault =
      encryption?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
    return {
      notifications,
      versioning: versioning.Status,
      publicAccessBlock: { ...access?.PublicAccessBlockConfiguration },
      policy: policy?.Policy,
      encryption: byDefault?.SSEAlgorithm,
      encryptionKey: byDefault?.KMSMasterKeyID,
      endsOldVersions: (lifecycle?.Rules ?? []).some(
        ({ Status, NoncurrentVersionExpiration: end }) => Status === 'Enabled' && end !== undefined,
      ),
    };
  } finally {
    s3.destroy();
  }
}

async function unlessNone<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof S3ServiceException && NONE.includes(error.name)) return undefined;
    throw error;
  }
}
