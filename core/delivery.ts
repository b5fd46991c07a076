import { idTime } from './ids.ts';

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

/**
 * What a list of deliveries shows of each, by the names in the table: tenant, endpoint, event, type, state, attempts, status
 * code, milliseconds, when, next attempt, reason, writer, test, pending resend, resends.
 */
export const LISTED_ATTRIBUTES = [
  't',
  'p',
  'e',
  'y',
  's',
  'n',
  'c',
  'm',
  'z',
  'w',
  'r',
  'k',
  'g',
  'q',
  'u',
] as const;

/** The queue's message: which event goes to which endpoint, and the how-many-th attempt it asks for. */
export interface DeliveryMessage {
  readonly tenantId: string;
  readonly eventId: string;
  readonly endpointId: string;
  /** When the event was accepted, milliseconds since 1970: with the ids it says where the record is. */
  readonly acceptedAt: number;
  /** Counted from 1; resends are not in it. */
  readonly attempt: number;
  /** Which resend it asks for, instead of the schedule's next attempt. */
  readonly resend?: string;
  /** Where it asks for a new schedule: how many attempts the record had before it; {@link attempt} is one more. */
  readonly base?: number;
  /** Whether it finds out for a resting endpoint if deliveries get through again. */
  readonly probe?: true;
  /** Whether it is the last attempt of a delivery that waits for a circuit: its event is about to be deleted. */
  readonly last?: true;
  /** When its request may begin, where its endpoint has a rate: reserved already, milliseconds since 1970. */
  readonly slot?: number;
  /** By which rate that was reserved, requests a second. */
  readonly slotRate?: number;
  /** How often it found every place of its endpoint taken. */
  readonly refusals?: number;
}

/** How long the queue keeps a message that nobody takes. */
export const MESSAGES_KEPT_DAYS = 4;

/** What a delivery's record says of its course. */
export interface DeliveryCourse {
  readonly state: DeliveryState;
  /** Attempts recorded that a schedule made. */
  readonly attempts: number;
  /** How many of them an earlier schedule made: the present one began behind them. None where absent. */
  readonly base?: number;
  /** The resend that was asked for and has not been made yet; its id tells when. */
  readonly resend?: string;
  /** Resends recorded. */
  readonly resends?: number;
  /** When the next attempt is due, while `retrying`; since when the first one is, where it waits for a circuit. */
  readonly nextAttemptAt?: number;
  /** Whether it waits for its endpoint's circuit, which sends it on; nothing else carries it. */
  readonly waiting?: boolean;
}

/** What to do with a message that was received. */
export type Receipt =
  | { readonly action: 'send' }
  /** The attempt was recorded, and what should have followed it is overdue: it was lost on its way, so ask for it again. */
  | { readonly action: 'resume'; readonly attempt: number }
  /** The attempt was recorded, and what follows it may be on its way: look again at this time, milliseconds since 1970. */
  | { readonly action: 'wait'; readonly until: number }
  | { readonly action: 'drop' };

/**
 * How long after its time a retry is taken for lost, milliseconds: EventBridge Scheduler may take a minute, and a full
 * queue a little longer. Too short starts a second chain of retries beside a slow one; too long delays one after a crash.
 */
export const RETRY_GRACE_MS = 120_000;

/**
 * Decides what a message means, given what is recorded. Messages arrive more than once, late, and after crashes; the
 * record is what counts:
 *
 * | recorded | the message asks for | then |
 * |---|---|---|
 * | nothing, or pending | attempt 1 | send |
 * | retrying after n attempts | attempt n + 1 | send |
 * | retrying after n attempts | attempt n | the writer may have died before it queued n + 1: wait until that is overdue |
 * | retrying after n attempts, n + 1 overdue | attempt n or an older one | n + 1 was lost on its way: queue it |
 * | this resend as asked for | a resend | send, whatever the schedule does |
 * | waiting for a circuit after n attempts | attempt n + 1 as the last one | send; where anything else is recorded, drop |
 * | nothing, failed or discarded after n attempts | a new schedule behind n attempts | send |
 * | what this new schedule made | a new schedule | as its attempt says, by the lines above |
 * | anything else | | a duplicate or a stale schedule: drop |
 * @param now milliseconds since 1970
 * @param graceMs see {@link RETRY_GRACE_MS}
 */
export function judgeReceipt(
  message: DeliveryMessage,
  recorded: DeliveryCourse | undefined,
  now: number,
  graceMs: number,
): Receipt {
  if (message.resend !== undefined) {
    return recorded?.resend === message.resend ? { action: 'send' } : { action: 'drop' };
  }
  if (message.last) {
    const waits = recorded?.waiting && message.attempt === recorded.attempts + 1;
    return { action: waits ? 'send' : 'drop' };
  }
  if (recorded === undefined || recorded.state === 'pending') {
    return message.attempt === 1 ? { action: 'send' } : { action: 'drop' };
  }
  if (message.base !== undefined) {
    if (beginsAnew(message, recorded)) return { action: 'send' };
    if (message.base !== (recorded.base ?? 0)) return { action: 'drop' };
  }
  const { state, attempts, nextAttemptAt } = recorded;
  if (state !== 'retrying' || nextAttemptAt === undefined || message.attempt > attempts + 1)
    return { action: 'drop' };
  if (message.attempt === attempts + 1) return { action: 'send' };
  const overdueAt = nextAttemptAt + graceMs;
  if (now >= overdueAt) return { action: 'resume', attempt: attempts + 1 };
  return message.attempt === attempts ? { action: 'wait', until: overdueAt } : { action: 'drop' };
}

/** Whether the delivery had ended when the message asked for a new schedule, and nothing has happened to it since. */
function beginsAnew({ base, attempt }: DeliveryMessage, { state, attempts }: DeliveryCourse): boolean {
  const hasEnded = state === 'failed' || state === 'discarded';
  return hasEnded && attempts === base && attempt === attempts + 1;
}

/** The message for a later attempt of the schedule that a message is about; where that began, the record says. */
export function laterAttempt(message: DeliveryMessage, attempt: number): DeliveryMessage {
  const { tenantId, eventId, endpointId, acceptedAt } = message;
  return { tenantId, eventId, endpointId, acceptedAt, attempt };
}

/** How many attempts a delivery had, resends included. */
export function countAttempts({ attempts, resends = 0 }: DeliveryCourse): number {
  return attempts + resends;
}

/** Whether a resend is still to be made, by the message that was queued when it was asked for. */
export function awaitsResend({ resend }: Pick<DeliveryCourse, 'resend'>, now: number): boolean {
  return resend !== undefined && now < idTime(resend) + MESSAGES_KEPT_DAYS * 86_400_000;
}
