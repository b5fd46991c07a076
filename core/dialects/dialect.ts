/**
 * What one webhook guide promises, as data. Everything that differs between guides is a field here; the rest of
 * the platform is handed a dialect and never asks for its name.
 */
export interface Dialect {
  /** The name that a tenant chooses it by, e.g. `arka`. */
  readonly name: string;
  /** Who wrote the guide, for people. */
  readonly title: string;
  readonly idPrefixes: { readonly event: string; readonly endpoint: string; readonly delivery: string };
  /** The wire body's members, in wire order. */
  readonly envelope: readonly EnvelopeField[];
  /**
   * `as-sent` keeps the producer's digits (receivers verify the raw body); `double` refuses a number that a double
   * cannot hold, because this guide's receivers verify `JSON.stringify(JSON.parse(body))`.
   */
  readonly numbers: 'as-sent' | 'double';
  /** How requests are signed; null where the guide has no signature. */
  readonly signature: SignatureScheme | null;
  /** What may stand in an endpoint's `auth`; empty where the guide knows none. */
  readonly auth: readonly EndpointAuthKind[];
  /** One total deadline per attempt: connect, TLS, headers and body. Milliseconds. */
  readonly timeoutMs: number;
  /** Seconds from the end of failed attempt n to attempt n + 1; its length + 1 is the number of attempts. */
  readonly retryDelays: readonly number[];
  /** Share by which a delay may vary, e.g. 0.1 for ±10 %. */
  readonly jitter: number;
  /** The largest wire body, bytes of UTF-8. */
  readonly maxBodyBytes: number;
  /** Statuses that end the delivery at once. */
  readonly neverRetry: readonly number[];
  /** Statuses that also disable the endpoint. */
  readonly disableOn: readonly number[];
  /** Why a person may not resend a delivery, or null where they may. */
  readonly resendRefusal: string | null;
  /** The event types, or null where the tenant's own are taken (any dotted name). */
  readonly catalogue: readonly EventTypeDefinition[] | null;
  /** What the events about documents are called; `file.uploaded` and `file.downloaded` where absent. */
  readonly fileEvents?: Readonly<Record<FileEventKind, string>>;
}

export type FileEventKind = 'upload' | 'download';

/** One member of the envelope: its key on the wire and where its value comes from. */
export interface EnvelopeField {
  readonly key: string;
  readonly from: EnvelopeSource;
}

export type EnvelopeSource =
  /** The event's id. */
  | 'event.id'
  /** The dotted type, e.g. `order.paid`. */
  | 'event.type'
  /** The part of the type before its first dot, e.g. `FileStore`. */
  | 'event.category'
  /** The part of the type after its first dot, e.g. `Upload`. */
  | 'event.action'
  /** The event's time, whole seconds since 1970. */
  | 'event.unix-seconds'
  /** The event's time, ISO 8601 without milliseconds, e.g. `2026-01-15T12:30:00Z`. */
  | 'event.iso-seconds'
  /** The event's time, ISO 8601 with milliseconds. */
  | 'event.iso-millis'
  /** The producer's data. */
  | 'event.data'
  /** The producer's data with the event's id as its first member `eventId`. */
  | 'event.data-with-event-id'
  /** The producer's data without its member `callback`. */
  | 'event.data-without-callback'
  /** The data's member `callback`; the field is left out where there is none. */
  | 'event.callback'
  /** The tenant's id. */
  | 'tenant.id'
  /** The endpoint's API version, or null. */
  | 'endpoint.api-version';

export interface SignatureScheme {
  /** The parts of the signed content, joined by full stops. */
  readonly content: readonly ('id' | 'timestamp' | 'body')[];
  readonly header: string;
  /** `hex`: 64 lower-case digits and nothing else. `versioned`: `v1,<base64>` per secret, space-separated. */
  readonly format: 'hex' | 'versioned';
  /** `utf8`: the whole string is the key. `base64`: the key is the base64 text after `whsec_`. */
  readonly secretEncoding: 'utf8' | 'base64';
  /** Carries the attempt's time in whole seconds. */
  readonly timestampHeader?: string;
  /** Carries the event's id. */
  readonly idHeader?: string;
}

export type EndpointAuthKind = 'header' | 'openIdConnect';

export interface EventTypeDefinition {
  readonly type: string;
  readonly group: string;
  readonly description: string;
  /** A `data` that such an event carries, from the guide where it has one. */
  readonly example: Readonly<Record<string, unknown>>;
  /** JSON Schema 2020-12 of `data`. Never forced on anybody who did not ask for it. */
  readonly schema: Readonly<Record<string, unknown>>;
}
