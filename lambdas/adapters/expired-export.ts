import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { DynamoDBRecord } from 'aws-lambda';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';
import { readOptionalEnvironment } from './environment.ts';
import { expiredLines } from './expired-lines.ts';
import { logError, logInfo } from './log.ts';
import { measure, writeMetrics } from './metrics.ts';

/** Firehose takes records of 1,000 KB, four of them to a call of 4 MB, and charges each by 5 KB: so few and full ones. */
const RECORD_BYTES = 1_000_000;
const RECORDS_PER_CALL = 4;
const BACKOFF_MS = [100, 200, 400, 800, 1_600];

/** A batch is held up by Firehose for no longer than this, and by the bucket for as long again. */
const DEADLINE_MS = 8_000;
/** So long after it refused, Firehose is not asked: each batch would wait for it anew. */
const LEFT_ALONE_MS = 60_000;

let askAgainAt = 0;

/**
 * Hands what expired to the export, where the platform has one. What Firehose does not take goes into the bucket at once, as
 * an object of its own. It is no reason to hold up what else is read from the stream, so it never fails; batches that come
 * again are exported again.
 */
export async function exportExpired(records: readonly DynamoDBRecord[]): Promise<void> {
  const stream = readOptionalEnvironment('exportStream');
  if (stream === undefined) return;
  const lines = expiredLines(records);
  if (lines.length === 0) return;
  const left = await handOver(stream, packLines(lines));
  if (left.length > 0) await putAside(left);
}

/** @returns what Firehose did not take */
async function handOver(stream: string, blobs: readonly Buffer[]): Promise<Buffer[]> {
  if (Date.now() < askAgainAt) return [...blobs];
  const abortSignal = AbortSignal.timeout(DEADLINE_MS);
  const left: Buffer[] = [];
  for (let start = 0; start < blobs.length; start += RECORDS_PER_CALL) {
    const some = blobs.slice(start, start + RECORDS_PER_CALL);
    left.push(...(abortSignal.aborted ? some : await putRecords(stream, some, abortSignal)));
  }
  if (left.length > 0) askAgainAt = Date.now() + LEFT_ALONE_MS;
  return left;
}

/** Puts lines where Firehose would have put them; only where the bucket cannot be reached either, they are lost. */
async function putAside(blobs: readonly Buffer[]): Promise<void> {
  const now = new Date(Date.now()).toISOString();
  const key = `expired/day=${now.slice(0, 10)}/direct-${now}-${randomUUID()}.gz`;
  try {
    const { putObject } = await import('./export-bucket.ts');
    await putObject(key, gzipSync(Buffer.concat(blobs)), AbortSignal.timeout(DEADLINE_MS));
    measure('expiredPastFirehose', blobs.length);
    logInfo('what expired was put into the bucket past Firehose', { key });
  } catch (error) {
    measure('expiredLost', blobs.length);
    logError('what expired could not be exported and is lost', error, { records: blobs.length });
  }
  writeMetrics();
}

/** Lines, each with its newline, in as few records as hold them. */
export function packLines(lines: readonly string[]): Buffer[] {
  const packs: Buffer[][] = [];
  let room = 0;
  for (const line of lines) {
    const bytes = Buffer.from(`${line}\n`);
    if (bytes.byteLength > room) {
      packs.push([]);
      room = RECORD_BYTES;
    }
    packs.at(-1)?.push(bytes);
    room -= bytes.byteLength;
  }
  return packs.map((pack) => Buffer.concat(pack));
}

/** @returns the records that were not taken, however often they were tried */
async function putRecords(
  DeliveryStreamName: string,
  blobs: readonly Buffer[],
  abortSignal: AbortSignal,
): Promise<Buffer[]> {
  let open = [...blobs];
  try {
    const { client, PutRecordBatchCommand } = await loadFirehose();
    for (const wait of [...BACKOFF_MS, undefined]) {
      const Records = open.map((Data) => ({ Data }));
      const command = new PutRecordBatchCommand({ DeliveryStreamName, Records });
      const answer = await client.send(command, { abortSignal });
      open = open.filter((_, i) => answer.RequestResponses?.[i]?.ErrorCode !== undefined);
      if (open.length === 0 || wait === undefined) break;
      await sleep(wait, undefined, { signal: abortSignal });
    }
    if (open.length > 0)
      logError('Firehose refused records of what expired', undefined, { records: open.length });
  } catch (error) {
    logError('Firehose did not take what expired', error, { records: open.length });
  }
  return open;
}

type Firehose = Pick<typeof import('@aws-sdk/client-firehose'), 'PutRecordBatchCommand'> & {
  readonly client: import('@aws-sdk/client-firehose').FirehoseClient;
};
let firehose: Promise<Firehose> | undefined;

/** Loaded when something expires: most platforms export nothing. */
function loadFirehose(): Promise<Firehose> {
  firehose ??= import('@aws-sdk/client-firehose').then(({ FirehoseClient, PutRecordBatchCommand }) => ({
    client: new FirehoseClient({ maxAttempts: 5, requestHandler: AWS_TIMEOUTS }),
    PutRecordBatchCommand,
  }));
  return firehose;
}
