import type { DeliveryState } from '../../core/delivery.ts';
import { addressDelivery } from '../../core/ids.ts';
import { parseJson } from '../../core/json.ts';
import { matches } from '../../core/match.ts';
import { isListed } from '../../core/retention.ts';
import type { Task } from '../../core/task.ts';
import type { QueuedDelivery } from './delivery-queue.ts';
import { deliveryKey, tableName } from './delivery-store.ts';
import { batchGet, type Item } from './dynamodb.ts';
import type { StoredEndpoint } from './endpoint-items.ts';
import { findEvents } from './event-lookup.ts';
import { hasPassed, putMilestones } from './journal-milestones.ts';
import { type JournalEntry, type JournalPage, LATEST_LINE_MS, readPages } from './journal-store.ts';
import { newSchedule, type TaskWork } from './task-work.ts';

/** Pages of the journal that are read at once; at least one is worked through, then as many as are within the lines. */
const PAGES_AT_ONCE = 25;
const LINES = 1_000;
/** Events whose data are held at once: each may have 256 KB. */
const EVENTS_AT_ONCE = 50;

/** The next page of the journal, and the oldest and the newest that have events of the task's time. */
interface Place {
  readonly next: number;
  readonly oldest?: number;
  readonly newest?: number;
}

/** Above the newest page, whichever that is. */
const TOP: Place = { next: Number.MAX_SAFE_INTEGER };
/** Where a task is whose milestones are on their way to the journal. */
const AWAITING = writePlace(TOP);

/**
 * Sending what was missed: every event of the tenant's journal that the endpoint as it is now would get and has not got,
 * oldest first. Counting goes down the journal's pages and the work goes up again over the same ones, which never change.
 */
export const missedWork: TaskWork = {
  count: async (task) => {
    if (task.place === '' && task.until + LATEST_LINE_MS > Date.now()) {
      await putMilestones(task.id, Date.now());
      return { found: 0, counted: false, place: AWAITING };
    }
    if (task.place === AWAITING && !(await isJournaled(task))) return undefined;
    let place = readPlace(task.place);
    const pages = await readPages(task.tenantId, {
      newestFirst: true,
      limit: PAGES_AT_ONCE,
      from: place.next,
    });
    let found = 0;
    for (const page of pages) {
      if (page.entries.every(({ acceptedAt }) => acceptedAt + LATEST_LINE_MS < task.since)) {
        place = { ...place, next: 0 };
        break;
      }
      const lines = page.entries.filter((entry) => isInTime(entry, task)).length;
      found += lines;
      place = { ...place, next: page.number - 1 };
      if (lines > 0) place = { ...place, oldest: page.number, newest: place.newest ?? page.number };
    }
    // Fewer pages than asked for need not be the last ones: DynamoDB ends an answer at 1 MB.
    const counted = pages.length === 0 || place.next < 1;
    return { found, counted, place: writePlace(counted ? { ...place, next: place.oldest ?? 1 } : place) };
  },
  readPage: async (task, endpoint, to) => {
    const place = readPlace(task.place);
    const end = to === undefined ? (place.newest ?? 0) + 1 : readPlace(to).next;
    if (place.next >= end) return undefined;
    const read = { newestFirst: false, limit: PAGES_AT_ONCE, from: place.next };
    const pages = takePages(await readPages(task.tenantId, read), end);
    const entries = pages.flatMap((page) => page.entries).filter((entry) => isInTime(entry, task));
    const { deliveries, failed } = await findMissed(entries, endpoint);
    const skipped = entries.length - deliveries.length - failed;
    // Where the pages have expired meanwhile, there is nothing up to the end.
    const next = (pages.at(-1)?.number ?? end - 1) + 1;
    return {
      to: to ?? writePlace({ ...place, next }),
      deliveries,
      done: deliveries.length,
      skipped,
      failed,
    };
  },
};

