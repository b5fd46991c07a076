/** An event type that a tenant declared. */
export interface EventType {
  /** Dotted, e.g. `order.paid`. */
  readonly type: string;
  readonly description?: string;
  /** JSON Schema 2020-12 of `data`. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** A `data` that such an event carries. */
  readonly example?: Readonly<Record<string, unknown>>;
  /** No longer published; the events of the past stay. */
  readonly archived: boolean;
}

/** How many types a tenant may declare: a page of their names and schemas is read once a minute by publishing. */
export const MAX_EVENT_TYPES = 200;
/** Bytes of a schema, and of an example, as JSON. 200 schemas of this size are 3 MB. */
export const MAX_SCHEMA_BYTES = 16_384;
