import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';

const s3 = new S3Client({ maxAttempts: 5, requestHandler: AWS_TIMEOUTS });

/** What S3 says of an object without sending it. */
export interface ObjectHead {
  /** Absent in a bucket without versions. */
  readonly versionId?: string;
  readonly size: number;
  readonly contentType: string;
  /** Without its quotation marks. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

/** Reads the head of an object's version, or of its current one. @returns undefined where it is not there, or deleted */
export async function headObject(
  bucket: string,
  key: string,
  versionId: string | undefined,
): Promise<ObjectHead | undefined> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
    return {
      versionId: realVersion(head.VersionId),
      size: head.ContentLength ?? 0,
      contentType: head.ContentType ?? 'binary/octet-stream',
      etag: (head.ETag ?? '').replaceAll('"', ''),
      modifiedAt: head.LastModified?.getTime() ?? 0,
    };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** `null` is what S3 calls the one version of an object that was uploaded without versions; the next one takes its name. */
export function realVersion(versionId: string | undefined): string | undefined {
  return versionId === 'null' ? undefined : versionId;
}

/** A HEAD has no body, so its errors have no code but the status; 405 is a delete marker's. */
function isMissing(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return status === 404 || status === 405;
}
