import { randomBytes } from 'node:crypto';
import type { StoredEvent } from '../../core/event.ts';
import { newTraceId, readTraceHeader } from '../../core/trace.ts';
import { readOptionalEnvironment } from './environment.ts';
import { type PutResult, putEvent } from './event-store.ts';
import { newSegmentId, note } from './tracing.ts';

/**
 * Stores an event as {@link putEvent} does. A few, by chance, get a trace that every later hop adds to.
 * @param header the request's `X-Amzn-Trace-Id`
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
  const annotations = { tenant_id: event.tenantId, event_id: event.id, event_type: event.type };
  note({ name: 'publish', traceId, segmentId, parentId, startedAt, endedAt: Date.now(), annotations });
  return answer;
}
