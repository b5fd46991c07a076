import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { idKey } from '../../core/ids.ts';
import type { FailedDelivery, Notice } from '../../core/notice.ts';
import type { MailEvent } from '../../lambdas/adapters/mail-events.ts';
import type { LocalOutputs } from '../../local/local-aws.ts';

/** A failed delivery of an endpoint, as the stream's reader would tell it. */
export function failedDelivery(tenantId: string, endpointId: string, n: number): FailedDelivery {
  const deliveryKey = idKey(endpointId) + String(n).padStart(19, '0');
  const event = {
    eventId: `e${n}`,
    eventType: 'order.paid',
    attempts: 1,
    error: `error ${n}`,
    at: Date.now(),
  };
  return { kind: 'delivery', tenantId, endpointId, deliveryKey, ...event };
}

/** Queues notices as the platform's functions do. */
export async function tell(
  sqs: SQSClient,
  { stack }: LocalOutputs,
  notices: readonly (Notice | MailEvent)[],
): Promise<void> {
  for (let start = 0; start < notices.length; start += 10) {
    const Entries = notices
      .slice(start, start + 10)
      .map((notice, i) => ({ Id: String(i), MessageBody: JSON.stringify(notice) }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: stack.NoticeQueueUrl, Entries }));
  }
}
