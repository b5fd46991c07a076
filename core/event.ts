import { createHash } from 'node:crypto';
import { canonicalJson } from './json.ts';
import type { Trace } from './trace.ts';

/** The ids that tenants and producers may choose. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** Dotted names of letters, digits, `_` and `-`, e.g. `order.paid` or `FileStore.Upload`. */
export const EVENT_TYPE_PATTERN = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
export const MAX_EVENT_TYPE_LENGTH = 128;

/** The last millisecond of the year 9999: ISO 8601 writes later years otherwise, and receivers do not read them. */
export const MAX_EVENT_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Bytes of `data` as it is sent. */
export const MAX_DATA_BYTES = 262_144;

/** An endpoint's API version stands in some envelopes; a body must fit with the longest one. */
export const MAX_API_VERSION_LENGTH = 32;

/** A thing that happened, as it is stored. Never changed after it was accepted. */
export interface StoredEvent {
  readonly tenantId: string;
  readonly id: string;
  readonly type: string;
  /** The producer's data, as {@link printJson} prints it. */
  readonly dataText: string;
  /** When the event was accepted, milliseconds since 1970. */
  readonly acceptedAt: number;
  /** When it happened, milliseconds since 1970, where the producer said so. */
  readonly occurredAt?: number;
  /** The one endpoint that a test event is for; other events go to every endpoint that matches. */
  readonly testEndpointId?: string;
  /** Whether the platform itself says it, of itself: it goes to operational endpoints, and to no others. */
  readonly operational?: boolean;
  /** Where its trace began; few events have one. */
  readonly trace?: Trace;
  /** How long its tenant keeps deliveries, in days; the platform's days where absent. */
  readonly keptDays?: number;
  /** When it is deleted, seconds since 1970, where it was read: storing it decides that. */
  readonly expiresAt?: number;
  /** Equal for equal content (type, parsed data, occurred_at if sent); 16 bytes. */
  readonly contentHash: Uint8Array;
}

/** Says what an event is, in 16 bytes. @param data as parseJson gives it */
export function hashContent(type: string, occurredAt: number | undefined, data: unknown): Uint8Array {
  const content = `${type}\n${occurredAt ?? ''}\n${canonicalJson(data)}`;
  return createHash('sha256').update(content).digest().subarray(0, 16);
}

/** When an event happened, as its envelope says: what the producer said, else when it was accepted. */
export function eventTime(event: Pick<StoredEvent, 'acceptedAt' | 'occurredAt'>): number {
  return event.occurredAt ?? event.acceptedAt;
}

/** Whether two events of one id say the same, so that the second is an echo of the first. */
export function sameContent(
  a: Pick<StoredEvent, 'contentHash'>,
  b: Pick<StoredEvent, 'contentHash'>,
): boolean {
  return Buffer.compare(a.contentHash, b.contentHash) === 0;
}
