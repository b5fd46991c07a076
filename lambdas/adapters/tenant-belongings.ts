import { idKey } from '../../core/ids.ts';
import { partitionOf, SHARDS } from './delivery-store.ts';
import { findDocumentKeys } from './document-deletion.ts';
import { batchDelete, type Item } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';
import { eventKey } from './event-store.ts';
import { type JournalPage, journalPageKey, readPages } from './journal-store.ts';
import { paceKey } from './pace-store.ts';
import { keyOf, type Partition, queryPartition } from './partition-query.ts';
import { endpointOwner, tenantOwner } from './stats-store.ts';

/**
 * Some of what a tenant owns, as keys by their tables. What others are found by stands last, so that a deletion that is cut
 * off anywhere finds the rest again.
 */
export interface Found {
  readonly keys: readonly (readonly [table: string, keys: readonly Item[]])[];
  readonly nextKey?: Item;
}

export type Find = (startKey: Item | undefined) => Promise<Found>;

const ITEMS_AT_ONCE = 200;
/** A page has up to 1,000 lines, those of light traffic a few. */
const PAGES_AT_ONCE = 25;
const LINES_AT_ONCE = 1_000;

/** Deletes what is found, a page at a time. @returns whether the end was reached before `until` */
export async function deleteFound(find: Find, until: number): Promise<boolean> {
  let startKey: Item | undefined;
  do {
    if (Date.now() > until) return false;
    const { keys, nextKey } = await find(startKey);
    for (const [table, found] of keys) await batchDelete(table, found);
    startKey = nextKey;
  } while (startKey !== undefined);
  return true;
}

/**
 * What stands under the tenant itself: event types, tasks, alert states, keys, documents; then its events, by the journal;
 * and its statistics. The tenant's own item stays, and so do its endpoints and their tombstones, by which more is found.
 */
export function findersOf(tenantId: string): Find[] {
  const [directory, documents] = [readEnvironment('directoryTable'), readEnvironment('documentsTable')];
  const stays = ({ sk }: Item) => /^(?:TENANT$|ENDPOINT#|DELETED#)/.test(sk?.S ?? '');
  const index = { name: 'by-kind', key: 'kpk' };
  return [
    inPartition({ table: directory, value: `TENANT#${tenantId}` }, (item) => !stays(item)),
    inPartition({ table: directory, value: `KEYS#${tenantId}`, index }),
    async () => {
      const keys = await findDocumentKeys(tenantId);
      return { keys: [[documents, keys]], nextKey: keys.at(-1) };
    },
    () => findListedEvents(tenantId),
    inPartition({ table: readEnvironment('statsTable'), value: tenantOwner(tenantId) }),
  ];
}

/** What is found by an endpoint, whether it is there or was deleted: deliveries with their logs, statistics, its pace. */
export function findersByEndpoint(endpointId: string): Find[] {
  const shards = Array.from({ length: SHARDS }, (_, shard) => partitionOf(idKey(endpointId), shard));
  return [
    ...shards.map(
      (shard): Find =>
        (startKey) =>
          findDeliveries(shard, startKey),
    ),
    inPartition({ table: readEnvironment('statsTable'), value: endpointOwner(endpointId) }),
    async () => ({ keys: [[readEnvironment('directoryTable'), [paceKey(endpointId)]]] }),
  ];
}

function inPartition(partition: Partition, isWanted: (item: Item) => boolean = () => true): Find {
  return async (startKey) => {
    const { items, nextKey } = await queryPartition(partition, ITEMS_AT_ONCE, startKey);
    return { keys: [[partition.table, items.filter(isWanted).map(keyOf)]], nextKey };
  };
}

/** The journal's first pages and their events: with the pages goes the place, so each call begins at the front. */
async function findListedEvents(tenantId: string): Promise<Found> {
  const pages = takeLines(await readPages(tenantId, { newestFirst: false, limit: PAGES_AT_ONCE }));
  const pageKeys = pages.map(({ number }) => journalPageKey(tenantId, number));
  const eventKeys = pages.flatMap(({ entries }) => entries.map(({ id }) => eventKey(tenantId, id)));
  return {
    keys: [
      [readEnvironment('eventsTable'), eventKeys],
      [readEnvironment('directoryTable'), pageKeys],
    ],
    nextKey: pageKeys.at(-1),
  };
}

/** As many pages as have the lines of one step, but one at least. */
function takeLines(pages: readonly JournalPage[]): JournalPage[] {
  const taken: JournalPage[] = [];
  let lines = 0;
  for (const page of pages) {
    lines += page.entries.length;
    if (taken.length > 0 && lines > LINES_AT_ONCE) break;
    taken.push(page);
  }
  return taken;
}

/** Tests and operational events are in no journal: their deliveries are what they are found by. */
async function findDeliveries(value: string, startKey: Item | undefined): Promise<Found> {
  const table = readEnvironment('deliveriesTable');
  const { items, nextKey } = await queryPartition(
    { table, value, also: ['t', 'e'] },
    ITEMS_AT_ONCE,
    startKey,
  );
  const events = items.flatMap(({ t, e }) => (t?.S && e?.S ? [eventKey(t.S, e.S)] : []));
  return {
    keys: [
      [readEnvironment('eventsTable'), events],
      [table, items.map(keyOf)],
    ],
    nextKey,
  };
}
