import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { LISTED_ATTRIBUTES } from '../../core/delivery.ts';
import { addressDelivery } from '../../core/ids.ts';
import {
  above,
  below,
  type DeliveryFilter,
  type ListPlace,
  type Range,
  rangeOf,
  shardQueries,
} from './delivery-query.ts';
import {
  type DeliveryRecord,
  deliveryKey,
  fromItem,
  partitionOf,
  SHARDS,
  tableName,
} from './delivery-store.ts';
import { batchGet, dynamodb, type Item } from './dynamodb.ts';

export interface DeliveryPage {
  /** Newest event first. */
  readonly deliveries: DeliveryRecord[];
  /** Where the next page, of older ones, begins; undefined at the end. */
  readonly next?: ListPlace;
  /** Where the page before, of newer ones, begins; undefined where none is known. */
  readonly previous?: ListPlace;
}

/** Reads of a filter that matches little are given up after these; the page is then short, and its cursor goes on. */
const ROUNDS = 10;

/**
 * Lists an endpoint's deliveries, newest event first. All shards are read at once and merged.
 * @param place which way and from where; from the newest where absent
 */
export async function listDeliveries(
  endpointKey: string,
  limit: number,
  filter: DeliveryFilter,
  place?: ListPlace,
): Promise<DeliveryPage> {
  const older = place?.[0] !== 'newer';
  const { found, rest } = await collect(endpointKey, limit, filter, rangeOf(filter, place), older);
  const taken = found.slice(0, limit);
  const last = found.length > limit ? taken.at(-1)?.address.order : undefined;
  const onward = last === undefined ? rest : behind(last, older);
  // A page without deliveries has no first one; what comes before it begins where it began itself.
  const [start] = taken;
  const back = start === undefined ? place?.[1] : behind(start.address.order, !older);
  return older
    ? { deliveries: taken, next: placeAt('older', onward), previous: place && placeAt('newer', back) }
    : {
        deliveries: taken.toReversed(),
        next: placeAt('older', back),
        previous: placeAt('newer', onward),
      };
}

function placeAt(way: ListPlace[0], bound: string | undefined): ListPlace | undefined {
  return bound === undefined ? undefined : [way, bound];
}

/** The end of a range that begins behind a delivery. */
function behind(order: string, older: boolean): string {
  return older ? below(order) : above(order);
}

/**
 * Goes through a range until there are more deliveries than the limit.
 * @returns them, as they come on the way, and where the unread rest of the range begins
 */
async function collect(
  endpointKey: string,
  limit: number,
  filter: DeliveryFilter,
  range: Range,
  older: boolean,
): Promise<{ found: DeliveryRecord[]; rest?: string }> {
  const found: DeliveryRecord[] = [];
  let { low, high } = range;
  for (let round = 0; round < ROUNDS && found.length <= limit; round++) {
    // DynamoDB refuses a range that ends before it begins.
    if (low > high) return { found };
    const queries = partitionsOf(endpointKey).flatMap((partition) =>
      shardQueries(partition, limit, filter, { low, high }),
    );
    const shards = await Promise.all(queries.map((query) => readShard(query, older)));
    // A shard that was not read to its end may hold more behind the place it was read to: the others wait for it there.
    const ends = shards.flatMap(({ readTo }) => (readTo === undefined ? [] : [readTo])).toSorted();
    const horizon = older ? ends.at(-1) : ends[0];
    const complete = shards
      .flatMap(({ deliveries }) => deliveries)
      .filter(
        ({ address: { order } }) => horizon === undefined || (older ? order >= horizon : order <= horizon),
      );
    found.push(...complete.sort((a, b) => (a.address.order < b.address.order === older ? 1 : -1)));
    if (horizon === undefined) return { found };
    if (older) high = below(horizon);
    else low = above(horizon);
  }
  return { found, rest: older ? high : low };
}

function partitionsOf(endpointKey: string): string[] {
  return Array.from({ length: SHARDS }, (_, shard) => partitionOf(endpointKey, shard));
}

async function readShard(
  query: Partial<QueryCommandInput>,
  older: boolean,
): Promise<{ deliveries: DeliveryRecord[]; readTo?: string }> {
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(
    new QueryCommand({ TableName: tableName(), ...query, ScanIndexForward: !older }),
  );
  return { deliveries: Items.map(fromItem), readTo: LastEvaluatedKey?.sk?.S?.slice(1) };
}

/** Reads the deliveries of one event to certain endpoints; those that are not there were not made. */
export async function findDeliveries(
  endpointIds: readonly string[],
  eventId: string,
  acceptedAt: number,
): Promise<DeliveryRecord[]> {
  const keys = endpointIds.map((id) => deliveryKey(addressDelivery(id, eventId, acceptedAt)) as Item);
  const attributes = ['pk', 'sk', 'tpk', ...LISTED_ATTRIBUTES];
  const found = await batchGet([{ table: tableName(), keys, consistent: false, attributes }]);
  return (found.get(tableName()) ?? []).map(fromItem);
}
