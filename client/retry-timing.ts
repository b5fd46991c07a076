const FIRST_MS = 500;
const LONGEST_MS = 8_000;
/** A longer `Retry-After` is for the caller to decide on: the call fails at once. */
export const LONGEST_RETRY_AFTER_MS = 60_000;

/** Whether a refusal may pass by itself; also that of an attempt which came while the one before was carried out. */
export function mayPass(status: number, code: string): boolean {
  return status === 429 || status >= 500 || code === 'request_in_progress';
}

/**
 * Milliseconds until the next attempt: 0.5, 1, 2, 4, 8 s, each between half of it and all of it, so that clients that
 * failed together do not come back together; and never before the server's `Retry-After`.
 *
 * @param attempt the one that failed, from 1
 * @param chance at least 0 and less than 1
 */
export function retryDelay(attempt: number, chance: number, retryAfterMs = 0): number {
  const backoff = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.max(retryAfterMs, Math.round(backoff * (0.5 + chance / 2)));
}

/** RFC 9110, section 10.2.3: seconds or a date. Undefined where there is neither. */
export function readRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
