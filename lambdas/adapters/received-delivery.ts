import type { SQSRecord } from 'aws-lambda';
import type { DeliveryMessage } from '../../core/delivery.ts';
import { readMessage } from './delivery-queue.ts';
import { logError } from './log.ts';

/** A delivery message, with all the copies of it that came in one batch: they share one fate. */
export interface ReceivedDelivery {
  readonly message: DeliveryMessage;
  readonly messageIds: string[];
  readonly receiptHandles: string[];
  /** Whether it was received before. */
  readonly again: boolean;
}

/**
 * Reads a batch of queue messages. One that is unreadable fails, alone, until the queue gives it to the dead letters.
 * @returns the deliveries asked for, and the ids of the messages that failed
 */
export function receiveDeliveries(records: readonly SQSRecord[]): {
  received: ReceivedDelivery[];
  failedIds: string[];
} {
  const byBody = new Map<string, ReceivedDelivery>();
  const failedIds: string[] = [];
  for (const { body, messageId, receiptHandle, attributes } of records) {
    try {
      const known = byBody.get(body);
      const again = Number(attributes.ApproximateReceiveCount) > 1;
      byBody.set(body, {
        message: known?.message ?? readMessage(body),
        messageIds: [...(known?.messageIds ?? []), messageId],
        receiptHandles: [...(known?.receiptHandles ?? []), receiptHandle],
        again: again || known?.again === true,
      });
    } catch (error) {
      logError('a queue message is unreadable and goes to the dead letters', error, { messageId });
      failedIds.push(messageId);
    }
  }
  return { received: [...byBody.values()], failedIds };
}
