/** A place in a trace of AWS X-Ray: what comes after it names it as its parent. */
export interface Trace {
  /** `1-`, eight hexadecimal digits of the time it began at in seconds, `-`, 24 random ones. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly segmentId: string;
}

const TRACE_ID = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/;
const SEGMENT_ID = /^[0-9a-f]{16}$/;

/**
 * Reads an `X-Amzn-Trace-Id` header, so that what a producer traces goes on here. What it says of sampling counts for
 * nothing: each trace costs the operator, and callers do not decide about that.
 * @returns undefined where it names no trace
 */
export function readTraceHeader(
  header: string | undefined,
): { readonly traceId: string; readonly parentId?: string } | undefined {
  const fields = new Map(
    (header ?? '').split(';').map((field) => field.trim().split('=', 2) as [string, string]),
  );
  const traceId = fields.get('Root') ?? '';
  const parentId = fields.get('Parent') ?? '';
  if (!TRACE_ID.test(traceId)) return undefined;
  return SEGMENT_ID.test(parentId) ? { traceId, parentId } : { traceId };
}

/** @param random 12 bytes */
export function newTraceId(now: number, random: Uint8Array): string {
  const seconds = Math.floor(now / 1000)
    .toString(16)
    .padStart(8, '0');
  return `1-${seconds}-${Buffer.from(random).toString('hex')}`;
}

/** 24 bytes: 16 of the trace's id and 8 of the segment's, since a traced event pays for them. */
export function packTrace({ traceId, segmentId }: Trace): Uint8Array {
  return Buffer.from(traceId.slice(2).replace('-', '') + segmentId, 'hex');
}

export function unpackTrace(bytes: Uint8Array): Trace {
  const hex = Buffer.from(bytes).toString('hex');
  return { traceId: `1-${hex.slice(0, 8)}-${hex.slice(8, 32)}`, segmentId: hex.slice(32) };
}

/** What one function did for a traced event. Times are milliseconds since 1970. */
export interface Hop {
  readonly name: 'publish' | 'dispatch' | 'fan-out' | 'deliver';
  readonly traceId: string;
  readonly segmentId: string;
  /** The segment that it follows from. */
  readonly parentId?: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /**
   * What a trace can be searched by. X-Ray indexes 50 of a trace's annotations, so these are ids alone, and none that an earlier
   * hop of the trace has.
   */
  readonly annotations: Readonly<Record<string, string>>;
  /** What else is told of it. */
  readonly metadata: Readonly<Record<string, string | number>>;
  /** The request to a receiver, if one was made. */
  readonly request?: {
    readonly segmentId: string;
    readonly url: string;
    readonly startedAt: number;
    readonly endedAt: number;
    readonly status?: number;
    readonly failed: boolean;
  };
}

/** A hop as X-Ray takes it (AWS X-Ray Developer Guide, "Segment documents"). Of a URL only the host: its path may be a secret. */
export function segmentDocument(hop: Hop): string {
  const { request } = hop;
  return JSON.stringify({
    name: `posthorn ${hop.name}`,
    trace_id: hop.traceId,
    id: hop.segmentId,
    parent_id: hop.parentId,
    start_time: hop.startedAt / 1000,
    end_time: hop.endedAt / 1000,
    origin: 'AWS::Lambda::Function',
    annotations: hop.annotations,
    metadata: { posthorn: hop.metadata },
    subsegments: request && [
      {
        name: new URL(request.url).host,
        id: request.segmentId,
        namespace: 'remote',
        start_time: request.startedAt / 1000,
        end_time: request.endedAt / 1000,
        http: {
          request: { method: 'POST', url: new URL(request.url).origin },
          response: { status: request.status },
        },
        fault: request.failed,
      },
    ],
    fault: request?.failed,
  });
}
