import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { queueDeliveries } from './delivery-queue.ts';
import { type DeliveryRecord, deliveryKey, tableName } from './delivery-store.ts';
import { dynamodb } from './dynamodb.ts';

/**
 * Asks for one attempt beside the schedule. It is noted in the record first, so that it is readable as pending at once,
 * and the last one that was noted is the one that is made: asking again replaces what was lost on its way. What cannot be
 * queued is noted no longer.
 * @param resend an id of this request's own, made now
 */
export async function requestResend(
  record: DeliveryRecord,
  resend: string,
  acceptedAt: number,
): Promise<void> {
  const { tenantId, eventId, endpointId, attempts } = record;
  await updateNote(record, resend, 'SET q = :resend', 'attribute_exists(pk)');
  // A resend has no number in the schedule; a message wants one.
  const attempt = Math.max(attempts, 1);
  const message = { tenantId, eventId, endpointId, acceptedAt, attempt, resend };
  try {
    await queueDeliveries([{ message, delaySeconds: 0 }]);
  } catch (error) {
    // Where this fails as well, the note ceases to count when no message can be left (core/delivery.ts).
    await updateNote(record, resend, 'REMOVE q', 'q = :resend').catch(() => {});
    throw error;
  }
}

async function updateNote(
  record: DeliveryRecord,
  resend: string,
  update: string,
  condition: string,
): Promise<void> {
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: tableName(),
      Key: deliveryKey(record.address),
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeValues: { ':resend': { S: resend } },
    }),
  );
}
