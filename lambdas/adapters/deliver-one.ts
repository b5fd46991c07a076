import { randomBytes } from 'node:crypto';
import { type CircuitReceipt, judgeAtCircuit } from '../../core/circuit-receipt.ts';
import { type DeliveryMessage, judgeReceipt, laterAttempt } from '../../core/delivery.ts';
import type { StoredEvent } from '../../core/event.ts';
import { nextAttemptAt } from '../../core/next-attempt.ts';
import { sendAttempt } from './attempt-sender.ts';
import { noteDelivery } from './attempt-traces.ts';
import { type LoadedDelivery, loadEvent } from './delivery-loader.ts';
import type { DeliveryRecorder } from './delivery-recorder.ts';
import type { DeliveryChange } from './delivery-statements.ts';
import type { DeliveryRecord } from './delivery-store.ts';
import { followReceipt } from './delivery-writer.ts';
import { requireDialect } from './dialects.ts';
import type { ReadEndpoint } from './endpoint-items.ts';
import { disableEndpoint } from './endpoint-store.ts';
import { maxQueueDelayMs, retryGraceMs } from './environment.ts';
import { planLastAttempt } from './last-attempt.ts';
import type { Pacer } from './pacer.ts';

/** Names the dialect of a discarded delivery whose endpoint is gone; nothing follows it, so nothing is read from it. */
const NO_DIALECT = '';

/** Hands the recorder what came of a message; called once at most. */
export type Settle = () => DeliveryRecorder;

/**
 * Looks at what is recorded of a delivery, and does what its message means then. Resolves when everything that follows
 * is recorded and on its way.
 * @returns what was recorded, if anything was
 */
export async function deliverOne(
  message: DeliveryMessage,
  loaded: LoadedDelivery,
  settle: Settle,
  pacer: Pacer,
): Promise<DeliveryChange | undefined> {
  const { endpoint, recorded } = loaded;
  const receipt = judgeLoaded(message, loaded);
  if (receipt.action === 'drop') return undefined;
  const event = await loadEvent(message, loaded);
  // Both are gone where their tenant is: nobody would find the record, nor delete it.
  if (event === undefined && endpoint === undefined && recorded === undefined) return undefined;
  const writer = randomBytes(6).toString('base64url');
  const { keptDays, expiresAt: eventExpiresAt } = event ?? {};
  const shared = { message, recorded, writer, keptDays, eventExpiresAt };
  const silenced = endpoint?.active === false && event?.testEndpointId === undefined;
  if (event === undefined || endpoint === undefined || silenced) {
    // A new schedule that cannot begin leaves the delivery as it was: failed, so that it can be recovered later.
    if (receipt.action === 'send' && message.base !== undefined) return;
    const error = reasonToDiscard(event, endpoint);
    const discarded = { ...shared, eventType: event?.type ?? '', state: 'discarded', error } as const;
    const change = { ...discarded, changedAt: Date.now() };
    await settle().record(change, endpoint?.dialect ?? NO_DIALECT);
    noteDelivery(event, change);
    return change;
  }
  if (receipt.action === 'park' || receipt.action === 'release') {
    const change = { ...shared, ...restChange(message, receipt, recorded), eventType: event.type };
    await planLastAttempt(change, endpoint.dialect);
    await settle().record(change, endpoint.dialect);
    return change;
  }
  if (receipt.action === 'plan') {
    await planLastAttempt({ ...shared, waiting: true }, endpoint.dialect);
    return undefined;
  }
  const next = followReceipt(message, receipt, endpoint.dialect);
  if (next !== undefined) {
    await settle().resume(next);
    return undefined;
  }
  const admission = await pacer.admit(endpoint, message);
  if (admission.message !== undefined) {
    // Never by a schedule: the name of this attempt's own may be taken still.
    const dueAt = Math.min(admission.dueAt, Date.now() + maxQueueDelayMs());
    await settle().resume({ message: admission.message, dialect: endpoint.dialect, dueAt });
    return undefined;
  }
  const made = await attempt(message, event, endpoint, recorded).finally(admission.done);
  const change = { ...shared, ...made };
  await settle().record(change, endpoint.dialect, endpoint);
  noteDelivery(event, change);
  await planLastAttempt(change, endpoint.dialect);
  return change;
}

