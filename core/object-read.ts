import { createHash } from 'node:crypto';

/** What a download is told by, of the record that CloudTrail makes of a GetObject ("CloudTrail record contents"). */
export interface ReadRecord {
  readonly eventName: string;
  /** ISO 8601, whole seconds. */
  readonly eventTime: string;
  readonly sourceIPAddress?: string;
  /** There only where the read failed, e.g. `AccessDenied`. */
  readonly errorCode?: string;
  readonly userIdentity: {
    readonly type?: string;
    readonly principalId?: string;
    readonly arn?: string;
    readonly accountId?: string;
    readonly accessKeyId?: string;
    /** Of an assumed role: the role itself. */
    readonly sessionContext?: { readonly sessionIssuer?: { readonly arn?: string } };
  };
  /** Query parameters and headers beside the bucket and the key. */
  readonly requestParameters: {
    readonly bucketName: string;
    readonly key: string;
    readonly versionId?: string;
    /** When a link was signed, in whole seconds. */
    readonly 'X-Amz-Date'?: string;
    readonly 'X-Amz-Expires'?: string;
  };
  readonly additionalEventData?: { readonly bytesTransferredOut?: number };
}

/** A GetObject that somebody made and that succeeded: the whole object, or a range of it. */
export interface ObjectRead {
  readonly key: string;
  /** Absent where the latest version was asked for. */
  readonly version?: string;
  /** When it was done, milliseconds since 1970. */
  readonly at: number;
  /** Bytes of the answer, where CloudTrail says so. */
  readonly bytes?: number;
  /** The same for the reads of one reader, in one way; 32 hexadecimal digits that tell nobody who it was. */
  readonly reader: string;
  /** How long after a download's first read the reader's further ones belong to it, milliseconds. */
  readonly windowMs: number;
}

/** Why a record tells of no download. */
export type NoDownload = 'no_read' | 'other_bucket' | 'failed' | 'own';

/** Direct readers: whoever reads with credentials of their own. */
export const READ_WINDOW_MS = 15 * 60_000;
/** A link of ours can begin no read after 15 minutes, however long the last one takes: its reads are one download. */
export const LINK_READ_WINDOW_MS = 24 * 3_600_000;

export interface Platform {
  readonly bucket: string;
  /** Whose links readers download by. Its reads are the readers'. */
  readonly linkRoleArn: string;
  /** Roles that read for the platform itself. */
  readonly ownRoleArns: readonly string[];
}

/** Whether a record tells of a read that belongs to a download, and of whose. */
export function judgeRead(record: ReadRecord, platform: Platform): ObjectRead | NoDownload {
  const { requestParameters: request, userIdentity } = record;
  if (record.eventName !== 'GetObject') return 'no_read';
  if (request.bucketName !== platform.bucket) return 'other_bucket';
  if (record.errorCode !== undefined) return 'failed';
  const role = userIdentity.sessionContext?.sessionIssuer?.arn;
  if (role !== undefined && platform.ownRoleArns.includes(role)) return 'own';
  return {
    key: request.key,
    version: request.versionId || undefined,
    at: Date.parse(record.eventTime),
    bytes: record.additionalEventData?.bytesTransferredOut,
    ...nameReader(record, role === platform.linkRoleArn),
  };
}

/**
 * Principal and address; and the link, where one was used: two links are two downloads. A link is known by the key that
 * signed it and the second in which it did. One of ours is one download from wherever it is read: a download manager may
 * have several addresses, and one that changes networks has them one after the other.
 */
function nameReader(
  { userIdentity, sourceIPAddress, requestParameters: request }: ReadRecord,
  isOurLink: boolean,
): Pick<ObjectRead, 'reader' | 'windowMs'> {
  const { type, arn, principalId, accountId, accessKeyId } = userIdentity;
  const principal = [type, accountId, arn ?? principalId];
  const link = request['X-Amz-Date'] && [accessKeyId, request['X-Amz-Date'], request['X-Amz-Expires']];
  const facts = [principal, isOurLink ? undefined : sourceIPAddress, link];
  const reader = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
  return { reader, windowMs: isOurLink ? LINK_READ_WINDOW_MS : READ_WINDOW_MS };
}

/** Whether the answer carried nothing of a file that is not empty, as "not modified" does. */
export function isEmptyRead({ bytes }: ObjectRead, size: number): boolean {
  return bytes === 0 && size > 0;
}

/**
 * A key as it may be called in truth. Nobody says whether CloudTrail shows keys as they are or as a URL has them, so the
 * first that names a document is taken.
 */
export function keyCandidates(key: string): readonly string[] {
  const decoded = decode(key);
  return decoded === undefined || decoded === key ? [key] : [key, decoded];
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
