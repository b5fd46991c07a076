import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBRecord } from 'aws-lambda';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';
import { readOptionalEnvironment } from './environment.ts';
import { expiredLines } from './expired-lines.ts';

/** Firehose takes records of 1,000 KB, four of them to a call of 4 MB, and charges each by 5 KB: so few and full ones. */
const RECORD_BYTES = 1_000_000;
const RECORDS_PER_CALL = 4;
const BACKOFF_MS = [100, 200, 400, 800, 1_600];

/**
 * Hands what expired to the export, where the platform has one. Batches that come again are exported again.
 * @throws Error where Firehose does not take it; the batch is then made again
 */
export async function exportExpired(records: readonly DynamoDBRecord[]): Promise<void> {
  const stream = readOptionalEnvironment('exportStream');
  if (stream === undefined) return;
  const blobs = packLines(expiredLines(records));
  for (let start = 0; start < blobs.length; start += RECORDS_PER_CALL)
    await putRecords(stream, blobs.slice(start, start + RECORDS_PER_CALL));
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

async function putRecords(DeliveryStreamName: string, blobs: readonly Buffer[]): Promise<void> {
  const { client, PutRecordBatchCommand } = await loadFirehose();
  let open = [...blobs];
  for (const wait of [...BACKOFF_MS, undefined]) {
    const Records = open.map((Data) => ({ Data }));
    const answer = await client.send(new PutRecordBatchCommand({ DeliveryStreamName, Records }));
    open = open.filter((_, i) => answer.RequestResponses?.[i]?.ErrorCode !== undefined);
    if (open.length === 0) return;
    if (wait !== undefined) await sleep(wait);
  }
  throw new Error(`Firehose did not take ${open.length} records of what expired.`);
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
