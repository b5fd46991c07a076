import { REDACTED } from './endpoint.ts';

/** One HTTP request of a delivery, as the log keeps it. */
export interface Attempt {
  /** Counted from 1, resends included. */
  readonly attempt: number;
  /** Whether a person asked for it. */
  readonly resend?: true;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly statusCode?: number;
  /** Why it failed, in words. */
  readonly error?: string;
  readonly request: {
    readonly url: string;
    /** Exactly as sent, but for credentials. */
    readonly headers: Readonly<Record<string, string>>;
    /** SHA-256 of the body, hex. The body itself is rebuilt from the event, and this proves it the same. */
    readonly bodyHash: string;
  };
  readonly response?: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly truncated: boolean;
  };
}

/** Body bytes kept of an answer. A success's is rarely read, and must leave the record within one write unit. */
export const KEPT_BODY_BYTES = { success: 1_024, failure: 4_096 } as const;
const KEPT_HEADER_BYTES = 2_048;

/** Names of headers that carry credentials, whoever set them; `WWW-Authenticate` only asks for some. */
const CREDENTIAL = /auth(?!enticate)|cookie|secret|token|password|credential|key/i;

/** The headers of a request as the log shows them: credentials hidden, by name or because they are the endpoint's own auth. */
export function redactHeaders(
  headers: Readonly<Record<string, string>>,
  authHeader?: string,
): Record<string, string> {
  const hidden = (name: string) => CREDENTIAL.test(name) || name.toLowerCase() === authHeader?.toLowerCase();
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, hidden(name) ? REDACTED : value]),
  );
}

/** The headers of an answer, in order, as many as fit the log. */
export function capHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  let room = KEPT_HEADER_BYTES;
  for (const [name, value] of Object.entries(headers)) {
    const text = CREDENTIAL.test(name) ? REDACTED : String(value);
    room -= name.length + text.length;
    if (room < 0) break;
    kept[name] = text;
  }
  return kept;
}
