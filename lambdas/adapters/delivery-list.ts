import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { type DeliveryState, LISTED_ATTRIBUTES } from '../../core/delivery.ts';
import { addressDelivery } from '../../core/ids.ts';
import {
  type DeliveryRecord,
  deliveryKey,
  fromItem,
  partitionOf,
  SHARDS,
  tableName,
} from './delivery-store.ts';
import { batchGet, dynamodb, type Item } from './dynamodb.ts';

export interface DeliveryFilter {
  readonly state?: DeliveryState;
  readonly eventType?: string;
  /** Only tests, or none; both where absent. */
  readonly test?: boolean;
}

export interface DeliveryPage {
  readonly deliveries: DeliveryRecord[];
  /** Where the next page begins, or undefined at the end. */
  readonly before?: string;
}

/** Reads of a filter that matches little are given up after these; the page is then short, and its cursor goes on. */
const ROUNDS = 10;
/** A filtered query looks at many to find a few. */
const LOOKED_AT = 200;
/** What a list shows is a fraction of an item; the log of the attempt stays where it is. */
const LISTED = ['pk', 'sk', ...LISTED_ATTRIBUTES];

/**
 * Lists an endpoint's deliveries, newest event first. All shards are read at once and merged.
 * @param before the order to begin behind; from the newest where absent
 */
export async function listDeliveries(
  endpointKey: string,
  limit: number,
  filter: DeliveryFilter,
  before?: string,
): Promise<DeliveryPage> {
  const found: DeliveryRecord[] = [];
  let horizon = before;
  for (let round = 0; round < ROUNDS; round++) {
    const shards = await Promise.all(
      Array.from({ length: SHARDS }, (_, shard) => readShard(endpointKey, shard, limit, filter, horizon)),
    );
    // A shard that was not read to its end may hold more below the place it was read to: the others wait for it there.
    const ends = shards.flatMap((shard) => (shard.readTo === undefined ? [] : [shard.readTo]));
    horizon = ends.toSorted().at(-1);
    const complete = shards
      .flatMap((shard) => shard.deliveries)
      .filter((delivery) => horizon === undefined || delivery.address.order >= horizon);
    found.push(...complete.sort((a, b) => (a.address.order < b.address.order ? 1 : -1)));
    if (found.length >= limit || horizon === undefined) break;
  }
  const deliveries = found.slice(0, limit);
  return { deliveries, before: found.length > limit ? deliveries.at(-1)?.address.order : horizon };
}

async function readShard(
  endpointKey: string,
  shard: number,
  limit: number,
  filter: DeliveryFilter,
  before: string | undefined,
): Promise<{ deliveries: DeliveryRecord[]; readTo?: string }> {
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(
    new QueryCommand(shardQuery(partitionOf(endpointKey, shard), limit, filter, before)),
  );
  return { deliveries: Items.map(fromItem), readTo: LastEvaluatedKey?.sk?.S?.slice(1) };
}

/** Deliveries in trouble are found by their state's index; the others stand in the table itself. */
function shardQuery(
  partition: string,
  limit: number,
  { state, eventType, test }: DeliveryFilter,
  before?: string,
) {
  const indexed = state !== undefined && state !== 'succeeded';
  const names: Record<string, string> = Object.fromEntries(LISTED.map((name) => [`#${name}`, name]));
  const values: Item = indexed
    ? { ':pk': { S: `${partition}#${state}` }, ':before': { S: before ?? '~' } }
    : { ':pk': { S: partition }, ':before': { S: `D${before ?? '~'}` } };
  const conditions: string[] = [];
  if (state === 'succeeded') {
    conditions.push('#s = :state');
    values[':state'] = { S: state };
  }
  if (eventType !== undefined) {
    conditions.push('#y = :type');
    values[':type'] = { S: eventType };
  }
  if (test !== undefined) conditions.push(test ? 'attribute_exists(#g)' : 'attribute_not_exists(#g)');
  return {
    TableName: tableName(),
    ...(indexed && { IndexName: 'by-trouble' }),
    // Nothing sorts before the deliveries of a partition; their later attempts stand behind.
    KeyConditionExpression: indexed ? 'tpk = :pk AND tsk < :before' : '#pk = :pk AND #sk < :before',
    ...(conditions.length > 0 && { FilterExpression: conditions.join(' AND ') }),
    ProjectionExpression: LISTED.map((name) => `#${name}`).join(','),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    ScanIndexForward: false,
    Limit: conditions.length > 0 ? LOOKED_AT : limit + 1,
  };
}

/** Reads the deliveries of one event to certain endpoints; those that are not there were not made. */
export async function findDeliveries(
  endpointIds: readonly string[],
  eventId: string,
  acceptedAt: number,
): Promise<DeliveryRecord[]> {
  const keys = endpointIds.map((id) => deliveryKey(addressDelivery(id, eventId, acceptedAt)) as Item);
  const found = await batchGet([{ table: tableName(), keys, consistent: false, attributes: LISTED }]);
  return (found.get(tableName()) ?? []).map(fromItem);
}
