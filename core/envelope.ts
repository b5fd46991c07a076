import type { Dialect, EnvelopeSource } from './dialects/dialect.ts';
import { eventTime, type StoredEvent } from './event.ts';
import { isJsonObject, parseJson, printJson } from './json.ts';

/** What an envelope is built from. */
export type EnvelopeEvent = Omit<StoredEvent, 'contentHash'>;

/**
 * Builds the wire body of an event. The same event always gives the same bytes, so a body need not be stored.
 *
 * The text survives `JSON.stringify(JSON.parse(text))` unchanged (the receivers of two guides verify that), but for
 * digits that a double cannot hold, which only dialects with `numbers: 'as-sent'` accept.
 * @param apiVersion the endpoint's, where its dialect shows one
 */
export function buildEnvelope(dialect: Dialect, event: EnvelopeEvent, apiVersion?: string): string {
  const members: string[] = [];
  for (const { key, from } of dialect.envelope) {
    const text = SOURCES[from](event, apiVersion);
    if (text !== undefined) members.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${members.join(',')}}`;
}

/** How each source becomes JSON text; undefined leaves the member out. */
const SOURCES: Record<EnvelopeSource, (event: EnvelopeEvent, apiVersion?: string) => string | undefined> = {
  'event.id': (event) => JSON.stringify(event.id),
  'event.type': (event) => JSON.stringify(event.type),
  'event.category': (event) => JSON.stringify(splitType(event.type)[0]),
  'event.action': (event) => JSON.stringify(splitType(event.type)[1]),
  'event.unix-seconds': (event) => String(Math.floor(eventTime(event) / 1000)),
  'event.iso-seconds': (event) => JSON.stringify(isoSeconds(eventTime(event))),
  'event.iso-millis': (event) => JSON.stringify(new Date(eventTime(event)).toISOString()),
  'event.data': (event) => event.dataText,
  'event.data-with-event-id': (event) =>
    // Spreading into an object literal keeps JSON.parse's key order: integer-like keys first, then eventId.
    printJson({ eventId: event.id, ...(JSON.parse(event.dataText) as object) }),
  'event.data-without-callback': (event) => splitCallback(event.dataText).data,
  'event.callback': (event) => splitCallback(event.dataText).callback,
  'tenant.id': (event) => JSON.stringify(event.tenantId),
  'endpoint.api-version': (_event, apiVersion) => JSON.stringify(apiVersion ?? null),
};

/** A dotted type as arken writes it: `FileStore` and `Upload`. */
export function splitType(type: string): [category: string, action: string] {
  const dot = type.indexOf('.');
  return dot < 0 ? [type, ''] : [type.slice(0, dot), type.slice(dot + 1)];
}

function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** A callback is lifted only where it is one: an object with a method and a url. */
function splitCallback(dataText: string): { data: string; callback: string | undefined } {
  const asIs = { data: dataText, callback: undefined };
  if (!dataText.includes('"callback"')) return asIs;
  const { callback, ...data } = parseJson(dataText) as Record<string, unknown>;
  if (!isJsonObject(callback) || typeof callback.method !== 'string' || typeof callback.url !== 'string') {
    return asIs;
  }
  return { data: printJson(data), callback: printJson(callback) };
}
