import * as z from 'zod';
import { PosthornError, quote } from '../../core/errors.ts';
import type { StoredEvent } from '../../core/event.ts';
import { parseJson } from '../../core/json.ts';
import { matchesType } from '../../core/match.ts';
import { getEvent } from '../adapters/event-store.ts';
import { type JournalPage, readPages } from '../adapters/journal-store.ts';
import { ownId, page, readCursor, showTime, tenantOf, tenantQuery, writeCursor } from './common.ts';
import { eventListSchema, shownEventSchema, typeFilter } from './event-schemas.ts';
import { defineOperation } from './operation.ts';

export const eventOperations = [
  defineOperation({
    method: 'GET',
    path: '/v1/events',
    access: 'tenant',
    summary: 'List events, newest first; an event is listed a moment after it was accepted',
    query: z.strictObject({ ...page, ...tenantQuery, type: typeFilter }),
    status: 200,
    response: eventListSchema,
    run: async ({ caller, query }) => {
      const tenantId = tenantOf(caller, query.tenant_id);
      const place = readCursor(query.cursor, placeSchema);
      const { events, next } = await collectEvents(tenantId, query.limit, query.type, place);
      return { events, next_cursor: next === undefined ? null : writeCursor(next) };
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/events/{id}',
    access: 'tenant',
    summary: 'Read an event',
    query: z.strictObject(tenantQuery),
    status: 200,
    response: shownEventSchema,
    run: async ({ caller, params, query }) => {
      const event = await requireEvent(tenantOf(caller, query.tenant_id), params.id);
      return showEvent(event);
    },
  }),
];

/** Reads an event. @throws PosthornError `not_found`, also for another tenant's */
export async function requireEvent(tenantId: string, id: string | undefined): Promise<StoredEvent> {
  const event = id === undefined || !ownId.safeParse(id).success ? undefined : await getEvent(tenantId, id);
  if (event === undefined) throw new PosthornError('not_found', `There is no event ${quote(id ?? '')}.`);
  return event;
}

function showEvent(event: StoredEvent) {
  return {
    id: event.id,
    tenant_id: event.tenantId,
    type: event.type,
    data: parseJson(event.dataText),
    occurred_at: event.occurredAt === undefined ? undefined : new Date(event.occurredAt).toISOString(),
    created_at: showTime(event.acceptedAt),
  };
}

/** The journal's page, and how many of its lines (the newest first) were shown already. */
const placeSchema = z.tuple([z.int().min(1), z.int().min(0)]);

const PAGES_AT_ONCE = 10;
const ROUNDS = 20;

interface ListedEvent {
  readonly id: string;
  readonly type: string;
  readonly created_at: string;
}

async function collectEvents(
  tenantId: string,
  limit: number,
  type: string | undefined,
  place: [number, number] | undefined,
): Promise<{ events: ListedEvent[]; next?: [number, number] }> {
  const events: ListedEvent[] = [];
  let [from, skip] = place ?? [Number.MAX_SAFE_INTEGER, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const pages = await readPages(tenantId, { newestFirst: true, limit: PAGES_AT_ONCE, from });
    for (const journalPage of pages) {
      const shown = journalPage.number === from ? skip : 0;
      const taken = takeLines(journalPage, shown, limit, type, events);
      if (taken !== undefined) return { events, next: [journalPage.number, taken] };
    }
    const last = pages.at(-1)?.number ?? 1;
    if (pages.length < PAGES_AT_ONCE || last <= 1) return { events };
    [from, skip] = [last - 1, 0];
  }
  return { events, next: [from, skip] };
}

/** Takes a page's lines, the newest first. @returns how many lines were taken, where the limit came before the end */
function takeLines(
  { entries }: JournalPage,
  skip: number,
  limit: number,
  type: string | undefined,
  events: ListedEvent[],
): number | undefined {
  const newestFirst = entries.toReversed();
  for (let i = skip; i < newestFirst.length; i++) {
    if (events.length >= limit) return i;
    const entry = newestFirst[i] as JournalPage['entries'][number];
    if (type !== undefined && !matchesType(type, entry.type)) continue;
    events.push({ id: entry.id, type: entry.type, created_at: showTime(entry.acceptedAt) });
  }
  return undefined;
}
