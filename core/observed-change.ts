import { countAttempts, type DeliveryCourse, type DeliveryState } from './delivery.ts';
import type { TransportErrorCode } from './judge-response.ts';

/** How attempts fail: by the class of the answer's status, or by why there was no answer. */
export const FAILURE_KINDS = ['3xx', '4xx', '5xx', 'timeout', 'connection', 'tls', 'dns', 'other'] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

/** How deliveries end. */
export const END_STATES = ['succeeded', 'failed', 'discarded'] as const satisfies DeliveryState[];
export type EndState = (typeof END_STATES)[number];

/** How an attempt went. */
interface Outcome {
  readonly statusCode?: number;
  readonly durationMs?: number;
  /** Why it failed, in words. */
  readonly error?: string;
  readonly failure?: TransportErrorCode;
}

/** What a record says of its course, and of its last attempt. */
export interface RecordedCourse extends DeliveryCourse, Outcome {
  /** The last attempt, where it was a resend that failed after the delivery had succeeded. */
  readonly failedResend?: Outcome;
}

/** What happened between two images of a delivery's record. */
export interface ObservedChange {
  /** An attempt was made. */
  readonly attempt?: {
    /** Absent where it succeeded. */
    readonly failure?: FailureKind;
    /** How long the answer took; absent where there was none. */
    readonly answeredInMs?: number;
  };
  /** The delivery ended; a resend may end one again that had failed. */
  readonly ended?: EndState;
}

/**
 * Compares two images of a delivery's record. An attempt is seen by the counts, which only rise: other writes (a resend
 * that is asked for, a delivery that is pending) are none. A failed delivery that was recovered and fails again at once ends
 * again, though its state is the same: an attempt of a schedule was made, and no resend.
 * @param before absent where the record is new
 */
export function observeChange(before: RecordedCourse | undefined, after: RecordedCourse): ObservedChange {
  const failsAgain = after.state === 'failed' && after.attempts > (before?.attempts ?? 0);
  const changes = after.state !== before?.state || failsAgain;
  const isEnd = changes && END_STATES.some((state) => state === after.state);
  const ended = isEnd ? (after.state as EndState) : undefined;
  const made = countAttempts(after) > (before === undefined ? 0 : countAttempts(before));
  if (!made) return { ended };
  const last = after.failedResend ?? after;
  const { statusCode, durationMs, error } = last;
  return {
    ended,
    attempt: {
      failure: error === undefined ? undefined : failureKind(last),
      answeredInMs: statusCode === undefined ? undefined : durationMs,
    },
  };
}

function failureKind({ statusCode, failure }: Outcome): FailureKind {
  const kind = statusCode === undefined ? failure : `${Math.floor(statusCode / 100)}xx`;
  return FAILURE_KINDS.find((known) => known === kind) ?? 'other';
}
