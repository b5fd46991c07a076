import { laterAttempt } from '../../core/delivery.ts';
import { formatDeliveryId } from '../../core/ids.ts';
import { chooseCarrier } from '../../core/next-attempt.ts';
import { lastAttemptAt } from '../../core/retention.ts';
import { queueDeliveries } from './delivery-queue.ts';
import { type DeliveryChange, eventExpiryOf } from './delivery-statements.ts';
import { addressOf } from './delivery-store.ts';
import { requireDialect } from './dialects.ts';
import { circuitSettings, maxQueueDelayMs } from './environment.ts';
import { scheduleDelivery } from './retry-scheduler.ts';

/** What is to be known of a delivery that begins to wait, or does. */
type WaitingChange = Pick<
  DeliveryChange,
  'message' | 'recorded' | 'attempt' | 'waiting' | 'keptDays' | 'eventExpiresAt'
>;

/**
 * Sees to it that a delivery which begins to wait for its endpoint's circuit ends in sight, should its event be deleted before
 * the circuit sends it on: by a last attempt shortly before. Where an attempt was made, to be called after it was recorded: should
 * it fail, the message comes back and plans anew without another request. Before the record where none was, since the copy that
 * comes back is dropped then. No call where a tenant keeps its deliveries for as long as most do.
 */
export async function planLastAttempt(change: WaitingChange, dialect: string): Promise<void> {
  if (!change.waiting) return;
  const { message, recorded, attempt } = change;
  const now = Date.now();
  const dueAt = lastAttemptAt(eventExpiryOf(change), now, circuitSettings().disableAfterMs);
  if (dueAt === undefined) return;
  const made = attempt === undefined ? (recorded?.attempts ?? 0) : message.attempt;
  const last = { ...laterAttempt(message, made + 1), last: true } as const;
  const carrier = chooseCarrier(dueAt, now, maxQueueDelayMs() / 1000);
  if (carrier.by === 'queue') return queueDeliveries([{ message: last, delaySeconds: carrier.delaySeconds }]);
  const id = formatDeliveryId(requireDialect(dialect).idPrefixes.delivery, addressOf(message));
  await scheduleDelivery(id, last, carrier.at);
}
