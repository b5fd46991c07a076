import type { StoredEvent } from '../../core/event.ts';
import { parseJson } from '../../core/json.ts';
import { matches } from '../../core/match.ts';
import type { QueuedDelivery } from './delivery-queue.ts';
import type { EndpointSubscription } from './endpoint-items.ts';

/** The first attempt of an event to an endpoint. */
export function firstAttempt(event: StoredEvent, endpointId: string): QueuedDelivery {
  const { tenantId, id: eventId, acceptedAt } = event;
  return { message: { tenantId, eventId, endpointId, acceptedAt, attempt: 1 }, delaySeconds: 0 };
}

/** The first attempts that an event asks for, of these endpoints. */
export function matchEndpoints(
  event: StoredEvent,
  endpoints: readonly EndpointSubscription[],
): QueuedDelivery[] {
  let data: unknown;
  const parsed = () => (data ??= parseJson(event.dataText));
  return endpoints
    .filter((endpoint) => matches(endpoint, event, parsed))
    .map((endpoint) => firstAttempt(event, endpoint.id));
}
