import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Attempt } from '../../core/attempt.ts';
import type { DeliveryCourse, DeliveryMessage, DeliveryState } from '../../core/delivery.ts';
import { addressDelivery, type DeliveryAddress, formatDeliveryId } from '../../core/ids.ts';
import type { TransportErrorCode } from '../../core/judge-response.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';
import { unpackText } from './packing.ts';

/**
 * A busy endpoint's deliveries are spread over this many partitions, each good for about 1,000 writes a second; a list
 * asks all of them at once.
 */
export const SHARDS = 8;

/** What stands in the index for a delivery that waits for a circuit, in the place of its state. */
export const WAITING = 'waiting';

/** How the attempt went that was recorded last. */
interface Outcome {
  readonly statusCode?: number;
  readonly durationMs?: number;
  readonly error?: string;
  /** Why there was no answer; absent where there was one, and in lists. */
  readonly failure?: TransportErrorCode;
  /** When it ended. */
  readonly attemptedAt?: number;
}

/** A delivery as it is listed. */
export interface DeliveryRecord extends DeliveryCourse, Outcome {
  readonly address: DeliveryAddress;
  readonly tenantId: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly eventType: string;
  /** How the last resend went, where it failed after the delivery had succeeded: that success is what the rest tells of. */
  readonly failedResend?: Outcome;
  /** Whether a test event made it. */
  readonly test: boolean;
  /** Tells apart who wrote the last attempt, should two have made it. */
  readonly writer?: string;
}

/** Where a message's delivery is kept. */
export function addressOf({ endpointId, eventId, acceptedAt }: DeliveryMessage): DeliveryAddress {
  return addressDelivery(endpointId, eventId, acceptedAt);
}

/** What a log line says of a delivery: every id that somebody may search for. All built-in dialects write `del_`. */
export function describeDelivery(message: DeliveryMessage): Record<string, unknown> {
  return { ...message, deliveryId: formatDeliveryId('del_', addressOf(message)) };
}

export function deliveryKey(address: DeliveryAddress): { pk: Item[string]; sk: Item[string] } {
  return { pk: { S: partition(address) }, sk: { S: `D${address.order}` } };
}

/**
 * Where a later attempt is kept: behind the deliveries of its partition, by its name. The writer makes it one's own: should
 * two messages have made the same attempt, the log shows both.
 */
export function attemptKey(address: DeliveryAddress, name: string, writer: string) {
  return { pk: { S: partition(address) }, sk: { S: `L${address.order}#${name}#${writer}` } };
}

export function partition({ endpointKey, order }: DeliveryAddress): string {
  return partitionOf(endpointKey, order.charCodeAt(order.length - 1) % SHARDS);
}

export function partitionOf(endpointKey: string, shard: number): string {
  return `${endpointKey}#${shard}`;
}

/** Reads a delivery, and the log of its first attempt where there is one. */
export async function getDelivery(
  address: DeliveryAddress,
): Promise<{ record: DeliveryRecord; first?: Attempt } | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: tableName(), Key: deliveryKey(address), ConsistentRead: true }),
  );
  if (Item === undefined) return undefined;
  return { record: fromItem(Item), first: Item.x && (JSON.parse(unpackText(Item.x)) as Attempt) };
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
    base: numberOf(item.b),
    resend: item.q?.S,
    resends: numberOf(item.u),
    nextAttemptAt: numberOf(item.w),
    waiting: item.tpk?.S?.endsWith(`#${WAITING}`) === true,
    test: item.g?.BOOL === true,
    ...outcomeOf(item),
    failedResend: item.v?.M && outcomeOf(item.v.M),
    writer: item.k?.S,
  };
}

function outcomeOf(item: Item): Outcome {
  return {
    statusCode: numberOf(item.c),
    durationMs: numberOf(item.m),
    attemptedAt: numberOf(item.z),
    error: item.r?.S,
    failure: item.f?.S as TransportErrorCode | undefined,
  };
}

function numberOf(value: Item[string] | undefined): number | undefined {
  return value?.N === undefined ? undefined : Number(value.N);
}

export function tableName(): string {
  return readEnvironment('deliveriesTable');
}
