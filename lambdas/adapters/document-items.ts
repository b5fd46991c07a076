import type { Document, DocumentVersion } from '../../core/document.ts';
import type { DocumentPlace } from '../../core/document-key.ts';
import { encodeTime } from '../../core/ids.ts';
import { type Item, keyAfter } from './dynamodb.ts';

const ofTenant = (tenantId: string) => `TENANT#${tenantId}`;

/** Where a document is kept. Its path is the whole sort key, so that a prefix of paths is one query. */
export function documentKey({ tenantId, path }: DocumentPlace): Item {
  return { pk: { S: ofTenant(tenantId) }, sk: { S: path } };
}

/** Where a version of a document is kept: by the hash id, whose tenant and path any version tells. */
export function versionKey(hashId: string, version: string): Item {
  return { pk: { S: `DOC#${hashId}` }, sk: { S: version } };
}

/** A tenant's partition of the table, and of the index `by-time`. */
export const tenantPartition = ofTenant;

/** A version and whose it is. */
export interface StoredVersion extends DocumentVersion, DocumentPlace {
  readonly hashId: string;
  /** Whether its bytes were deleted for good. */
  readonly isGone: boolean;
  /** Whether its upload was taken: of one that was removed before, nothing else is known. */
  readonly wasTaken: boolean;
}

/** What a document's and a version's item have in common. */
export function versionAttributes({ version, size, contentType, etag, uploadedAt }: DocumentVersion): Item {
  return {
    v: { S: version },
    s: { N: String(size) },
    c: { S: contentType },
    e: { S: etag },
    u: { N: String(uploadedAt) },
  };
}

/** The keys of the index by time; a document that is deleted has none. */
export function timeAttributes(tenantId: string, uploadedAt: number): Item {
  return { tpk: { S: ofTenant(tenantId) }, tsk: { S: encodeTime(uploadedAt) } };
}

/** Whose a version is. Every version's item has it, since any of them leads from the hash id to the document. */
export function ownerAttributes({ tenantId, path }: DocumentPlace) {
  return { t: { S: tenantId }, p: { S: path } };
}

export function toVersionItem(hashId: string, place: DocumentPlace, version: DocumentVersion): Item {
  return {
    ...versionKey(hashId, version.version),
    ...versionAttributes(version),
    ...ownerAttributes(place),
  };
}

export function readDocument(item: Item): Document {
  return {
    tenantId: keyAfter('TENANT#', item.pk),
    path: item.sk?.S ?? '',
    hashId: item.h?.S ?? '',
    ...readFacts(item),
    ...(item.x?.N !== undefined && { deletedAt: Number(item.x.N) }),
  };
}

export function readVersion(item: Item): StoredVersion {
  return {
    tenantId: item.t?.S ?? '',
    path: item.p?.S ?? '',
    hashId: keyAfter('DOC#', item.pk),
    isGone: item.x !== undefined,
    wasTaken: item.v !== undefined,
    ...readFacts(item),
  };
}

function readFacts({ v, s, c, e, u }: Item): DocumentVersion {
  return {
    version: v?.S ?? '',
    size: Number(s?.N ?? 0),
    contentType: c?.S ?? '',
    etag: e?.S ?? '',
    uploadedAt: Number(u?.N ?? 0),
  };
}
