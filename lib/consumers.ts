import { Duration } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import {
  type EventSourceMappingOptions,
  FilterCriteria,
  FilterRule,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { acceptWildcard, allow } from './allow.ts';
import type { BundledFunction } from './bundled-function.ts';
import type { ExpiredExport } from './expired-export.ts';
import type { Queues } from './queues.ts';
import type { Storage } from './storage.ts';

/**
 * How long a batch is tried. What a function cannot read it puts aside itself, so what fails is a queue or a table that is
 * out of reach, which ends; or one record that kills the function, which holds its shard no longer than this (halving
 * finds it at once). What is given up is the re-dispatch command's. A stream keeps its records for 24 hours.
 */
const TRIED_FOR = Duration.hours(6);

/** What the functions need that read a stream for more than dispatching. */
export interface StreamConsumerProps {
  readonly storage: Storage;
  readonly queues: Queues;
  /** Absent where what expired is not exported. */
  readonly expiredExport?: ExpiredExport;
}

export interface StreamReaderProps {
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** Whether the function also gets what expired. */
  readonly expired: boolean;
  /** Gets the positions of a batch that was given up. The records themselves are not in the message. */
  readonly givenUp: Queue;
}

/** What TTL deleted; what somebody else did is not for the export. */
const EXPIRED = FilterCriteria.filter({
  eventName: FilterRule.isEqual('REMOVE'),
  userIdentity: { principalId: FilterRule.isEqual('dynamodb.amazonaws.com') },
});

/** Calls `fn` with the items that are put into `table`; what is not asked for is filtered out before it costs a call. */
export function readInserts(fn: BundledFunction, table: Table, props: StreamReaderProps): void {
  const inserts = FilterCriteria.filter({ eventName: FilterRule.isEqual('INSERT') });
  readStream(fn, table, 'Inserts', props, { filters: props.expired ? [inserts, EXPIRED] : [inserts] });
}

/**
 * Calls `fn` with the changes of deliveries, within tumbling windows: Lambda hands each call of a window what the last one
 * answered, and tells which is the last. The items of later attempts are filtered out before they cost a call.
 */
export function observeDeliveries(
  fn: BundledFunction,
  deliveries: Table,
  props: StreamReaderProps & { readonly tumblingWindowSeconds: number },
): void {
  const changes = FilterCriteria.filter({
    eventName: FilterRule.or('INSERT', 'MODIFY'),
    dynamodb: { Keys: { sk: { S: FilterRule.beginsWith('D') } } },
  });
  readStream(fn, deliveries, 'Changes', props, {
    filters: props.expired ? [changes, EXPIRED] : [changes],
    tumblingWindow: Duration.seconds(props.tumblingWindowSeconds),
    // A window belongs to a shard; two readers of one would each have a state of their own.
    parallelizationFactor: 1,
  });
}

function readStream(
  fn: BundledFunction,
  table: Table,
  id: string,
  props: StreamReaderProps,
  options: Partial<EventSourceMappingOptions>,
): void {
  const stream = table.tableStreamArn!;
  allow(fn, 'dynamodb', ['DescribeStream', 'GetRecords', 'GetShardIterator'], stream);
  // The one action of the four that is not about one stream.
  const streams = `${table.tableArn}/stream/*`;
  allow(fn, 'dynamodb', ['ListStreams'], streams);
  acceptWildcard(
    fn.role!,
    streams,
    'Listing cannot name one stream; these are the streams of one table only.',
  );
  allow(fn, 'sqs', ['SendMessage'], props.givenUp.queueArn);
  fn.addEventSourceMapping(id, {
    ...options,
    eventSourceArn: stream,
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: props.batchSize,
    maxBatchingWindow: Duration.seconds(props.windowSeconds),
    bisectBatchOnError: true,
    maxRecordAge: TRIED_FOR,
    onFailure: { bind: () => ({ destination: props.givenUp.queueArn }) },
  });
}

/** Without a window a batch has ten messages at most. */
interface BatchProps {
  readonly batchSize: number;
  readonly windowSeconds: number;
}

/**
 * Calls `fn` with messages, each of which succeeds or fails on its own.
 * @param batch up to ten, without waiting for more, unless it says otherwise
 */
export function consumeQueue(
  fn: BundledFunction,
  queue: Queue,
  maxConcurrency: number,
  batch?: BatchProps,
): void {
  allow(fn, 'sqs', ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'], queue.queueArn);
  fn.addEventSourceMapping('Messages', {
    eventSourceArn: queue.queueArn,
    batchSize: batch?.batchSize ?? 10,
    ...(batch && { maxBatchingWindow: Duration.seconds(batch.windowSeconds) }),
    reportBatchItemFailures: true,
    maxConcurrency,
  });
}
