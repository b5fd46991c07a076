import type { Item } from './adapters/dynamodb.ts';
import { scanEvents } from './adapters/event-store.ts';
import { queueContinuations } from './adapters/fan-out-queue.ts';
import { logInfo } from './adapters/log.ts';

/** What an operator invokes the function with. */
export interface RedispatchRequest {
  /** ISO 8601, inclusive. */
  readonly from: string;
  /** ISO 8601, inclusive. */
  readonly to: string;
  readonly tenant_id?: string;
}

const SEGMENTS = 8;

/**
 * The operator's command for when the stream itself failed: dispatches every event accepted in a time range again. Safe
 * to run twice or over too long a range, since a delivery that is recorded is not made again.
 * @throws Error that quotes a time it cannot read
 */
export async function handler(request: RedispatchRequest): Promise<{ events: number }> {
  const range = {
    from: readTime('from', request.from),
    to: readTime('to', request.to),
    tenantId: request.tenant_id,
  };
  if (range.from > range.to) throw new Error(`from (${request.from}) is later than to (${request.to}).`);
  const counts = await Promise.all(
    Array.from({ length: SEGMENTS }, (_, index) => redispatchSegment(range, { index, count: SEGMENTS })),
  );
  const events = counts.reduce((sum, count) => sum + count, 0);
  logInfo('events were dispatched again', { ...request, events });
  return { events };
}

async function redispatchSegment(
  range: { from: number; to: number; tenantId?: string },
  segment: { index: number; count: number },
): Promise<number> {
  let count = 0;
  let startKey: Item | undefined;
  do {
    const { events, nextKey } = await scanEvents(range, { ...segment, startKey });
    const again = events.map(({ tenantId, id, acceptedAt }) => ({
      tenantId,
      eventId: id,
      acceptedAt,
      again: true,
    }));
    await queueContinuations(again);
    count += events.length;
    startKey = nextKey;
  } while (startKey !== undefined);
  return count;
}

function readTime(name: string, text: unknown): number {
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new Error(
      `${name} is ${JSON.stringify(text)}, but an ISO 8601 time is wanted, e.g. 2026-01-15T12:30:00Z.`,
    );
  }
  return time;
}
