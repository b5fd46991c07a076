import type { Dialect } from './dialects/dialect.ts';

export interface FailedAttempt {
  /** Counted from 1 in its schedule; resends are not in it. */
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
  /** The status, where one was received. */
  readonly status?: number;
  /** The header `Retry-After` as it came: seconds or an HTTP date. */
  readonly retryAfter?: string;
}

/**
 * When the attempt after a failed one is due, milliseconds since 1970, or undefined where the schedule is exhausted.
 *
 * The delay counts from the end of the failed attempt. `Retry-After` on 429 and 503 may lengthen it, never shorten it,
 * and never past the dialect's last delay.
 * @param chance a number from 0 to 1; the middle is the plain delay
 */
export function nextAttemptAt(dialect: Dialect, failed: FailedAttempt, chance: number): number | undefined {
  const delay = dialect.retryDelays[failed.attempt - 1];
  if (delay === undefined) return undefined;
  const jittered = delay * 1000 * (1 + dialect.jitter * (2 * chance - 1));
  const longest = 1000 * Math.max(...dialect.retryDelays);
  const asked = Math.min(askedDelay(failed), longest);
  return Math.round(failed.endedAt + Math.max(jittered, asked));
}

function askedDelay({ status, retryAfter, endedAt }: FailedAttempt): number {
  if (retryAfter === undefined || (status !== 429 && status !== 503)) return 0;
  if (/^\d+$/.test(retryAfter.trim())) return Number(retryAfter) * 1000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? 0 : Math.max(0, date - endedAt);
}

/** The queue's own limit on a message's delay, seconds (Amazon SQS, SendMessage, DelaySeconds). */
export const MAX_QUEUE_DELAY_SECONDS = 900;

/** What carries a retry until it is due. */
export type Carrier =
  | { readonly by: 'queue'; readonly delaySeconds: number }
  | { readonly by: 'schedule'; readonly at: number };

/**
 * The queue carries what it can; longer waits become one-time schedules.
 * @param maxQueueDelay seconds, at most {@link MAX_QUEUE_DELAY_SECONDS}
 */
export function chooseCarrier(dueAt: number, now: number, maxQueueDelay = MAX_QUEUE_DELAY_SECONDS): Carrier {
  const delaySeconds = Math.max(0, Math.ceil((dueAt - now) / 1000));
  return delaySeconds <= maxQueueDelay ? { by: 'queue', delaySeconds } : { by: 'schedule', at: dueAt };
}
