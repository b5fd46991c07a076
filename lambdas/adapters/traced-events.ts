import { randomBytes } from 'node:crypto';
import type { StoredEvent } from '../../core/event.ts';
import { newTraceId, readTraceHeader } from '../../core/trace.ts';
import { readOptionalEnvironment } from './environment.ts';
import { type PutResult, putEvent } from './event-store.ts';
import { newSegmentId, note } from './tracing.ts';

/**
 * Stores an event as {@link putEvent} does. A few, by chance, get a trace that every later hop adds to.
 * @param header the `X-Amzn-Trace-Id` of a request that is about this event alone: a trace has room for one
 */
export async function publishEvent(
  event: StoredEvent,
  header?: string,
): Promise<{ result: PutResult; stored: StoredEvent }> {
  const percent = Number(readOptionalEnvironment('traceSampling') ?? 0);
  if (Math.random() * 100 >= percent) return putEvent(event);
  const startedAt = Date.now();
  const { traceId, parentId } = readTraceHeader(header) ?? {
    traceId: newTraceId(startedAt, randomBytes(12)),
  };
  const segmentId = newSegmentId();
  const answer = await putEvent({ ...event, trace: { traceId, segmentId } });
  if (answer.result !== 'created') return answer;
  const trace = { name: 'publish', traceId, segmentId, parentId } as const;
  const metadata = { tenant_id: event.tenantId, event_type: event.type };
  note({ ...trace, startedAt, endedAt: Date.now(), annotations: { event_id: event.id }, metadata });
  return answer;
}
