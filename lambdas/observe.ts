import type { DynamoDBStreamEvent } from 'aws-lambda';
import { exportExpired } from './adapters/expired-export.ts';
import { forwardFailures } from './adapters/failed-deliveries.ts';
import { readObserved } from './adapters/observed-records.ts';
import {
  closeWindow,
  countRecords,
  openWindow,
  type WindowState,
  writeWindow,
} from './adapters/stats-window.ts';

/** A batch of a tumbling window (AWS Lambda developer guide, "stateful DynamoDB stream processing"). */
export interface WindowedStreamEvent extends DynamoDBStreamEvent {
  /** Absent where windows are not supported; each batch is then a window of its own. */
  readonly window?: { readonly start: string; readonly end: string };
  /** What the last call of the window answered. */
  readonly state?: WindowState;
  readonly shardId?: string;
  readonly isFinalInvokeForWindow?: boolean;
  readonly isWindowTerminatedEarly?: boolean;
}

/** The emulator's stream has one shard and does not name it. */
const ONLY_SHARD = 'only';

/**
 * The one reader of the deliveries table's stream. It tells of deliveries that ended failed. It counts what happened into
 * statistics per endpoint, tenant and hour, and writes them when a window ends: a busy endpoint costs a write a minute and
 * shard, however much it gets. It exports what expired, where that is asked for.
 */
export async function handler(event: WindowedStreamEvent): Promise<{ state: WindowState }> {
  const answer = await observe(event);
  // What is the platform's own is done by then: an export that is out of reach holds up nothing.
  await exportExpired(event.Records);
  return answer;
}

async function observe(event: WindowedStreamEvent): Promise<{ state: WindowState }> {
  const shard = event.shardId ?? ONLY_SHARD;
  const records = readObserved(event.Records);
  await forwardFailures(records, Date.now());
  const window = await countRecords(openWindow(event.state), records, shard);
  const isOver = event.window === undefined || event.isFinalInvokeForWindow || event.isWindowTerminatedEarly;
  const state = isOver ? undefined : closeWindow(window);
  if (state !== undefined) return { state };
  await writeWindow(window, shard);
  return { state: {} };
}
