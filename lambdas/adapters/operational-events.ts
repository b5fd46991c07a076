import { matches } from '../../core/match.ts';
import { OPERATOR_TENANT, type OperationalEvent, storeFor } from '../../core/operational-event.ts';
import { putEvent } from './event-store.ts';
import { putOnBus } from './operational-bus.ts';
import { loadSubscriptions } from './subscriptions.ts';
import { getCachedTenant } from './tenant-cache.ts';

/**
 * Tells of occurrences: the operator and the tenant by webhook, where they have an endpoint that wants it, and everybody
 * who listens on the bus. What comes twice is the same event to webhooks, by its id.
 * @param byWebhook whether webhooks may tell of it; false for what happened to an operational endpoint, or each failure of
 * one would make another webhook for it
 */
export async function announce(
  events: readonly OperationalEvent[],
  byWebhook: boolean,
  now: number,
): Promise<void> {
  if (events.length === 0) return;
  if (byWebhook) await publish(events, now);
  await putOnBus(events);
}

async function publish(events: readonly OperationalEvent[], now: number): Promise<void> {
  const tenantIds = events.flatMap(({ tenantId }) => tenantId ?? []);
  const subscriptions = await loadSubscriptions([...new Set([OPERATOR_TENANT, ...tenantIds])]);
  for (const event of events) {
    for (const receiverId of new Set([OPERATOR_TENANT, event.tenantId ?? OPERATOR_TENANT])) {
      const stored = storeFor(receiverId, event, now);
      const endpoints = subscriptions.get(receiverId) ?? [];
      // Dispatching finds out whether one of many wants it.
      const isWanted =
        endpoints === 'many' || endpoints.some((endpoint) => matches(endpoint, stored, () => event.data));
      if (!isWanted) continue;
      const keptDays = (await getCachedTenant(receiverId))?.keptDays;
      await putEvent({ ...stored, keptDays });
    }
  }
}
