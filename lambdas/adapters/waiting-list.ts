import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { DeliveryMessage } from '../../core/delivery.ts';
import { decodeTime, idKey } from '../../core/ids.ts';
import { above } from './delivery-query.ts';
import { partitionOf, SHARDS, tableName, WAITING } from './delivery-store.ts';
import { dynamodb, type Item } from './dynamodb.ts';

/** Which of the deliveries that wait for an endpoint's circuit are wanted. */
export interface WaitingFilter {
  /** Behind this order; from the oldest where absent. */
  readonly after?: string;
  /** Up to this order; to the youngest where absent. */
  readonly upTo?: string;
  /** Due then or before, milliseconds since 1970. */
  readonly dueBy?: number;
}

/** A delivery that waits: its order, and the message for its next attempt. */
export interface WaitingDelivery {
  readonly order: string;
  readonly message: DeliveryMessage;
}

/**
 * Finds deliveries that wait, oldest event first. All shards are read and merged. The
 * index may be a moment behind the table.
 */
export async function findWaiting(
  endpointId: string,
  limit: number,
  filter: WaitingFilter = {},
): Promise<WaitingDelivery[]> {
  const shards = await Promise.all(
    Array.from({ length: SHARDS }, (_, shard) =>
      readShard(`${partitionOf(idKey(endpointId), shard)}#${WAITING}`, limit, filter),
    ),
  );
  const oldest = shards.flat().sort((a, b) => ((a.tsk?.S ?? '') < (b.tsk?.S ?? '') ? -1 : 1));
  return oldest.slice(0, limit).map((item) => {
    const order = item.tsk?.S ?? '';
    const message = {
      tenantId: item.t?.S ?? '',
      eventId: item.e?.S ?? '',
      endpointId,
      acceptedAt: decodeTime(order.slice(0, 8)),
      attempt: Number(item.n?.N) + 1,
    };
    return { order, message };
  });
}

async function readShard(tpk: string, limit: number, filter: WaitingFilter): Promise<Item[]> {
  const found: Item[] = [];
  let startKey: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await dynamodb.send(
      new QueryCommand({ ...queryOf(tpk, limit, filter), ExclusiveStartKey: startKey }),
    );
    found.push(...Items);
    startKey = LastEvaluatedKey;
  } while (startKey !== undefined && found.length < limit);
  return found;
}

/** A filtered query looks at many to find a few. */
const LOOKED_AT = 200;

function queryOf(tpk: string, limit: number, { after, upTo, dueBy }: WaitingFilter) {
  return {
    TableName: tableName(),
    IndexName: 'by-trouble',
    KeyConditionExpression: 'tpk = :pk AND tsk BETWEEN :after AND :upTo',
    ...(dueBy !== undefined && { FilterExpression: 'w <= :by' }),
    ProjectionExpression: 't, e, n, tsk',
    ExpressionAttributeValues: {
      ':pk': { S: tpk },
      ':after': { S: after === undefined ? '0' : above(after) },
      ':upTo': { S: upTo ?? '~' },
      ...(dueBy !== undefined && { ':by': { N: String(dueBy) } }),
    },
    Limit: dueBy !== undefined ? Math.max(limit, LOOKED_AT) : limit,
  };
}