/** What a message means, by the record and by the endpoint's circuit. */
export function judgeLoaded(
  message: DeliveryMessage,
  { endpoint, recorded }: Pick<LoadedDelivery, 'endpoint' | 'recorded'>,
): CircuitReceipt {
  const now = Date.now();
  const graceMs = retryGraceMs();
  const judged = judgeReceipt(message, recorded, now, graceMs);
  // What comes for a disabled endpoint is discarded, whatever its circuit.
  const circuit = endpoint?.active ? endpoint.health.circuit : undefined;
  return judgeAtCircuit(message, judged, circuit, recorded, now, {
    exempt: recorded?.test === true,
    graceMs,
  });
}

/** How a delivery begins to wait for its endpoint's circuit, or ceases to: nothing else of it changes. */
function restChange(
  message: DeliveryMessage,
  receipt: Extract<CircuitReceipt, { action: 'park' | 'release' }>,
  recorded: DeliveryRecord | undefined,
) {
  const now = Date.now();
  const { attempts = 0, state = 'pending', error, attemptedAt = now, nextAttemptAt = 0 } = recorded ?? {};
  const kept = { error, changedAt: attemptedAt };
  if (receipt.action === 'release') {
    const made = laterAttempt(message, attempts);
    return { ...kept, message: made, state: 'retrying', nextAttemptAt: receipt.until } as const;
  }
  const waits = { ...kept, waiting: true, nextAttemptAt: Math.max(now, nextAttemptAt) };
  return { ...waits, state: state === 'pending' ? 'pending' : 'retrying' } as const;
}

function reasonToDiscard(event: StoredEvent | undefined, endpoint: ReadEndpoint | undefined): string {
  if (endpoint === undefined) return 'The endpoint was deleted before this attempt.';
  if (!endpoint.active) return 'The endpoint was disabled before this attempt.';
  return event === undefined ? 'The event had expired before this attempt.' : '';
}

/** Why a delivery that waited ends though its dialect has attempts left. */
const LAST_ATTEMPT = ' The endpoint rested until the event was about to be deleted.';

type AttemptChange = Omit<DeliveryChange, 'message' | 'recorded' | 'writer' | 'keptDays' | 'eventExpiresAt'>;

/** Makes the attempt that a message asks for, and decides what follows. Nothing follows a resend: the schedule stays as it is. */
async function attempt(
  message: DeliveryMessage,
  event: StoredEvent,
  endpoint: ReadEndpoint,
  recorded: DeliveryRecord | undefined,
): Promise<AttemptChange> {
  const dialect = requireDialect(endpoint.dialect);
  const isResend = message.resend !== undefined;
  const number = (isResend ? (recorded?.attempts ?? 0) + 1 : message.attempt) + (recorded?.resends ?? 0);
  const sent = await sendAttempt(dialect, event, endpoint, number);
  const { verdict, outcome, endedAt } = sent;
  const inSchedule = message.attempt - (message.base ?? recorded?.base ?? 0);
  const failed = { attempt: inSchedule, endedAt, ...outcome };
  const isFollowed = verdict.retryable && !isResend && !message.last;
  const nextAt = isFollowed ? nextAttemptAt(dialect, failed, Math.random()) : undefined;
  if (verdict.disableEndpoint) {
    // Before the record: a crash in between brings the message back to a disabled endpoint, never to a live one.
    const { tenantId, endpointId } = message;
    const failure = { statusCode: sent.attempt.statusCode, eventType: event.type };
    await disableEndpoint({ tenantId, endpointId }, { reason: verdict.error ?? '', at: endedAt, ...failure });
  }
  return {
    eventType: event.type,
    state: verdict.delivered ? 'succeeded' : nextAt === undefined ? 'failed' : 'retrying',
    nextAttemptAt: nextAt,
    // No schedule is made for an endpoint that rests: its circuit sends the delivery on.
    waiting: nextAt !== undefined && endpoint.active && endpoint.health.circuit?.state === 'open',
    attempt: isResend ? { ...sent.attempt, resend: true } : sent.attempt,
    error: verdict.error && `${verdict.error}${message.last ? LAST_ATTEMPT : ''}`,
    failure: 'error' in outcome ? outcome.error : undefined,
    changedAt: endedAt,
  };
}
