import { setTimeout as sleep } from 'node:timers/promises';
import { ConditionalCheckFailedException, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { dynamodb, type Item } from './dynamodb.ts';
import { readEnvironment, readOptionalEnvironment } from './environment.ts';
import { packText, unpackText } from './packing.ts';

/** A line of a tenant's journal: an event was accepted. */
export interface JournalEntry {
  readonly id: string;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  /** How many days its tenant keeps deliveries; the platform's where absent. */
  readonly keptDays?: number;
}

/** A page of a tenant's journal. Pages are numbered from 1 without a gap, and never change. */
export interface JournalPage {
  readonly number: number;
  readonly entries: readonly JournalEntry[];
}

/** A stream keeps its records for a day, so no line is written later than that after its event was accepted. */
export const LATEST_LINE_MS = 86_400_000;

/** Pages that are looked through for events that a repeated stream batch brings again. */
const RECENT_PAGES = 3;
/** Writers of one tenant at the same moment: as many as the stream has shards. */
const TRIES = 50;
const LONGEST_PAUSE_MS = 500;
const DAY_SECONDS = 86_400;

/**
 * Appends entries to a tenant's journal.
 *
 * A page's number is claimed by writing it on the condition that it is not there; who loses reads on and takes the next.
 * So the numbers are an order that every reader agrees on: nothing appears behind what was read.
 */
export async function appendToJournal(tenantId: string, entries: readonly JournalEntry[]): Promise<void> {
  for (let round = 0; round < TRIES; round++) {
    const recent = await readPages(tenantId, { newestFirst: true, limit: RECENT_PAGES });
    const known = new Set(recent.flatMap((page) => page.entries.map((entry) => entry.id)));
    const fresh = entries.filter((entry) => !known.has(entry.id));
    if (fresh.length === 0 || (await putPage(tenantId, (recent[0]?.number ?? 0) + 1, fresh))) return;
    await sleep(Math.random() * Math.min(10 * 2 ** round, LONGEST_PAUSE_MS));
  }
  throw new Error(`The journal of tenant ${tenantId} was taken ${TRIES} times by other writers.`);
}

/** Reads pages of a tenant's journal, with everything written before. */
export async function readPages(
  tenantId: string,
  options: { readonly newestFirst: boolean; readonly limit: number; readonly from?: number },
): Promise<JournalPage[]> {
  const { newestFirst, limit, from = newestFirst ? Number.MAX_SAFE_INTEGER : 0 } = options;
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: readEnvironment('directoryTable'),
      KeyConditionExpression: `pk = :journal AND sk ${newestFirst ? '<=' : '>='} :from`,
      ExpressionAttributeValues: { ':journal': { S: journalKey(tenantId) }, ':from': { S: pageKey(from) } },
      ScanIndexForward: !newestFirst,
      ConsistentRead: true,
      Limit: limit,
    }),
  );
  return Items.map((item) => ({
    number: Number(item.sk?.S),
    entries: JSON.parse(unpackText(item.lines)) as JournalEntry[],
  }));
}

async function putPage(tenantId: string, number: number, entries: readonly JournalEntry[]): Promise<boolean> {
  const retentionDays = Number(readOptionalEnvironment('retentionDays') ?? 30);
  const newest = Math.max(...entries.map((entry) => entry.acceptedAt));
  const Item: Item = {
    ...journalPageKey(tenantId, number),
    lines: packText(JSON.stringify(entries)),
    ttl: { N: String(Math.floor(newest / 1000) + retentionDays * DAY_SECONDS) },
  };
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: readEnvironment('directoryTable'),
        Item,
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

export function journalPageKey(tenantId: string, number: number): Item {
  return { pk: { S: journalKey(tenantId) }, sk: { S: pageKey(number) } };
}

function journalKey(tenantId: string): string {
  return `JOURNAL#${tenantId}`;
}

/** Sixteen digits: text order is number order up to the largest safe integer. */
function pageKey(number: number): string {
  return String(number).padStart(16, '0');
}
