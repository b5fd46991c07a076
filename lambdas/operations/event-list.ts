import * as z from 'zod';
import { isListed } from '../../core/retention.ts';
import { type JournalEntry, type JournalPage, LATEST_LINE_MS, readPages } from '../adapters/journal-store.ts';

/** Which events of a tenant's journal are wanted. */
export interface EventFilter {
  readonly wantsType?: (type: string) => boolean;
  /** Accepted then or later, milliseconds since 1970. */
  readonly from?: number;
  /** Accepted before, milliseconds since 1970. */
  readonly to?: number;
}

/** A place in the list: the journal's page, and how many of its lines (the newest first) were gone through already. */
export type ListPlace = readonly [page: number, lines: number];
export const listPlaceSchema = z.tuple([z.int().min(1), z.int().min(0)]);

/** An event's line, and the place behind it. */
export interface ListedLine extends JournalEntry {
  readonly place: ListPlace;
}

const PAGES_AT_ONCE = 10;
const ROUNDS = 20;

/**
 * Lists events, newest first. One call looks through a bounded number of pages, so it may answer few events, or none,
 * although more follow.
 * @param place where an earlier call ended
 * @returns the events' lines, and where to go on unless that was all
 */
export async function collectEvents(
  tenantId: string,
  limit: number,
  filter: EventFilter,
  place: ListPlace | undefined,
): Promise<{ lines: ListedLine[]; next?: ListPlace }> {
  const lines: ListedLine[] = [];
  let [from, skip] = place ?? [Number.MAX_SAFE_INTEGER, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const pages = await readPages(tenantId, { newestFirst: true, limit: PAGES_AT_ONCE, from });
    for (const journalPage of pages) {
      if (isTooOld(journalPage, filter)) return { lines };
      const shown = journalPage.number === from ? skip : 0;
      const taken = takeLines(journalPage, shown, limit, filter, lines);
      if (taken !== undefined) return { lines, next: [journalPage.number, taken] };
    }
    // Fewer pages than asked for need not be the last ones: DynamoDB ends an answer at 1 MB.
    const last = pages.at(-1)?.number ?? 1;
    if (last <= 1) return { lines };
    [from, skip] = [last - 1, 0];
  }
  return { lines, next: [from, skip] };
}

/** Whether neither this page nor one before it can have a line that is wanted. */
function isTooOld({ entries }: JournalPage, { from }: EventFilter): boolean {
  if (from === undefined) return false;
  return entries.every((entry) => entry.acceptedAt + LATEST_LINE_MS < from);
}

/** Takes a page's lines, the newest first. @returns how many lines were gone through, where the limit came before the end */
function takeLines(
  { number, entries }: JournalPage,
  skip: number,
  limit: number,
  filter: EventFilter,
  lines: ListedLine[],
): number | undefined {
  const newestFirst = entries.toReversed();
  for (let i = skip; i < newestFirst.length; i++) {
    if (lines.length >= limit) return i;
    const entry = newestFirst[i] as JournalEntry;
    if (isWanted(entry, filter)) lines.push({ ...entry, place: [number, i + 1] });
  }
  return undefined;
}

function isWanted(entry: JournalEntry, { wantsType, from, to }: EventFilter): boolean {
  const { type, acceptedAt } = entry;
  const inTime = (from === undefined || acceptedAt >= from) && (to === undefined || acceptedAt < to);
  return inTime && isListed(entry, Date.now()) && (wantsType === undefined || wantsType(type));
}
