import type { Dialect } from './dialects/dialect.ts';
import { buildEnvelope, type EnvelopeEvent } from './envelope.ts';
import { type PosthornError, quote, refuse } from './errors.ts';
import { hashContent, MAX_API_VERSION_LENGTH, MAX_DATA_BYTES, type StoredEvent } from './event.ts';
import { knownTypes } from './file-events.ts';
import { inspectJson, isJsonObject, printJson } from './json.ts';

/** What a producer publishes, after its shape was checked. `data` comes from parseJson. */
export interface EventInput {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly occurredAt?: number;
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
  const event = { tenantId, id, type, dataText: printJson(data), acceptedAt, occurredAt };
  // Before the hash, whose work grows with the digits of a number.
  checkSize(dialect, event, path);
  return { ...event, contentHash: hashContent(type, occurredAt, data) };
}

function checkType(dialect: Dialect, type: string, path: string): void {
  const types = knownTypes(dialect);
  if (types === null || types.some((entry) => entry.type === type)) return;
  const known = types.map((entry) => entry.type).join(', ');
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

function checkSize(dialect: Dialect, event: EnvelopeEvent, path: string): void {
  const dataBytes = Buffer.byteLength(event.dataText);
  if (dataBytes > MAX_DATA_BYTES) throw tooLarge(path, `data is ${dataBytes} bytes`, MAX_DATA_BYTES);
  const bodyBytes = Buffer.byteLength(buildEnvelope(dialect, event, 'x'.repeat(MAX_API_VERSION_LENGTH)));
  if (bodyBytes > dialect.maxBodyBytes) {
    throw tooLarge(path, `data makes a ${dialect.name} webhook of ${bodyBytes} bytes`, dialect.maxBodyBytes);
  }
}

function tooLarge(path: string, found: string, limit: number): PosthornError {
  return refuse('payload_too_large', `${path}data`, `${found}; at most ${limit} are accepted.`);
}
