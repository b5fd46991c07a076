import type { DynamoDBRecord } from 'aws-lambda';
import { type ObservedChange, observeChange } from '../../core/observed-change.ts';
import { type DeliveryRecord, fromItem } from './delivery-store.ts';
import type { Item } from './dynamodb.ts';
import { logError } from './log.ts';

/** A change of a delivery's record, as the table's stream tells of it. */
export interface ObservedRecord extends ObservedChange {
  readonly delivery: DeliveryRecord;
  /** When it changed, milliseconds since 1970. */
  readonly at: number;
  /** Its place in its shard. Text order is the order of the shard. */
  readonly sequence: string;
}

/** DynamoDB's sequence numbers have 21 to 40 digits. */
const SEQUENCE_DIGITS = 40;

/**
 * Reads the attempts and the ends of deliveries among the records of a batch. Test deliveries are left out: they are
 * somebody's try and none of the endpoint's work. What cannot be read is logged and left out: no later try could read it.
 */
export function readObserved(records: readonly DynamoDBRecord[]): ObservedRecord[] {
  return records.flatMap((record) => {
    const observed = record.eventName === 'REMOVE' ? undefined : readRecord(record);
    if (observed === undefined || observed.delivery.test) return [];
    return observed.attempt === undefined && observed.ended === undefined ? [] : [observed];
  });
}

function readRecord({ dynamodb }: DynamoDBRecord): ObservedRecord | undefined {
  // Later attempts have items of their own; the delivery's counts tell of them.
  if (!dynamodb?.Keys?.sk?.S?.startsWith('D')) return undefined;
  try {
    const before = dynamodb.OldImage && fromItem(dynamodb.OldImage as Item);
    const delivery = fromItem((dynamodb.NewImage ?? {}) as Item);
    const { tenantId, endpointId } = delivery;
    const { attemptedAt: at } = delivery.failedResend ?? delivery;
    if (tenantId === '' || endpointId === '' || at === undefined || dynamodb.SequenceNumber === undefined)
      throw new Error('The image is not a delivery.');
    const sequence = dynamodb.SequenceNumber.padStart(SEQUENCE_DIGITS, '0');
    return { ...observeChange(before, delivery), delivery, at, sequence };
  } catch (error) {
    logError('a record of the deliveries stream is unreadable and not counted', error, {
      keys: dynamodb.Keys,
    });
    return undefined;
  }
}
