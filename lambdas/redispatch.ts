import type { Context } from 'aws-lambda';
import type { Item } from './adapters/dynamodb.ts';
import { readOptionalEnvironment } from './adapters/environment.ts';
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
  /** What an earlier call answered, to go on where it had to stop. */
  readonly resume?: Resume;
}

/** For each segment of the table where it goes on; null where it is done. */
export type Resume = readonly (Item | null)[];

const SEGMENTS = 8;
/** Left of the function's time when a scan stops by itself. */
const SPARE_MS = 30_000;

/**
 * The operator's command for when the stream itself failed: dispatches every event accepted in a time range again. Safe
 * to run twice or over too long a range, since a delivery that is recorded is not made again.
 * @returns how many events it dispatched, and `resume` where its time ran out before the end
 * @throws Error that quotes a time it cannot read, or one from which records are gone
 */
export async function handler(
  request: RedispatchRequest,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<{ events: number; resume?: Resume }> {
  const range = readRange(request);
  const hasTime = () => context.getRemainingTimeInMillis() > SPARE_MS;
  const segments = await Promise.all(
    Array.from({ length: SEGMENTS }, (_, index) =>
      request.resume?.[index] === null
        ? { events: 0, nextKey: undefined }
        : redispatchSegment(range, index, request.resume?.[index] ?? undefined, hasTime),
    ),
  );
  const events = segments.reduce((sum, segment) => sum + segment.events, 0);
  logInfo('events were dispatched again', { from: request.from, to: request.to, events });
  const resume = segments.map((segment) => segment.nextKey ?? null);
  return resume.some((place) => place !== null) ? { events, resume } : { events };
}

interface TimeRange {
  readonly from: number;
  readonly to: number;
  readonly tenantId?: string;
}

async function redispatchSegment(
  range: TimeRange,
  index: number,
  from: Item | undefined,
  hasTime: () => boolean,
): Promise<{ events: number; nextKey?: Item }> {
  let count = 0;
  let startKey = from;
  do {
    const { events, nextKey } = await scanEvents(range, { index, count: SEGMENTS, startKey }, Date.now());
    await queueContinuations(
      events.map(({ tenantId, id, acceptedAt }) => ({ tenantId, eventId: id, acceptedAt, again: true })),
    );
    count += events.length;
    startKey = nextKey;
  } while (startKey !== undefined && hasTime());
  return { events: count, nextKey: startKey };
}

function readRange({ from, to, tenant_id }: RedispatchRequest): TimeRange {
  const range = { from: readTime('from', from), to: readTime('to', to), tenantId: tenant_id };
  if (range.from > range.to) throw new Error(`from (${from}) is later than to (${to}).`);
  const retentionDays = Number(readOptionalEnvironment('retentionDays') ?? 30);
  const oldest = Date.now() - retentionDays * 86_400_000;
  // Events outlive the records that would tell what was delivered: older ones would be sent again.
  if (range.from < oldest) {
    const limit = new Date(oldest).toISOString();
    throw new Error(`from is ${from}, but what was delivered before ${limit} is no longer recorded.`);
  }
  return range;
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
