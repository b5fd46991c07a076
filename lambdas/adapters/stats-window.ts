import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { addTallies, EMPTY_TALLY, type Tally, tallyChange } from '../../core/tally.ts';
import { executeStatements } from './dynamodb.ts';
import { binOf } from './latency-sketch.ts';
import { logError } from './log.ts';
import type { ObservedRecord } from './observed-records.ts';
import { raiseFence, readFence } from './stats-fence.ts';
import { noteLast } from './stats-last.ts';
import {
  endpointOwner,
  getMarks,
  getTallies,
  HOUR_MS,
  putStatement,
  type StatsKey,
  type StoredTally,
  tenantOwner,
} from './stats-store.ts';

/** What a window counted for one key and has not written yet. */
interface Pending {
  /** The mark that stood in the table when this was begun; absent where nothing was there. */
  readonly base?: string;
  /** The last record that is counted, or was in the table. */
  readonly last: string;
  readonly tally: Tally;
}

/** What a window of one shard of the stream has counted. */
export interface StatsWindow {
  /** By owner and hour. */
  readonly pending: ReadonlyMap<string, Pending>;
  /** The shard's fence when the window began: see {@link raiseFence}. */
  readonly fence?: number;
}

/** What Lambda hands from one call of a window to the next: at most 1 MB of JSON. */
export interface WindowState {
  readonly tallies?: string;
  readonly fence?: number;
}

const MAX_STATE_CHARACTERS = 700_000;
const MAX_STATE_BYTES = 64 * 1_048_576;

export function openWindow(state: WindowState | undefined): StatsWindow {
  if (!state?.tallies) return { pending: new Map() };
  const packed = Buffer.from(state.tallies, 'base64');
  const text = zstdDecompressSync(packed, { maxOutputLength: MAX_STATE_BYTES }).toString('utf8');
  return { pending: new Map(JSON.parse(text) as [string, Pending][]), fence: state.fence };
}

/** @returns undefined where the state would be too large to be kept */
export function closeWindow({ pending, fence }: StatsWindow): WindowState | undefined {
  if (pending.size === 0) return {};
  const tallies = zstdCompressSync(JSON.stringify([...pending])).toString('base64');
  return tallies.length > MAX_STATE_CHARACTERS ? undefined : { tallies, fence };
}

/**
 * Adds the records of a batch to a window, each once, whatever comes again.
 *
 * A key that is new to the window is looked up first. Where the fence was raised since the window began, a call of this
 * shard was cut off while it wrote: every key that is touched is looked up then. Where the table's mark is not the one that
 * the window began from, that call has written the window as it stood, or more; so what the window holds is in the table,
 * and it begins anew behind the mark. Records up to `last` are counted already.
 */
export async function countRecords(
  window: StatsWindow,
  records: readonly ObservedRecord[],
  shard: string,
): Promise<StatsWindow> {
  if (records.length === 0) return window;
  const counted = new Map(window.pending);
  const raised = await readFence(shard);
  const fence = window.fence ?? raised;
  const touched = [...new Set(records.flatMap(textsOf))];
  const doubtful = fence === raised ? touched.filter((text) => !counted.has(text)) : touched;
  const marks = await getMarks(doubtful.map((text) => keyOf(text, shard)));
  for (const [i, text] of doubtful.entries()) {
    const mark = marks[i];
    const pending = counted.get(text);
    if (pending === undefined || pending.base !== mark)
      counted.set(text, { base: mark, last: mark ?? '', tally: EMPTY_TALLY });
  }
  for (const record of records) {
    const tally = tallyChange(record, record.at, binOf);
    for (const text of textsOf(record)) {
      const { base, last, tally: sum } = counted.get(text) as Pending;
      if (record.sequence <= last) continue;
      counted.set(text, { base, last: record.sequence, tally: addTallies(sum, tally) });
    }
  }
  return { pending: counted, fence };
}

/**
 * Writes what a window counted: one write for each key. Repeating it changes nothing.
 * @throws Error where a write did not go through; the window's call is then to be made again
 */
export async function writeWindow(window: StatsWindow, shard: string): Promise<void> {
  if (window.pending.size === 0) return;
  await raiseFence(shard);
  const open = [...window.pending].map(([text, pending]) => ({ key: keyOf(text, shard), pending }));
  const stored = await getTallies(open.map(({ key }) => key));
  const writes = open.flatMap(({ key, pending }, i) => {
    const sum = sumOf(key, pending, stored[i]);
    return sum === undefined ? [] : [{ key, old: stored[i], sum }];
  });
  // First: a crash in between repeats it, and repeating it is harmless.
  await noteLast(writes.map(({ key, old, sum }) => ({ owner: key.owner, old: old?.tally, now: sum.tally })));
  const results = await executeStatements(
    writes.map(({ key, old, sum }) => putStatement(key, sum, old?.mark)),
  );
  const failed = results.find(({ error }) => error !== undefined)?.error;
  if (failed !== undefined) throw new Error(`DynamoDB refused statistics: ${failed.Code} ${failed.Message}`);
}

/** What is to stand in the table; undefined where it does already. */
function sumOf(
  key: StatsKey,
  { base, last, tally }: Pending,
  stored: StoredTally | undefined,
): StoredTally | undefined {
  if (stored?.mark === base) {
    return last === (base ?? '')
      ? undefined
      : { mark: last, tally: addTallies(stored?.tally ?? EMPTY_TALLY, tally) };
  }
  if (stored === undefined || stored.mark < last) {
    // Only a write that was under way when its call was ended, and landed after the next call had looked, gets here.
    logError('statistics cannot be told from what is stored and are left out', new Error('overlap'), {
      ...key,
      ...tally,
    });
  }
  return undefined;
}

/** A change counts for its endpoint and for its tenant, in the hour in which it happened. */
function textsOf({ delivery, at }: ObservedRecord): string[] {
  const hour = Math.floor(at / HOUR_MS);
  return [`${hour} ${endpointOwner(delivery.endpointId)}`, `${hour} ${tenantOwner(delivery.tenantId)}`];
}

function keyOf(text: string, shard: string): StatsKey {
  const space = text.indexOf(' ');
  return { hour: Number(text.slice(0, space)), owner: text.slice(space + 1), shard };
}
