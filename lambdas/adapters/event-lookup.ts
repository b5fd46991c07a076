import type { StoredEvent } from '../../core/event.ts';
import { batchGet, type Item } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';
import { eventKey, fromItem } from './event-store.ts';
import { logError } from './log.ts';

/** Which of a tenant's events are there. */
export async function findEventIds(tenantId: string, ids: readonly string[]): Promise<Set<string>> {
  const items = await findItems(tenantId, ids, ['pk']);
  return new Set(items.map((item) => idOf(tenantId, item)));
}

/** Reads a tenant's events, by their ids. Those that are gone or cannot be read are not there. */
export async function findEvents(
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, StoredEvent>> {
  const found = new Map<string, StoredEvent>();
  for (const item of await findItems(tenantId, ids)) {
    try {
      found.set(idOf(tenantId, item), fromItem(item));
    } catch (error) {
      logError('an event cannot be read', error, { tenantId, key: item.pk?.S });
    }
  }
  return found;
}

/** Reads at half the price; what was not seen then may be younger than its copy, and is looked for once more. */
async function findItems(tenantId: string, ids: readonly string[], attributes?: string[]): Promise<Item[]> {
  const table = readEnvironment('eventsTable');
  const read = async (wanted: readonly string[], consistent: boolean) => {
    const keys = wanted.map((id) => eventKey(tenantId, id));
    return (await batchGet([{ table, keys, consistent, attributes }])).get(table) ?? [];
  };
  const items = await read(ids, false);
  const seen = new Set(items.map((item) => idOf(tenantId, item)));
  return [
    ...items,
    ...(await read(
      ids.filter((id) => !seen.has(id)),
      true,
    )),
  ];
}

function idOf(tenantId: string, item: Item): string {
  return (item.pk?.S ?? '').slice(tenantId.length + 1);
}
