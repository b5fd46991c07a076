import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { type StoredEvent, sameContent } from '../../core/event.ts';
import { eventExpiry, isListed } from '../../core/retention.ts';
import { packTrace, unpackTrace } from '../../core/trace.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { keptDays, readEnvironment } from './environment.ts';
import { packText, unpackText } from './packing.ts';

/** `created`: it is new. `repeated`: it was there with the same content. `conflict`: it was there with another. */
export type PutResult = 'created' | 'repeated' | 'conflict';

/** Where an event is kept: a partition of its own, so no tenant is a hot one. */
export function eventKey(tenantId: string, eventId: string): Item {
  return { pk: { S: `${tenantId}#${eventId}` } };
}

/**
 * Stores one event, unless its tenant has one of that id. The one durable write of a publish.
 * @returns what came of it, and the event that is stored now
 */
export async function putEvent(event: StoredEvent): Promise<{ result: PutResult; stored: StoredEvent }> {
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: readEnvironment('eventsTable'),
        Item: toItem(event),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { result: 'created', stored: event };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
    const stored = fromItem(error.Item);
    return { result: sameContent(stored, event) ? 'repeated' : 'conflict', stored };
  }
}

/** Reads one event, with everything written before. */
export async function getEvent(tenantId: string, eventId: string): Promise<StoredEvent | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: readEnvironment('eventsTable'),
      Key: eventKey(tenantId, eventId),
      ConsistentRead: true,
    }),
  );
  return Item && fromItem(Item);
}

/**
 * Reads a page of one segment of the whole table: the events accepted in a time range. Those whose tenant has forgotten its
 * deliveries of that time are left out: nobody could tell any more what was delivered.
 */
export async function scanEvents(
  range: { readonly from: number; readonly to: number; readonly tenantId?: string },
  segment: { readonly index: number; readonly count: number; readonly startKey?: Item },
  now: number,
): Promise<{ events: { tenantId: string; id: string; acceptedAt: number }[]; nextKey?: Item }> {
  const { Items, LastEvaluatedKey } = await dynamodb.send(
    new ScanCommand({
      TableName: readEnvironment('eventsTable'),
      Segment: segment.index,
      TotalSegments: segment.count,
      ExclusiveStartKey: segment.startKey,
      FilterExpression: `#a BETWEEN :from AND :to${range.tenantId === undefined ? '' : ' AND begins_with(pk, :tenant)'}`,
      ProjectionExpression: 'pk, #a, #k',
      ExpressionAttributeNames: { '#a': 'a', '#k': 'k' },
      ExpressionAttributeValues: {
        ':from': { N: String(range.from) },
        ':to': { N: String(range.to) },
        ...(range.tenantId === undefined ? {} : { ':tenant': { S: `${range.tenantId}#` } }),
      },
    }),
  );
  const events = (Items ?? []).flatMap((item) => {
    const event = { ...splitKey(item), acceptedAt: Number(item.a?.N) };
    const keptDays = item.k?.N === undefined ? undefined : Number(item.k.N);
    return isListed({ ...event, keptDays }, now) ? [event] : [];
  });
  return { events, nextKey: LastEvaluatedKey };
}

/** Attribute names are one letter: they count towards the write unit of every event. */
export function toItem(event: StoredEvent): Item {
  return {
    ...eventKey(event.tenantId, event.id),
    y: { S: event.type },
    d: packText(event.dataText),
    a: { N: String(event.acceptedAt) },
    ...(event.occurredAt === undefined ? {} : { o: { N: String(event.occurredAt) } }),
    ...(event.testEndpointId !== undefined && { g: { S: event.testEndpointId } }),
    ...(event.operational && { op: { BOOL: true } }),
    h: { B: event.contentHash },
    ...(event.trace && { x: { B: packTrace(event.trace) } }),
    ...(event.keptDays !== undefined && { k: { N: String(event.keptDays) } }),
    ttl: { N: String(eventExpiry(event.acceptedAt, keptDays(event.keptDays))) },
  };
}

/** Reads an event's item, as a read or a stream gives it. @throws Error where it is none */
export function fromItem(item: Item): StoredEvent {
  const { y, d, a, o, g, k, h, x, op, ttl } = item;
  if (y?.S === undefined || a?.N === undefined || h?.B === undefined) {
    throw new Error(`The item ${JSON.stringify(item.pk)} is not an event.`);
  }
  return {
    ...splitKey(item),
    type: y.S,
    dataText: unpackText(d),
    acceptedAt: Number(a.N),
    occurredAt: o?.N === undefined ? undefined : Number(o.N),
    testEndpointId: g?.S,
    ...(op?.BOOL && { operational: true }),
    keptDays: k?.N === undefined ? undefined : Number(k.N),
    ...(ttl?.N !== undefined && { expiresAt: Number(ttl.N) }),
    contentHash: h.B,
    ...(x?.B && { trace: unpackTrace(x.B) }),
  };
}

function splitKey(item: Item): { tenantId: string; id: string } {
  const [tenantId, id] = (item.pk?.S ?? '').split('#');
  if (!tenantId || !id) throw new Error(`The key ${JSON.stringify(item.pk)} is not an event's.`);
  return { tenantId, id };
}
