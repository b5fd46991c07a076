import type { Document, DocumentVersion } from '../../core/document.ts';
import { placeOfKey } from '../../core/document-key.ts';
import { isEmptyRead, keyCandidates, type ObjectRead } from '../../core/object-read.ts';
import { documentPrefixes } from './document-prefixes.ts';
import { findDocumentByKey, findVersion, findVersionAt } from './document-store.ts';
import { joinDownload, markTold } from './download-store.ts';
import { publishFileEvent } from './file-events.ts';
import { getCachedTenant } from './tenant-cache.ts';

/** CloudTrail's times are whole seconds, S3's are not. */
const SECOND_MS = 999;

/**
 * Publishes the download that a read belongs to, unless that was done. Everything is the same when it is done again: a
 * crash between two steps is mended by whichever read of the download comes next, or by this one's next try.
 */
export async function takeRead(read: ObjectRead, now: number): Promise<'taken' | 'unknown_object'> {
  const document = await findByKey(read.key);
  const version = document && (await versionOf(document, read));
  if (version === undefined) return 'unknown_object';
  const { hashId, tenantId } = document as Document;
  const tenant = await getCachedTenant(tenantId);
  if (tenant?.status !== 'active' || isEmptyRead(read, version.size)) return 'taken';
  const { startedAt, isTold } = await joinDownload(hashId, version.version, read);
  if (isTold) return 'taken';
  await publishFileEvent({
    kind: 'download',
    tenant,
    document: document as Document,
    version,
    facts: [hashId, version.version, read.reader, String(startedAt)],
    occurredAt: startedAt,
    now,
  });
  await markTold(hashId, version.version, read, startedAt);
  return 'taken';
}

async function findByKey(key: string): Promise<Document | undefined> {
  for (const candidate of keyCandidates(key)) {
    const place = placeOfKey(candidate, documentPrefixes());
    const document = place && (await findDocumentByKey(place.tenantId, place.path));
    if (document !== undefined) return document;
  }
  return undefined;
}

/** The version that was asked for; where none was, the one that was the latest then. */
async function versionOf(document: Document, read: ObjectRead): Promise<DocumentVersion | undefined> {
  if (read.version !== undefined) {
    const version = await findVersion(document.hashId, read.version);
    return version?.wasTaken ? version : undefined;
  }
  if (document.version !== '' && document.uploadedAt <= read.at + SECOND_MS) return document;
  return findVersionAt(document.hashId, read.at + SECOND_MS);
}
