/** The codes that Posthorn's own errors carry; clients may rely on them. */
export type ErrorCode =
  | 'invalid_request'
  | 'invalid_json'
  | 'unauthorized'
  | 'forbidden'
  | 'tenant_disabled'
  | 'not_found'
  | 'method_not_allowed'
  | 'gone'
  | 'conflict'
  | 'request_in_progress'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'unknown_event_type'
  | 'idempotency_key_reused'
  | 'number_not_exact'
  | 'invalid_data'
  | 'internal_error'
  | 'unavailable';

/** One refused value: where it stands (`data.total`, `events[2].id`) and what would be accepted. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** An expected refusal. Its message quotes the value that was refused and says what would be accepted. */
export class PosthornError extends Error {
  override readonly name = 'PosthornError';
  readonly code: ErrorCode;
  readonly faults: readonly Fault[];

  constructor(code: ErrorCode, message: string, faults: readonly Fault[] = [], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.faults = faults;
  }
}

/** Refuses one value of a request. */
export function refuse(code: ErrorCode, path: string, message: string): PosthornError {
  return new PosthornError(code, message, [{ path, message }]);
}

/** A value as an error message quotes it: JSON, at most 80 characters. */
export function quote(value: unknown): string {
  return clip(printQuoted(value), 80);
}

/** A text of the caller's as a message may hold it: an answer must not grow with what was sent. */
export function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 3)}...` : text;
}

/** What a value is, in words, where quoting it would show a secret. */
export function nameKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return (
    { string: 'a text', number: 'a number', boolean: 'true or false' }[typeof value as string] ?? 'an object'
  );
}

/** A member's path as programmers write it: `events[2].id`. @param path where its parent stands, or `events[2].` */
export function joinPath(path: string, key: PropertyKey): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  const separator = path === '' || path.endsWith('.') ? '' : '.';
  return path + separator + clip(String(key), 80);
}

function printQuoted(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // JSON.parse takes any nesting, JSON.stringify overflows the stack: a refusal must not become an internal error.
    return 'nested too deeply to be shown';
  }
}
