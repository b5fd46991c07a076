import { createHash } from 'node:crypto';
import type { Dialect } from './dialects/dialect.ts';
import { buildEnvelope } from './envelope.ts';
import { type PosthornError, quote, refuse } from './errors.ts';
import { canonicalJson, inspectJson, isJsonObject, printJson } from './json.ts';

/** The ids that tenants and producers may choose. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** Dotted names of letters, digits, `_` and `-`, e.g. `order.paid` or `FileStore.Upload`. */
export const EVENT_TYPE_PATTERN = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
export const MAX_EVENT_TYPE_LENGTH = 128;

/** Bytes of `data` as it is sent. */
export const MAX_DATA_BYTES = 262_144;

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
  /** Equal for equal content (type, parsed data, occurred_at if sent); 16 bytes. */
  readonly contentHash: Uint8Array;
}

/** What a producer publishes, after its shape was checked. `data` comes from parseJson. */
export interface EventInput {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly occurredAt?: number;
}

/** When an event happened, as its envelope says: what the producer said, else when it was accepted. */
export function eventTime(event: Pick<StoredEvent, 'acceptedAt' | 'occurredAt'>): number {
  return event.occurredAt ?? event.acceptedAt;
}

/**
 * Turns a producer's input into the event to store.
 * @param path where the event stands in the request: empty, or `events[3].`
 * @throws PosthornError that names the path and what would be accepted
 */
export function acceptEvent(
  dialect: Dialect,
  tenantId: string,
  input: EventInput,
  acceptedAt: number,
  path = '',
): StoredEvent {
  const { id, type, data, occurredAt } = input;
  checkType(dialect, type, path);
  if (!isJsonObject(data)) {
    throw refuse('invalid_request', `${path}data`, `data is ${quote(data)}, but a JSON object is wanted.`);
  }
  checkNumbers(dialect, data, path);
  checkOwnEventId(dialect, id, data, path);
  const dataText = printJson(data);
  const hash = createHash('sha256')
    .update(`${type}\n${occurredAt ?? ''}\n${canonicalJson(data)}`)
    .digest();
  const event = { tenantId, id, type, dataText, acceptedAt, occurredAt, contentHash: hash.subarray(0, 16) };
  checkSize(dialect, event, path);
  return event;
}

/** Whether two events of one id say the same, so that the second is an echo of the first. */
export function sameContent(
  a: Pick<StoredEvent, 'contentHash'>,
  b: Pick<StoredEvent, 'contentHash'>,
): boolean {
  return Buffer.compare(a.contentHash, b.contentHash) === 0;
}

function checkType(dialect: Dialect, type: string, path: string): void {
  if (dialect.catalogue === null || dialect.catalogue.some((entry) => entry.type === type)) return;
  const known = dialect.catalogue.map((entry) => entry.type).join(', ');
  const message = `type is ${quote(type)}, which the ${dialect.name} dialect does not know. Accepted: ${known}.`;
  throw refuse('unknown_event_type', `${path}type`, message);
}

function checkNumbers(dialect: Dialect, data: object, path: string): void {
  const inexact = inspectJson(data, `${path}data`);
  if (inexact === undefined || dialect.numbers === 'as-sent') return;
  throw refuse(
    'number_not_exact',
    inexact.path,
    `${inexact.path} is ${inexact.digits}, which receivers of the ${dialect.name} dialect would read as another number. Send it as a string.`,
  );
}

/** Receivers of this dialect take `data.eventId` for the event's id, so a different one of the producer's must not stand there. */
function checkOwnEventId(dialect: Dialect, id: string, data: Record<string, unknown>, path: string): void {
  if (!dialect.envelope.some((field) => field.from === 'event.data-with-event-id')) return;
  if (!Object.hasOwn(data, 'eventId') || data.eventId === id) return;
  throw refuse(
    'invalid_request',
    `${path}data.eventId`,
    `data.eventId is ${quote(data.eventId)}, but the event's id is ${quote(id)}. Leave it out, or send the same id.`,
  );
}

function checkSize(dialect: Dialect, event: StoredEvent, path: string): void {
  const dataBytes = Buffer.byteLength(event.dataText);
  if (dataBytes > MAX_DATA_BYTES) throw tooLarge(path, `data is ${dataBytes} bytes`, MAX_DATA_BYTES);
  const bodyBytes = Buffer.byteLength(buildEnvelope(dialect, event, 'x'.repeat(MAX_API_VERSION_LENGTH)));
  if (bodyBytes > dialect.maxBodyBytes) {
    throw tooLarge(path, `data makes a ${dialect.name} webhook of ${bodyBytes} bytes`, dialect.maxBodyBytes);
  }
}

/** An endpoint's API version stands in some envelopes; a body must fit with the longest one. */
export const MAX_API_VERSION_LENGTH = 32;

function tooLarge(path: string, found: string, limit: number): PosthornError {
  return refuse('payload_too_large', `${path}data`, `${found}; at most ${limit} are accepted.`);
}
