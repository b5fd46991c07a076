import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { queueDeliveries } from './delivery-queue.ts';
import { type DeliveryRecord, deliveryKey, tableName } from './delivery-store.ts';
import { dynamodb } from './dynamodb.ts';

/**
 * Asks for one attempt beside the schedule. It is noted in the record first, so that it is readable as pending at once,
 * and the last one that was noted is the one that is made: asking again replaces what was lost on its way.
 * @param resend an id of this request's own
 */
export async function requestResend(
  record: DeliveryRecord,
  resend: string,
  acceptedAt: number,
): Promise<void> {
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: tableName(),
      Key: deliveryKey(record.address),
      UpdateExpression: 'SET q = :resend',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':resend': { S: resend } },
    }),
  );
  const { tenantId, eventId, endpointId, attempts } = record;
  // A resend has no number in the schedule; a message wants one.
  const attempt = Math.max(attempts, 1);
  await queueDeliveries([
    { message: { tenantId, eventId, endpointId, acceptedAt, attempt, resend }, delaySeconds: 0 },
  ]);
}
