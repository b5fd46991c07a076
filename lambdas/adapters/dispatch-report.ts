import type { StoredEvent } from '../../core/event.ts';
import type { QueuedDelivery } from './delivery-queue.ts';
import { measure } from './metrics.ts';
import { noteHop } from './tracing.ts';

/**
 * Counts what was queued for these events, and notes it of those that are traced. To be called when it is done: a batch
 * that fails is made again, and would be counted again.
 */
export function reportDispatch(
  name: 'dispatch' | 'fan-out',
  events: readonly StoredEvent[],
  deliveries: readonly QueuedDelivery[],
  startedAt: number,
): void {
  measure('dispatched', deliveries.length);
  for (const { tenantId, id, trace } of events) {
    if (trace === undefined) continue;
    const own = deliveries.filter(({ message }) => message.tenantId === tenantId && message.eventId === id);
    const metadata = { tenant_id: tenantId, event_id: id, deliveries: own.length };
    noteHop(trace, { name, startedAt, endedAt: Date.now(), annotations: {}, metadata });
  }
}
