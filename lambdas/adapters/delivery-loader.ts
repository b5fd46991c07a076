import type { DeliveryMessage } from '../../core/delivery.ts';
import type { StoredEvent } from '../../core/event.ts';
import {
  addressOf,
  type DeliveryRecord,
  deliveryKey,
  tableName,
  fromItem as toDelivery,
} from './delivery-store.ts';
import { batchGet, type Item } from './dynamodb.ts';
import { endpointKey, type ReadEndpoint, fromItem as toEndpoint } from './endpoint-items.ts';
import { readEnvironment } from './environment.ts';
import { eventKey, getEvent, fromItem as toEvent } from './event-store.ts';

/** What there is to a message. */
export interface LoadedDelivery {
  readonly event?: StoredEvent;
  readonly endpoint?: ReadEndpoint;
  readonly recorded?: DeliveryRecord;
}

/** Gives what was read for a message of the batch. */
export type LoadDelivery = (message: DeliveryMessage) => LoadedDelivery;

/**
 * Reads everything that a batch of messages needs, in one call. Endpoints and records are read with everything written
 * before, so that a deleted endpoint gets nothing and a duplicate message sends nothing. Events never change and may be
 * read at half the price.
 */
export async function loadDeliveries(messages: readonly DeliveryMessage[]): Promise<LoadDelivery> {
  const directory = readEnvironment('directoryTable');
  const events = readEnvironment('eventsTable');
  const found = await batchGet([
    { table: events, keys: messages.map((m) => eventKey(m.tenantId, m.eventId)), consistent: false },
    { table: directory, keys: messages.map((m) => endpointKey(m.tenantId, m.endpointId)), consistent: true },
    { table: tableName(), keys: messages.map((m) => deliveryKey(addressOf(m)) as Item), consistent: true },
  ]);
  const index = (table: string) => new Map((found.get(table) ?? []).map((item) => [keyText(item), item]));
  const items = { events: index(events), endpoints: index(directory), deliveries: index(tableName()) };
  // Converted only when asked for: an item that cannot be read fails its own message, not the batch.
  return (message) => ({
    get event() {
      const item = items.events.get(keyText(eventKey(message.tenantId, message.eventId)));
      return item && toEvent(item);
    },
    get endpoint() {
      const item = items.endpoints.get(keyText(endpointKey(message.tenantId, message.endpointId)));
      return item && toEndpoint(item);
    },
    get recorded() {
      const item = items.deliveries.get(keyText(deliveryKey(addressOf(message))));
      return item && toDelivery(item);
    },
  });
}

/** An event that a cheap read did not see may be younger than its copy; a message without its event is old. */
export async function loadEvent(
  { tenantId, eventId }: DeliveryMessage,
  { event }: LoadedDelivery,
): Promise<StoredEvent | undefined> {
  return event ?? (await getEvent(tenantId, eventId));
}

function keyText(item: Item): string {
  return `${item.pk?.S} ${item.sk?.S ?? ''}`;
}
