/** A JSON Schema fragment; the catalogues use draft 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

export const text: Schema = { type: 'string' };
export const integer: Schema = { type: 'integer' };
export const number: Schema = { type: 'number' };
/** ISO 8601, e.g. `2024-01-15T10:30:00Z`. */
export const isoTime: Schema = { type: 'string', format: 'date-time' };
/** Seconds since 1970. */
export const unixTime: Schema = { type: 'integer', minimum: 0 };
export const email: Schema = { type: 'string', format: 'email' };
export const url: Schema = { type: 'string', format: 'uri' };
export const anyObject: Schema = { type: 'object' };
/** A value the guide names without saying what it looks like. */
export const anything: Schema = {};

/** An object that may carry further members: a guide's examples never claim to be complete. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema {
  return { type: 'object', properties, ...(required.length > 0 && { required }) };
}

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

/** The schema of an event's `data`, as a whole document. */
export function data(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', ...object(properties, required) };
}