/**
 * Whether the journal has all that the task may have to send. What was stored before its milestones is written once the
 * journal has passed them. What was stored after, whenever it was accepted, was dispatched to the endpoint itself: no task is
 * started for one that is not active.
 */
async function isJournaled({ id, createdAt }: Task): Promise<boolean> {
  // No line is written later, be the milestones passed or lost.
  return createdAt + LATEST_LINE_MS < Date.now() || (await hasPassed(id));
}

/** What is listed no longer may have been delivered: its record is gone. */
function isInTime(entry: JournalEntry, { since, until }: Task): boolean {
  return entry.acceptedAt >= since && entry.acceptedAt < until && isListed(entry, Date.now());
}

/** As many of the pages before the end as have a page's worth of lines. */
function takePages(pages: readonly JournalPage[], end: number): JournalPage[] {
  const taken: JournalPage[] = [];
  let lines = 0;
  for (const page of pages) {
    if (page.number >= end || (taken.length > 0 && lines + page.entries.length > LINES)) break;
    taken.push(page);
    lines += page.entries.length;
  }
  return taken;
}

/** What of these events the endpoint would get and has not got, and how many could not be read to find that out. */
async function findMissed(
  entries: readonly JournalEntry[],
  endpoint: StoredEndpoint,
): Promise<{ deliveries: QueuedDelivery[]; failed: number }> {
  const ofType = { ...endpoint, filters: undefined };
  const wanted = entries.filter((entry) => matches(ofType, entry, () => undefined));
  const attempts = await readAttempts(wanted, endpoint.id);
  const open = wanted.filter(({ id }) => attempts.get(id) !== 'had');
  const deliveries: QueuedDelivery[] = [];
  let failed = 0;
  for (let start = 0; start < open.length; start += EVENTS_AT_ONCE) {
    const some = open.slice(start, start + EVENTS_AT_ONCE);
    const passes = await filterEvents(some, endpoint);
    for (const entry of some) {
      const verdict = passes(entry);
      if (verdict === 'gone') failed++;
      if (verdict !== true) continue;
      const { tenantId, id: endpointId } = endpoint;
      const message = { tenantId, eventId: entry.id, endpointId, acceptedAt: entry.acceptedAt };
      deliveries.push(newSchedule(message, Number(attempts.get(entry.id) ?? 0)));
    }
  }
  return { deliveries, failed };
}

/** By event: how many attempts it had where its delivery was discarded, or that the endpoint has had it. */
async function readAttempts(
  entries: readonly JournalEntry[],
  endpointId: string,
): Promise<Map<string, number | 'had'>> {
  const table = tableName();
  const keys = entries.map(
    ({ id, acceptedAt }) => deliveryKey(addressDelivery(endpointId, id, acceptedAt)) as Item,
  );
  // A record that this does not see yet is seen when the delivery is made.
  const found = await batchGet([{ table, keys, consistent: false, attributes: ['e', 's', 'n'] }]);
  return new Map(
    (found.get(table) ?? []).map(({ e, s, n }) => {
      const state = s?.S as DeliveryState;
      return [e?.S ?? '', state === 'discarded' ? Number(n?.N) : 'had'];
    }),
  );
}

/** Whether an event passes the endpoint's filters. Without filters no event has to be read. */
async function filterEvents(
  entries: readonly JournalEntry[],
  endpoint: StoredEndpoint,
): Promise<(entry: JournalEntry) => boolean | 'gone'> {
  if (endpoint.filters === undefined) return () => true;
  const events = await findEvents(
    endpoint.tenantId,
    entries.map(({ id }) => id),
  );
  return ({ id }) => {
    const event = events.get(id);
    return event === undefined ? 'gone' : matches(endpoint, event, () => parseJson(event.dataText));
  };
}

function writePlace(place: Place): string {
  return JSON.stringify(place);
}

function readPlace(place: string): Place {
  return place === '' ? TOP : (JSON.parse(place) as Place);
}
