import { S3Client } from '@aws-sdk/client-s3';
import { localClientConfig } from '../../../local/aws.ts';
import { readOutputs } from '../read-outputs.ts';

/** The documents' bucket as whoever has AWS keys sees it. */
export function connectBucket() {
  const { awsEndpoint, stack } = readOutputs();
  const s3 = new S3Client({ ...localClientConfig(awsEndpoint), forcePathStyle: true });
  return { s3, bucket: stack.DocumentsBucketName as string };
}
