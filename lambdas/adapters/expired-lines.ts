import type { DynamoDBRecord } from 'aws-lambda';
import type { Attempt } from '../../core/attempt.ts';
import { countAttempts, SHOWN_STATE } from '../../core/delivery.ts';
import { fromItem as toDelivery } from './delivery-store.ts';
import type { Item } from './dynamodb.ts';
import { fromItem as toEvent } from './event-store.ts';
import { milestoneOf } from './journal-milestones.ts';
import { logError } from './log.ts';
import { unpackText } from './packing.ts';
import { toItem } from './stream-images.ts';

/** Who deletes what has expired (DynamoDB developer guide, "DynamoDB Streams and Time to Live"); a person is somebody else. */
const TTL = 'dynamodb.amazonaws.com';

/**
 * What expired among the records of a batch, each as a line of JSON: a delivery with the log of its first attempt, a later
 * attempt, or an event. What cannot be read is logged and left out. The columns are those of docs/operations.md.
 */
export function expiredLines(records: readonly DynamoDBRecord[]): string[] {
  return records.flatMap((record) => {
    if (record.eventName !== 'REMOVE' || record.userIdentity?.principalId !== TTL) return [];
    if (milestoneOf(record.dynamodb?.OldImage ?? {}) !== undefined) return [];
    try {
      return [JSON.stringify(lineOf(toItem(record.dynamodb?.OldImage ?? {})))];
    } catch (error) {
      logError('what expired is unreadable and not exported', error, { keys: record.dynamodb?.Keys });
      return [];
    }
  });
}

function lineOf(item: Item): object {
  const sortKey = item.sk?.S;
  if (sortKey === undefined) return eventLine(item);
  return sortKey.startsWith('D') ? deliveryLine(item) : attemptLine(item);
}

function eventLine(item: Item): object {
  const event = toEvent(item);
  return {
    kind: 'event',
    tenant_id: event.tenantId,
    event_id: event.id,
    event_type: event.type,
    at: showTime(event.acceptedAt),
    occurred_at: event.occurredAt === undefined ? undefined : showTime(event.occurredAt),
    test: event.testEndpointId === undefined ? undefined : true,
    data: event.dataText,
  };
}

function deliveryLine(item: Item): object {
  const delivery = toDelivery(item);
  const { endpointKey, order } = delivery.address;
  return {
    kind: 'delivery',
    tenant_id: delivery.tenantId,
    webhook_id: delivery.endpointId,
    delivery: endpointKey + order,
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    status: SHOWN_STATE[delivery.state],
    status_code: delivery.statusCode,
    attempts: countAttempts(delivery),
    duration_ms: delivery.durationMs,
    at: delivery.attemptedAt === undefined ? undefined : showTime(delivery.attemptedAt),
    error: delivery.error,
    test: delivery.test || undefined,
    attempt: item.x && unpackText(item.x),
  };
}

/** An attempt's item names its delivery by its key: `{endpoint key}#{shard}`, `L{order}#{attempt}#{writer}`. */
function attemptLine(item: Item): object {
  const attempt = unpackText(item.x);
  const [endpointKey = ''] = (item.pk?.S ?? '').split('#');
  const [order = ''] = (item.sk?.S ?? '').slice(1).split('#');
  const { startedAt, statusCode, durationMs, error } = JSON.parse(attempt) as Attempt;
  return {
    kind: 'attempt',
    delivery: endpointKey + order,
    status_code: statusCode,
    duration_ms: durationMs,
    at: showTime(startedAt),
    error,
    attempt,
  };
}

/** As Athena's from_iso8601_timestamp reads it. */
function showTime(ms: number): string {
  return new Date(ms).toISOString();
}
