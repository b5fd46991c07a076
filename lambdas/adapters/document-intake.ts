import { type Document, type DocumentVersion, sortableSequencer, UNVERSIONED } from '../../core/document.ts';
import type { DocumentPlace } from '../../core/document-key.ts';
import {
  findDocumentByKey,
  findVersion,
  makeCurrent,
  markDeleted,
  markVersionGone,
  putVersion,
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
  if (head === undefined || (notice.versionId === undefined && etag !== undefined && head.etag !== etag))
    return logRemoved(notice);
  const versionId = notice.versionId ?? head.versionId ?? UNVERSIONED + sequencer;
  const version = versionOf(head, versionId, time);
  const document = await makeCurrent(place, version, sortableSequencer(sequencer));
  if (!(await putVersion(document, place, version))) return logRemoved(notice);
  // A disabled tenant is told of nothing, but finds its documents when it is enabled again.
  if (tenant.status !== 'active') return;
  const facts = [key, versionId];
  await publishFileEvent({ kind: 'upload', tenant, document, version, facts, occurredAt: time, now });
}

function logRemoved({ bucket, key, versionId }: ObjectNotice): void {
  logInfo('an uploaded object is not there any more', { bucket, key, versionId });
}

/** Takes note of a delete marker: the document is deleted, its versions are kept. */
export async function takeDeletion({ place, time, sequencer }: ObjectNotice): Promise<void> {
  await markDeleted(place, time, sortableSequencer(sequencer));
}

/**
 * Takes note that a version (or a delete marker, or an object without versions) is gone for good. What that makes of the
 * document only S3 knows: an older version may be the current one now, or none. Whatever it is, the document is what it is
 * at this notice's place in the order: an upload of the removed version that is still being taken must not become the latest.
 */
export async function takeRemoval(notice: ObjectNotice): Promise<void> {
  const { bucket, key, place, versionId, time } = notice;
  const head = await headObject(bucket, key, undefined);
  const document =
    head === undefined
      ? await markDeleted(place, time, sortableSequencer(notice.sequencer))
      : await restoreCurrent(notice, head);
  if (versionId !== undefined && document !== undefined)
    await markVersionGone(document, place, versionId, time);
}

/** Makes what S3 has now the latest. It may be a version that nobody told of yet, or that lay there before anybody did. */
async function restoreCurrent(
  { place, sequencer }: ObjectNotice,
  head: ObjectHead,
): Promise<Document | undefined> {
  const document = await findDocumentByKey(place.tenantId, place.path);
  const current = head.versionId ?? document?.version;
  // Without versions the object is what came last, whose own notice follows.
  if (!current) return document;
  const found = document && (await findVersion(document.hashId, current));
  const isRegistered = found !== undefined && !found.isGone;
  const version = isRegistered ? found : versionOf(head, current, head.modifiedAt);
  const changed = await makeCurrent(place, version, sortableSequencer(sequencer));
  if (!isRegistered) await putVersion(changed, place, version);
  return changed;
}

function versionOf(
  { size, contentType, etag }: ObjectHead,
  version: string,
  uploadedAt: number,
): DocumentVersion {
  return { version, size, contentType, etag, uploadedAt };
}
