import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { decodeTime, encodeTime, idKey } from '../../core/ids.ts';
import type { Task } from '../../core/task.ts';
import { type DeliveryRecord, fromItem, partitionOf, SHARDS, tableName } from './delivery-store.ts';
import { dynamodb, project } from './dynamodb.ts';
import { findEventIds } from './event-lookup.ts';
import { newSchedule, type TaskWork } from './task-work.ts';

/** Deliveries of a page: some 25 calls to the queue. */
const PAGE = 250;
/** Queries of one piece of counting; each counts up to 1 MB of the index, some thousands of deliveries. */
const COUNTS_AT_ONCE = 2 * SHARDS;

/** A shard, and the order in it that was reached. */
interface Place {
  readonly shard: number;
  readonly after: string;
}

const END: Place = { shard: SHARDS, after: '' };

/**
 * Recovering: every delivery of the endpoint that failed, by the sparse index, shard by shard and oldest event first. A test
 * is not recovered: it was somebody's try.
 */
export const recoverWork: TaskWork = {
  count: async (task) => {
    let place = readPlace(task.place);
    let found = 0;
    for (let round = 0; round < COUNTS_AT_ONCE && isBefore(place, END); round++) {
      const { count, next } = await queryFailed(task, place, END, 'COUNT');
      found += count;
      place = next;
    }
    const counted = !isBefore(place, END);
    return { found, counted, place: counted ? '' : writePlace(place) };
  },
  readPage: async (task, _endpoint, to) => {
    const end = to === undefined ? END : readPlace(to);
    let place = readPlace(task.place);
    if (!isBefore(place, END)) return undefined;
    const failed: DeliveryRecord[] = [];
    while (isBefore(place, end) && (to !== undefined || failed.length < PAGE)) {
      const { deliveries, next } = await queryFailed(task, place, end, PAGE - (failed.length % PAGE));
      failed.push(...deliveries);
      place = next;
    }
    const events = await findEventIds(
      task.tenantId,
      failed.map(({ eventId }) => eventId),
    );
    const open = failed.filter(({ eventId }) => events.has(eventId));
    return {
      to: to ?? writePlace(place),
      deliveries: open.map((record) =>
        newSchedule({ ...record, acceptedAt: timeOf(record) }, record.attempts),
      ),
      done: open.length,
      skipped: 0,
      failed: failed.length - open.length,
    };
  },
};

const LOOKED_AT = ['pk', 'sk', 't', 'p', 'e', 'n'];

/**
 * Reads failed deliveries of one shard, from a place to an end.
 * @param limit how many to look at, or that they be counted
 */
async function queryFailed(
  task: Task,
  { shard, after }: Place,
  end: Place,
  limit: number | 'COUNT',
): Promise<{ deliveries: DeliveryRecord[]; count: number; next: Place }> {
  const {
    Items = [],
    Count = 0,
    LastEvaluatedKey,
  } = await dynamodb.send(
    new QueryCommand({
      TableName: tableName(),
      IndexName: 'by-trouble',
      KeyConditionExpression: 'tpk = :failed AND tsk BETWEEN :from AND :to',
      FilterExpression: 'attribute_not_exists(g)',
      ExpressionAttributeValues: {
        ':failed': { S: `${partitionOf(idKey(task.endpointId), shard)}#failed` },
        // An order sorts behind its own time, and before itself with anything behind it.
        ':from': { S: after === '' ? encodeTime(task.since) : `${after}!` },
        ':to': { S: shard === end.shard ? end.after : encodeTime(task.until) },
      },
      ...(limit === 'COUNT' ? { Select: 'COUNT' } : { ...project(LOOKED_AT), Limit: limit }),
    }),
  );
  const reached = LastEvaluatedKey?.tsk?.S;
  return {
    deliveries: Items.map(fromItem),
    count: Count,
    next: reached === undefined ? { shard: shard + 1, after: '' } : { shard, after: reached },
  };
}

function timeOf({ address }: DeliveryRecord): number {
  return decodeTime(address.order.slice(0, 8));
}

function isBefore(a: Place, b: Place): boolean {
  return a.shard < b.shard || (a.shard === b.shard && a.after < b.after);
}

function writePlace({ shard, after }: Place): string {
  return `${shard} ${after}`;
}

function readPlace(place: string): Place {
  const [shard, after = ''] = place.split(' ');
  return { shard: Number(shard), after };
}
