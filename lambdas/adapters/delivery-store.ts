import { type BatchStatementRequest, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Attempt } from '../../core/attempt.ts';
import type { DeliveryCourse, DeliveryMessage, DeliveryState } from '../../core/delivery.ts';
import { addressDelivery, type DeliveryAddress } from '../../core/ids.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { readEnvironment, readOptionalEnvironment } from './environment.ts';
import { packText, unpackText } from './packing.ts';

/**
 * A busy endpoint's deliveries are spread over this many partitions, each good for about 1,000 writes a second; a list
 * asks all of them at once.
 */
export const SHARDS = 8;

/** A delivery as it is listed. */
export interface DeliveryRecord extends DeliveryCourse {
  readonly address: DeliveryAddress;
  readonly tenantId: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly eventType: string;
  /** Of the last attempt. */
  readonly statusCode?: number;
  readonly durationMs?: number;
  readonly error?: string;
  /** When the last attempt ended. */
  readonly attemptedAt?: number;
  /** Tells apart who wrote the last attempt, should two have made it. */
  readonly writer?: string;
}

/** One attempt's result, to be recorded. */
export interface DeliveryChange {
  readonly message: DeliveryMessage;
  readonly eventType: string;
  /** What was recorded when the message was received. */
  readonly recorded: DeliveryCourse | undefined;
  readonly state: DeliveryState;
  readonly nextAttemptAt?: number;
  /** Absent where the delivery was discarded without one. */
  readonly attempt?: Attempt;
  readonly error?: string;
  readonly writer: string;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

/** Where a message's delivery is kept. */
export function addressOf({ endpointId, eventId, acceptedAt }: DeliveryMessage): DeliveryAddress {
  return addressDelivery(endpointId, eventId, acceptedAt);
}

export function deliveryKey(address: DeliveryAddress): { pk: Item[string]; sk: Item[string] } {
  return { pk: { S: partition(address) }, sk: { S: `D${address.order}` } };
}

/**
 * Where a later attempt is kept: behind the deliveries of its partition, by number. The writer makes it one's own: should
 * two messages have made the same attempt, the log shows both.
 */
export function attemptKey(address: DeliveryAddress, attempt: number, writer: string): Item {
  return {
    pk: { S: partition(address) },
    sk: { S: `L${address.order}#${String(attempt).padStart(2, '0')}#${writer}` },
  };
}

function partition({ endpointKey, order }: DeliveryAddress): string {
  return partitionOf(endpointKey, order.charCodeAt(order.length - 1) % SHARDS);
}

export function partitionOf(endpointKey: string, shard: number): string {
  return `${endpointKey}#${shard}`;
}

/**
 * The write that records a change, and the only one for a delivery that succeeds at once. It is refused where the
 * record is no longer what it was when the message was received: of two messages for one attempt, one is recorded.
 */
export function recordStatement(change: DeliveryChange): BatchStatementRequest {
  return change.recorded === undefined ? insertStatement(change) : updateStatement(change, change.recorded);
}

function insertStatement(change: DeliveryChange): BatchStatementRequest {
  const { message } = change;
  const item: Item = {
    ...deliveryKey(addressOf(message)),
    t: { S: message.tenantId },
    p: { S: message.endpointId },
    e: { S: message.eventId },
    y: { S: change.eventType },
    ...summary(change),
  };
  const names = Object.keys(item);
  return {
    Statement: `INSERT INTO "${tableName()}" VALUE {${names.map((name) => `'${name}': ?`).join(', ')}}`,
    Parameters: names.map((name) => item[name] as Item[string]),
  };
}

/** What a change does not set is removed; the last attempt's status and time stay where there was no new attempt. */
const REMOVABLE = ['w', 'r', 'tpk', 'tsk'];
const REMOVABLE_BY_ATTEMPT = [...REMOVABLE, 'c', 'm'];

function updateStatement(change: DeliveryChange, recorded: DeliveryCourse): BatchStatementRequest {
  const set = summary(change);
  const names = Object.keys(set);
  const removable = change.attempt === undefined ? REMOVABLE : REMOVABLE_BY_ATTEMPT;
  const removed = removable.filter((name) => !(name in set));
  const { pk, sk } = deliveryKey(addressOf(change.message));
  return {
    Statement:
      `UPDATE "${tableName()}" ${names.map((name) => `SET "${name}"=?`).join(' ')}` +
      `${removed.map((name) => ` REMOVE "${name}"`).join('')} WHERE "pk"=? AND "sk"=? AND "n"=? AND "s"=?`,
    Parameters: [
      ...names.map((name) => set[name] as Item[string]),
      pk,
      sk,
      { N: String(recorded.attempts) },
      { S: recorded.state },
    ],
  };
}

/** What the record says of its last attempt. Only a delivery in trouble stands in the index. */
function summary(change: DeliveryChange): Item {
  const { message, attempt, state, nextAttemptAt, error } = change;
  const { endpointKey, order } = addressOf(message);
  const inTrouble = state !== 'succeeded';
  return {
    s: { S: state },
    n: { N: String(attempt === undefined ? (change.recorded?.attempts ?? 0) : message.attempt) },
    k: { S: change.writer },
    ...(attempt?.statusCode !== undefined && { c: { N: String(attempt.statusCode) } }),
    ...(attempt && { m: { N: String(attempt.durationMs) } }),
    z: { N: String(change.changedAt) },
    ...(nextAttemptAt !== undefined && { w: { N: String(nextAttemptAt) } }),
    ...(error !== undefined && { r: { S: error } }),
    ...(attempt && message.attempt === 1 && { x: packText(JSON.stringify(attempt)) }),
    ttl: { N: String(expiry(Math.max(change.changedAt, nextAttemptAt ?? 0))) },
    ...(inTrouble && { tpk: { S: `${partition({ endpointKey, order })}#${state}` }, tsk: { S: order } }),
  };
}

/** The item of a later attempt: small and of its own, so that the tenth costs what the second does. */
export function attemptItem({ message, writer, changedAt }: DeliveryChange, attempt: Attempt): Item {
  return {
    ...attemptKey(addressOf(message), message.attempt, writer),
    x: packText(JSON.stringify(attempt)),
    ttl: { N: String(expiry(changedAt)) },
  };
}

/** When something of this time is deleted, seconds since 1970. A record outlives its next attempt by the whole retention. */
function expiry(time: number): number {
  const retentionDays = Number(readOptionalEnvironment('retentionDays') ?? 30);
  return Math.floor(time / 1000) + retentionDays * 86_400;
}

/** Reads a delivery with all its attempts, oldest first. */
export async function getDelivery(
  address: DeliveryAddress,
): Promise<{ record: DeliveryRecord; attempts: Attempt[] } | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: tableName(), Key: deliveryKey(address), ConsistentRead: true }),
  );
  if (Item === undefined) return undefined;
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: tableName(),
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :attempts)',
      ExpressionAttributeValues: {
        ':pk': { S: partition(address) },
        ':attempts': { S: `L${address.order}#` },
      },
      ConsistentRead: true,
    }),
  );
  const blobs = [Item.x, ...Items.map((item) => item.x)].filter((blob) => blob !== undefined);
  return { record: fromItem(Item), attempts: blobs.map((blob) => JSON.parse(unpackText(blob)) as Attempt) };
}

/** Reads a delivery's item. */
export function fromItem(item: Item): DeliveryRecord {
  const [endpointKey = ''] = (item.pk?.S ?? '').split('#');
  return {
    address: { endpointKey, order: (item.sk?.S ?? '').slice(1) },
    tenantId: item.t?.S ?? '',
    endpointId: item.p?.S ?? '',
    eventId: item.e?.S ?? '',
    eventType: item.y?.S ?? '',
    state: item.s?.S as DeliveryState,
    attempts: Number(item.n?.N),
    nextAttemptAt: numberOf(item.w),
    statusCode: numberOf(item.c),
    durationMs: numberOf(item.m),
    attemptedAt: numberOf(item.z),
    error: item.r?.S,
    writer: item.k?.S,
  };
}

function numberOf(value: Item[string] | undefined): number | undefined {
  return value?.N === undefined ? undefined : Number(value.N);
}

export function tableName(): string {
  return readEnvironment('deliveriesTable');
}
