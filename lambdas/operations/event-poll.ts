import * as z from 'zod';
import type { StoredEvent } from '../../core/event.ts';
import { type JournalPage, readPages } from '../adapters/journal-store.ts';
import { readEvents } from './event-bodies.ts';

/**
 * Where a poller is: the journal's page, how many of its lines it has seen, and the id in the last of them. The id tells
 * a page from another of its number, which there is when a journal starts anew after all of it expired.
 */
export type PollPlace = readonly [page: number, lines: number, lastId: string];
export const pollPlaceSchema = z.tuple([z.int().min(0), z.int().min(0), z.string().max(64)]);

/** Before the first event that is kept. */
export const EARLIEST: PollPlace = [0, 0, ''];

const PAGES_AT_ONCE = 10;
const ROUNDS = 10;

/** The place behind the newest event. */
export async function latestPlace(tenantId: string): Promise<PollPlace> {
  const [newest] = await readPages(tenantId, { newestFirst: true, limit: 1 });
  return newest === undefined
    ? EARLIEST
    : [newest.number, newest.entries.length, newest.entries.at(-1)?.id ?? ''];
}

/**
 * Reads the events behind a place, oldest first.
 *
 * The journal's numbers are the watermark: a page is written only when the one before it stands and never changes, so no
 * event ever appears behind a place that was answered, whatever the clocks of those who accepted it.
 * @returns the events with the place behind the last of them: behind all that was looked through, wanted or not
 */
export async function pollEvents(
  tenantId: string,
  limit: number,
  wantsType: (type: string) => boolean,
  after: PollPlace,
): Promise<{ events: StoredEvent[]; next: PollPlace }> {
  const { lines, next } = await readLines(tenantId, limit, wantsType, after);
  const { events, read } = await readEvents(tenantId, lines);
  return { events, next: read < lines.length ? (lines[read - 1] as Line).place : next };
}

interface Line {
  readonly id: string;
  readonly place: PollPlace;
}

async function readLines(
  tenantId: string,
  limit: number,
  wantsType: (type: string) => boolean,
  after: PollPlace,
): Promise<{ lines: Line[]; next: PollPlace }> {
  const lines: Line[] = [];
  let { pages, place } = await readOn(tenantId, after);
  for (let round = 1; round <= ROUNDS; round++) {
    for (const page of pages) {
      const seen = page.number === place[0] ? place[1] : 0;
      for (const [i, { id, type }] of page.entries.entries()) {
        if (i < seen) continue;
        place = [page.number, i + 1, id];
        if (wantsType(type)) lines.push({ id, place });
        if (lines.length >= limit) return { lines, next: place };
      }
    }
    if (pages.length < PAGES_AT_ONCE || round === ROUNDS) break;
    pages = await readPages(tenantId, { newestFirst: false, limit: PAGES_AT_ONCE, from: place[0] + 1 });
  }
  return { lines, next: place };
}

/** Reads the pages from a place on; all of them where the journal that the place was in is no more. */
async function readOn(
  tenantId: string,
  place: PollPlace,
): Promise<{ pages: JournalPage[]; place: PollPlace }> {
  const read = (from: number) => readPages(tenantId, { newestFirst: false, limit: PAGES_AT_ONCE, from });
  const pages = await read(place[0]);
  if (place[0] === 0) return { pages, place };
  const [first] = pages;
  const expired = first !== undefined && first.number > place[0];
  const known = first?.number === place[0] && first.entries[place[1] - 1]?.id === place[2];
  return expired || known ? { pages, place } : { pages: await read(0), place: EARLIEST };
}
