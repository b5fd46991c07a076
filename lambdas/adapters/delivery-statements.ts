import type { BatchStatementRequest } from '@aws-sdk/client-dynamodb';
import type { Attempt } from '../../core/attempt.ts';
import type { DeliveryCourse, DeliveryMessage, DeliveryState } from '../../core/delivery.ts';
import type { TransportErrorCode } from '../../core/judge-response.ts';
import { deliveryExpiry, eventExpiry } from '../../core/retention.ts';
import { attemptName } from './attempt-log.ts';
import { addressOf, attemptKey, deliveryKey, partition, tableName, WAITING } from './delivery-store.ts';
import type { Item } from './dynamodb.ts';
import { keptDays } from './environment.ts';
import { packText } from './packing.ts';

/** One attempt's result, to be recorded. */
export interface DeliveryChange {
  readonly message: DeliveryMessage;
  readonly eventType: string;
  /** What was recorded when the message was received. */
  readonly recorded: DeliveryCourse | undefined;
  readonly state: DeliveryState;
  readonly nextAttemptAt?: number;
  /** Whether it waits for its endpoint's circuit: nothing else is to carry it. */
  readonly waiting?: boolean;
  /** Absent where the delivery was discarded without one. */
  readonly attempt?: Attempt;
  readonly error?: string;
  /** Why there was no answer; absent where there was one. */
  readonly failure?: TransportErrorCode;
  /** How many days the event's tenant keeps deliveries; the platform's where absent. */
  readonly keptDays?: number;
  /** When its event is deleted, seconds since 1970; absent where that is gone. */
  readonly eventExpiresAt?: number;
  readonly writer: string;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

/**
 * The write that records a change, and the only one for a delivery that succeeds at once. It is refused where the
 * record is no longer what it was when the message was received: of two messages for one attempt, one is recorded.
 */
export function recordStatement(change: DeliveryChange): BatchStatementRequest {
  const { message, recorded } = change;
  if (recorded === undefined) return insertStatement(change);
  return message.resend === undefined
    ? updateStatement(change, recorded)
    : resendStatement(change, recorded, message.resend);
}

function insertStatement(change: DeliveryChange): BatchStatementRequest {
  const { message } = change;
  const item: Item = {
    ...deliveryKey(addressOf(message)),
    t: { S: message.tenantId },
    p: { S: message.endpointId },
    e: { S: message.eventId },
    y: { S: change.eventType },
    ...summary(change),
  };
  const names = Object.keys(item);
  return {
    Statement: `INSERT INTO "${tableName()}" VALUE {${names.map((name) => `'${name}': ?`).join(', ')}}`,
    Parameters: names.map((name) => item[name] as Item[string]),
  };
}

/** What a change does not set is removed; the last attempt's status and time stay where there was no new attempt. */
const REMOVABLE = ['w', 'r', 'tpk', 'tsk'];
const REMOVABLE_BY_ATTEMPT = [...REMOVABLE, 'c', 'm', 'f'];

function updateStatement(change: DeliveryChange, recorded: DeliveryCourse): BatchStatementRequest {
  const removable = change.attempt === undefined ? REMOVABLE : REMOVABLE_BY_ATTEMPT;
  return update(change.message, summary(change), removable, courseOf(recorded));
}

/** The condition that the schedule went no further than what was read. */
function courseOf({ attempts, state }: DeliveryCourse): Item {
  return { n: { N: String(attempts) }, s: { S: state } };
}

/**
 * A resend that succeeds ends the delivery. One that fails leaves the schedule's state, count and next attempt as they
 * are, so that a resend and a retry may race; and of a delivery that has succeeded it leaves everything.
 */
function resendStatement(
  change: DeliveryChange,
  recorded: DeliveryCourse,
  resend: string,
): BatchStatementRequest {
  const { attempt, state } = change;
  const succeeded = attempt !== undefined && state === 'succeeded';
  const shown = recorded.state !== 'succeeded' || succeeded;
  const set: Item = {
    k: { S: change.writer },
    ...(attempt && { u: { N: String((recorded.resends ?? 0) + 1) }, ttl: expiryOf(outlasting(change)) }),
    ...(shown ? outcome(change) : attempt && { v: { M: outcome(change) } }),
    ...(succeeded && { s: { S: state } }),
  };
  const removable = [
    'q',
    ...(attempt ? ['v'] : []),
    ...(shown ? ['r'] : []),
    ...(shown && attempt ? ['c', 'm', 'f'] : []),
    ...(succeeded ? REMOVABLE : []),
  ];
  return update(change.message, set, [...new Set(removable)], { q: { S: resend }, ...courseOf(recorded) });
}

/** The change of a resend, with the retry that is due beside it, or the circuit that it waits for: the record outlives these. */
function outlasting(change: DeliveryChange): DeliveryChange {
  if (change.state === 'succeeded') return { ...change, nextAttemptAt: undefined, waiting: false };
  const { nextAttemptAt, waiting } = change.recorded ?? {};
  return { ...change, nextAttemptAt, waiting };
}

/** Sets attributes and removes those of `removable` that are not set, on the condition of what was read. */
function update(
  message: DeliveryMessage,
  set: Item,
  removable: readonly string[],
  condition: Item,
): BatchStatementRequest {
  const where: Item = { ...deliveryKey(addressOf(message)), ...condition };
  const changes = [
    ...Object.keys(set).map((name) => `SET "${name}"=?`),
    ...removable.filter((name) => !(name in set)).map((name) => `REMOVE "${name}"`),
  ];
  const conditions = Object.keys(where).map((name) => `"${name}"=?`);
  return {
    Statement: `UPDATE "${tableName()}" ${changes.join(' ')} WHERE ${conditions.join(' AND ')}`,
    Parameters: [...Object.values(set), ...Object.values(where)],
  };
}

/** What the record says of its last attempt. Only a delivery in trouble stands in the index. */
function summary(change: DeliveryChange): Item {
  const { message, attempt, state, nextAttemptAt, waiting } = change;
  const { endpointKey, order } = addressOf(message);
  const inTrouble = state !== 'succeeded';
  return {
    s: { S: state },
    n: { N: String(attempt === undefined ? (change.recorded?.attempts ?? 0) : message.attempt) },
    ...(message.base ? { b: { N: String(message.base) } } : {}),
    k: { S: change.writer },
    ...outcome(change),
    ...(nextAttemptAt !== undefined && { w: { N: String(nextAttemptAt) } }),
    ...(attempt && message.attempt === 1 && { x: packText(JSON.stringify(attempt)) }),
    ttl: expiryOf(change),
    ...(inTrouble && {
      tpk: { S: `${partition({ endpointKey, order })}#${waiting ? WAITING : state}` },
      tsk: { S: order },
    }),
  };
}

/** How an attempt went, and when. */
function outcome({ attempt, changedAt, error, failure }: DeliveryChange): Item {
  return {
    ...(attempt?.statusCode !== undefined && { c: { N: String(attempt.statusCode) } }),
    ...(attempt && { m: { N: String(attempt.durationMs) } }),
    z: { N: String(changedAt) },
    ...(error !== undefined && { r: { S: error } }),
    ...(failure !== undefined && { f: { S: failure } }),
  };
}

/** The item of a later attempt: small and of its own, so that the tenth costs what the second does. */
export function attemptItem(change: DeliveryChange, attempt: Attempt): Item {
  const { message, recorded, writer } = change;
  const isResend = message.resend !== undefined;
  const number = isResend ? (recorded?.resends ?? 0) + 1 : message.attempt;
  return {
    ...attemptKey(addressOf(message), attemptName(number, isResend), writer),
    x: packText(JSON.stringify(attempt)),
    ttl: expiryOf(change),
  };
}

function expiryOf(change: DeliveryChange): Item[string] {
  const { changedAt, nextAttemptAt = 0, waiting } = change;
  // Nobody knows how long it will wait: as long as there is something to send, then.
  const lastAt = waiting ? Number.POSITIVE_INFINITY : Math.max(changedAt, nextAttemptAt);
  return { N: String(deliveryExpiry(lastAt, eventExpiryOf(change), keptDays(change.keptDays))) };
}

/** When the event of a delivery is deleted, seconds since 1970: as stored, or as it is stored today. */
export function eventExpiryOf({
  message,
  keptDays: own,
  eventExpiresAt,
}: Pick<DeliveryChange, 'message' | 'keptDays' | 'eventExpiresAt'>): number {
  return eventExpiresAt ?? eventExpiry(message.acceptedAt, keptDays(own));
}
