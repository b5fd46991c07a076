import { randomBytes } from 'node:crypto';
import { type Hop, segmentDocument, type Trace } from '../../core/trace.ts';
import { logInfo } from './log.ts';

/** A trace is worth less than what it is about: it is tried once, and holds nobody up for longer than this. */
const PATIENCE = { connectionTimeout: 500, requestTimeout: 1_500, throwOnRequestTimeout: true } as const;
/** PutTraceSegments' limit (AWS X-Ray API reference). */
const SEGMENTS_PER_CALL = 50;

/** Few calls have a traced event among theirs, so X-Ray's client is loaded with the first. */
async function xray() {
  const module = await import('@aws-sdk/client-xray');
  return { client: new module.XRayClient({ maxAttempts: 1, requestHandler: PATIENCE }), ...module };
}
let loaded: ReturnType<typeof xray> | undefined;

let noted: Hop[] = [];

export const newSegmentId = () => randomBytes(8).toString('hex');

/** Notes what was done for a traced event; {@link sendHops} sends it. One log line too, so that a log search joins them. */
export function noteHop(after: Trace, hop: Omit<Hop, 'traceId' | 'segmentId' | 'parentId'>): void {
  const { traceId, segmentId: parentId } = after;
  note({ ...hop, traceId, parentId, segmentId: newSegmentId() });
}

/** Notes the hop that a trace begins with. */
export function note(hop: Hop): void {
  noted.push(hop);
  logInfo('traced', { hop: hop.name, traceId: hop.traceId, ...hop.annotations, ...hop.metadata });
}

/**
 * Sends what was noted to X-Ray. To its API and not to the daemon beside the function: the daemon runs only for calls that
 * Lambda itself samples. Never throws.
 */
export async function sendHops(): Promise<void> {
  if (noted.length === 0) return;
  const documents = noted.map(segmentDocument);
  noted = [];
  try {
    loaded ??= xray();
    const { client, PutTraceSegmentsCommand } = await loaded;
    for (let start = 0; start < documents.length; start += SEGMENTS_PER_CALL) {
      const TraceSegmentDocuments = documents.slice(start, start + SEGMENTS_PER_CALL);
      await client.send(new PutTraceSegmentsCommand({ TraceSegmentDocuments }));
    }
  } catch (error) {
    logInfo('segments of a trace were not taken', { reason: String(error), segments: documents.length });
  }
}
