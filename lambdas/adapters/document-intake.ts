import { type DocumentVersion, sortableSequencer, UNVERSIONED } from '../../core/document.ts';
import type { DocumentPlace } from '../../core/document-key.ts';
import {
  findDocumentByKey,
  findVersion,
  makeCurrent,
  markDeleted,
  markVersionGone,
  registerVersion,
} from './document-store.ts';
import { publishFileEvent } from './file-events.ts';
import { logInfo } from './log.ts';
import { headObject, type ObjectHead } from './object-store.ts';
import type { Tenant } from './tenant-store.ts';

/** What a bucket told of an object. */
export interface ObjectNotice {
  readonly bucket: string;
  readonly key: string;
  readonly place: DocumentPlace;
  /** Absent in a bucket without versions. */
  readonly versionId?: string;
  /** Absent on deletions of some kinds. */
  readonly etag?: string;
  readonly sequencer: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/**
 * Registers an uploaded version and publishes its event. Everything is the same when it is done again, and when an
 * earlier upload is told of after a later one.
 */
export async function takeUpload(notice: ObjectNotice, tenant: Tenant, now: number): Promise<void> {
  const { bucket, key, place, etag, sequencer, time } = notice;
  const head = await headObject(bucket, key, notice.versionId);
  // Without versions the object is what came last, whose own notice follows.
  if (head === undefined || (notice.versionId === undefined && etag !== undefined && head.etag !== etag)) {
    logInfo('an uploaded object is not there any more', { bucket, key, versionId: notice.versionId });
    return;
  }
  const versionId = notice.versionId ?? head.versionId ?? UNVERSIONED + sequencer;
  const version = versionOf(head, versionId, time);
  const document = await registerVersion(place, version, sortableSequencer(sequencer));
  const facts = [key, versionId];
  await publishFileEvent({ kind: 'upload', tenant, document, version, facts, occurredAt: time, now });
}

/** Takes note of a delete marker: the document is deleted, its versions are kept. */
export async function takeDeletion({ place, time, sequencer }: ObjectNotice): Promise<void> {
  await markDeleted(place, time, sortableSequencer(sequencer));
}

/**
 * Takes note that a version (or a delete marker, or an object without versions) is gone for good. What that makes of the
 * document only S3 knows: an older version may be the current one now, or none.
 */
export async function takeRemoval(notice: ObjectNotice): Promise<void> {
  const { bucket, key, place, versionId, time } = notice;
  const document = await findDocumentByKey(place.tenantId, place.path);
  if (document === undefined) return;
  if (versionId !== undefined) await markVersionGone(document.hashId, versionId, time);
  const sequencer = sortableSequencer(notice.sequencer);
  const head = await headObject(bucket, key, undefined);
  if (head === undefined) return markDeleted(place, time, sequencer);
  if (document.deletedAt === undefined && (head.versionId ?? document.version) === document.version) return;
  const current = head.versionId ?? document.version;
  const known = await findVersion(document.hashId, current);
  await makeCurrent(place, known ?? versionOf(head, current, head.modifiedAt), sequencer);
}

function versionOf(
  { size, contentType, etag }: ObjectHead,
  version: string,
  uploadedAt: number,
): DocumentVersion {
  return { version, size, contentType, etag, uploadedAt };
}
