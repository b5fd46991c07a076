import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';
import { readEnvironment } from './environment.ts';

const s3 = new S3Client({ maxAttempts: 3, requestHandler: AWS_TIMEOUTS });

/** Puts an object into the bucket of what expired. A module of its own, since it is loaded when Firehose refuses. */
export async function putObject(Key: string, Body: Buffer, abortSignal: AbortSignal): Promise<void> {
  const Bucket = readEnvironment('exportBucket');
  await s3.send(new PutObjectCommand({ Bucket, Key, Body }), { abortSignal });
}
