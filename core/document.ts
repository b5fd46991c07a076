import { createHash } from 'node:crypto';
import type { DocumentPlace } from './document-key.ts';

/** One upload of a document. */
export interface DocumentVersion {
  /** S3's version id, or where the bucket has no versions, {@link UNVERSIONED} and the upload's sequencer. */
  readonly version: string;
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  /** S3's, without its quotation marks. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly uploadedAt: number;
}

/** A tenant's file, whatever its versions; with the facts of the version that is the latest. */
export interface Document extends DocumentPlace, DocumentVersion {
  /** Opaque: nothing of the path is in it. The same for every version, and after a deletion too. */
  readonly hashId: string;
  /** Milliseconds since 1970, where it is deleted now. */
  readonly deletedAt?: number;
}

/** Bytes of chance that {@link makeHashId} wants: 160 bits. */
export const HASH_ID_BYTES = 20;
const HASH_ID = /^doc_[A-Za-z0-9_-]{27}$/;

/** Makes a document hash id of 31 URL-safe characters. @param chance at least {@link HASH_ID_BYTES} random bytes */
export function makeHashId(chance: Uint8Array): string {
  return `doc_${Buffer.from(chance.subarray(0, HASH_ID_BYTES)).toString('base64url')}`;
}

export function isHashId(text: string): boolean {
  return HASH_ID.test(text);
}

/** Stands before the sequencer that tells the uploads of a bucket without versions apart. */
export const UNVERSIONED = 'seq_';

/** Longer than any sequencer that was seen (16 to 18 digits). */
const SEQUENCER_DIGITS = 48;

/**
 * A notification's sequencer so that the order of texts is the order of what happened to a key. S3 wants the shorter one
 * filled up with zeros on its right ("Event message structure", Amazon S3 user guide).
 */
export function sortableSequencer(sequencer: string): string {
  return sequencer.toUpperCase().padEnd(SEQUENCER_DIGITS, '0');
}

/**
 * The links that one key gets for one version within one such window of the clock are one download: as long as a link lives
 * by default. Who asks again within it is told of nothing new, so that a listener which pulls whatever it hears of ends.
 */
export const LINK_WINDOW_MS = 5 * 60_000;

/**
 * What tells a download by link from every other of its tenant.
 * @param accessKey whose link it is; absent for the operator's first key
 * @param now milliseconds since 1970
 */
export function linkFacts(
  hashId: string,
  version: string,
  accessKey: string | undefined,
  now: number,
): readonly string[] {
  return [hashId, version, `key ${accessKey ?? ''}`, String(Math.floor(now / LINK_WINDOW_MS))];
}

/** 192 bits of a hash as 32 characters: with a dialect's prefix still an event id. */
const EVENT_ID_LENGTH = 32;

/**
 * The id of an event about a document: the same facts always make the same id, so that what is told twice is one event.
 * @param prefix the dialect's, e.g. `evt_`
 * @param facts what tells the event from every other of its tenant
 */
export function documentEventId(prefix: string, facts: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest('base64url');
  return prefix + hash.slice(0, EVENT_ID_LENGTH);
}
