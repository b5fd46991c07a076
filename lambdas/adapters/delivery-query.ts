import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { type DeliveryState, LISTED_ATTRIBUTES } from '../../core/delivery.ts';
import { encodeTime } from '../../core/ids.ts';
import { WAITING } from './delivery-store.ts';
import type { Item } from './dynamodb.ts';

/** Which of an endpoint's deliveries are wanted. */
export interface DeliveryFilter {
  readonly state?: DeliveryState;
  /** A type, `order.*`, or `*`. */
  readonly eventType?: string;
  /** Only tests, or none; both where absent. */
  readonly test?: boolean;
  /** Of events accepted then or later, milliseconds since 1970. */
  readonly from?: number;
  /** Of events accepted before, milliseconds since 1970. */
  readonly to?: number;
}

/** Which way a list goes on, and the end of the range that it goes on from. */
export type ListPlace = readonly [way: 'older' | 'newer', bound: string];

/** A stretch of the list by the deliveries' order; both ends belong to it. */
export interface Range {
  readonly low: string;
  readonly high: string;
}

/** The order begins with the time of the event's acceptance, so a time is an end of a range: no item is read in vain. */
export function rangeOf({ from, to }: DeliveryFilter, place?: ListPlace): Range {
  // Shorter than any order, a time sorts before those that begin with it.
  const low = from === undefined ? '0' : encodeTime(from);
  const high = to === undefined ? '~' : encodeTime(to);
  if (place === undefined) return { low, high };
  const [way, bound] = place;
  if (way === 'older') return bound < high ? { low, high: bound } : { low, high };
  return bound > low ? { low: bound, high } : { low, high };
}

/** What sorts behind an order and before every later one: orders are letters and digits, all of one length. */
export function above(order: string): string {
  return `${order}!`;
}

/** What sorts before an order and behind every earlier one. */
export function below(order: string): string {
  return `${order.slice(0, -1)}${String.fromCharCode(order.charCodeAt(order.length - 1) - 1)}~`;
}

/** A filtered query looks at many to find a few. */
const LOOKED_AT = 200;
/** What a list shows is a fraction of an item; the log of the attempt stays where it is. */
const LISTED = ['pk', 'sk', 'tpk', ...LISTED_ATTRIBUTES];

/**
 * Deliveries in trouble are found by their state's index, where those that wait for a circuit stand apart; the others
 * stand in the table itself.
 */
export function shardQueries(
  partition: string,
  limit: number,
  filter: DeliveryFilter,
  range: Range,
): Partial<QueryCommandInput>[] {
  const { state } = filter;
  if (state === undefined || state === 'succeeded') return [shardQuery(partition, limit, filter, range)];
  const inState = shardQuery(partition, limit, filter, range, state);
  const mayWait = state === 'pending' || state === 'retrying';
  return mayWait ? [inState, shardQuery(partition, limit, filter, range, WAITING)] : [inState];
}

/** @param entry what stands in the index in the place of the state; absent where the table itself is read */
function shardQuery(
  partition: string,
  limit: number,
  filter: DeliveryFilter,
  { low, high }: Range,
  entry?: string,
): Partial<QueryCommandInput> {
  const indexed = entry !== undefined;
  const { conditions, values } = conditionsOf(filter, entry === filter.state);
  const ends: Item = indexed
    ? { ':pk': { S: `${partition}#${entry}` }, ':low': { S: low }, ':high': { S: high } }
    : // Attempts stand behind the deliveries of a partition.
      { ':pk': { S: partition }, ':low': { S: `D${low}` }, ':high': { S: `D${high}` } };
  return {
    ...(indexed && { IndexName: 'by-trouble' }),
    KeyConditionExpression: indexed
      ? 'tpk = :pk AND tsk BETWEEN :low AND :high'
      : '#pk = :pk AND #sk BETWEEN :low AND :high',
    ...(conditions.length > 0 && { FilterExpression: conditions.join(' AND ') }),
    ProjectionExpression: LISTED.map((name) => `#${name}`).join(','),
    ExpressionAttributeNames: Object.fromEntries(LISTED.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: { ...ends, ...values },
    Limit: conditions.length > 0 ? LOOKED_AT : limit + 1,
  };
}

/** What the keys do not say. */
function conditionsOf({ state, eventType, test }: DeliveryFilter, isInKey: boolean) {
  const conditions: string[] = [];
  const values: Item = {};
  if (state !== undefined && !isInKey) {
    conditions.push('#s = :state');
    values[':state'] = { S: state };
  }
  if (eventType !== undefined && eventType !== '*') {
    const group = eventType.endsWith('.*');
    conditions.push(group ? 'begins_with(#y, :type)' : '#y = :type');
    values[':type'] = { S: group ? eventType.slice(0, -1) : eventType };
  }
  if (test !== undefined) conditions.push(test ? 'attribute_exists(#g)' : 'attribute_not_exists(#g)');
  return { conditions, values };
}
