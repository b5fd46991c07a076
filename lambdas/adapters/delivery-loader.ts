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
  const items = (table: string) => new Map((found.get(table) ?? []).map((item) => [keyText(item), item]));
  const [eventOf, endpointOf, recordOf] = [
    readOnce(items(events), toEvent),
    readOnce(items(directory), toEndpoint),
    readOnce(items(tableName()), toDelivery),
  ];
  return (message) => ({
    get event() {
      return eventOf(eventKey(message.tenantId, message.eventId));
    },
    get endpoint() {
      return endpointOf(endpointKey(message.tenantId, message.endpointId));
    },
    get recorded() {
      return recordOf(deliveryKey(addressOf(message)));
    },
  });
}

/**
 * Converts an item when it is first asked for, and then keeps it: several steps look at the same one. An item that cannot be
 * read fails its own message, not the batch.
 */
function readOnce<Value>(
  items: ReadonlyMap<string, Item>,
  convert: (item: Item) => Value,
): (key: Item) => Value | undefined {
  const converted = new Map<string, Value>();
  return (key) => {
    const name = keyText(key);
    const known = converted.get(name);
    if (known !== undefined) return known;
    const item = items.get(name);
    if (item === undefined) return undefined;
    const value = convert(item);
    converted.set(name, value);
    return value;
  };
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
