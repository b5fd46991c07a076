/** A delivery's states, as stored. */
export type DeliveryState = 'pending' | 'retrying' | 'succeeded' | 'failed' | 'discarded';

/** What the API calls a state, in the guides' words. */
export const SHOWN_STATE = {
  pending: 'pending',
  retrying: 'retrying',
  succeeded: 'success',
  failed: 'failed',
  discarded: 'discarded',
} as const satisfies Record<DeliveryState, string>;

/** The queue's message: which event goes to which endpoint, and the how-many-th attempt it asks for. */
export interface DeliveryMessage {
  readonly tenantId: string;
  readonly eventId: string;
  readonly endpointId: string;
  /** When the event was accepted, milliseconds since 1970: with the ids it says where the record is. */
  readonly acceptedAt: number;
  /** Counted from 1. */
  readonly attempt: number;
}

/** What a delivery's record says of its course. */
export interface DeliveryCourse {
  readonly state: DeliveryState;
  /** Attempts recorded. */
  readonly attempts: number;
  /** When the next attempt is due, while `retrying`. */
  readonly nextAttemptAt?: number;
}

/** What to do with a message that was received. */
export type Receipt =
  | { readonly action: 'send' }
  /** The attempt was recorded, but what follows it may not have been: do that again. */
  | { readonly action: 'resume'; readonly nextAttemptAt: number }
  | { readonly action: 'drop' };

/**
 * Decides what a message means, given what is recorded. Messages arrive more than once, late, and after crashes; the
 * record is what counts:
 *
 * | recorded | the message asks for | then |
 * |---|---|---|
 * | nothing, or pending | attempt 1 | send |
 * | retrying after n attempts | attempt n + 1 | send |
 * | retrying after n attempts | attempt n | the writer may have died before it queued n + 1: queue it (again) |
 * | anything else | | a duplicate or a stale schedule: drop |
 */
export function judgeReceipt(message: DeliveryMessage, recorded: DeliveryCourse | undefined): Receipt {
  if (recorded === undefined || recorded.state === 'pending') {
    return message.attempt === 1 ? { action: 'send' } : { action: 'drop' };
  }
  if (recorded.state !== 'retrying') return { action: 'drop' };
  if (message.attempt === recorded.attempts + 1) return { action: 'send' };
  if (message.attempt === recorded.attempts && recorded.nextAttemptAt !== undefined) {
    return { action: 'resume', nextAttemptAt: recorded.nextAttemptAt };
  }
  return { action: 'drop' };
}
