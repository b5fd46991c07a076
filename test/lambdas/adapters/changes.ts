import type { Attempt } from '../../../core/attempt.ts';
import type { DeliveryMessage, DeliveryState } from '../../../core/delivery.ts';
import type { DeliveryChange } from '../../../lambdas/adapters/delivery-statements.ts';

export const ACCEPTED_AT = Date.UTC(2026, 0, 15, 12, 30);

export function messageOf(n: number, attempt = 1): DeliveryMessage {
  const endpointId = `ep_0TbsgmRk5x2mQ8vYb1LzN${n % 10}`;
  return { tenantId: 'ten_1', eventId: `evt_${n}`, endpointId, acceptedAt: ACCEPTED_AT, attempt };
}

/** An attempt as it is logged, with the headers of an ordinary receiver behind a proxy. */
export function attemptOf(number: number, statusCode = 200): Attempt {
  return {
    attempt: number,
    startedAt: 1768480200123,
    durationMs: 187,
    statusCode,
    request: {
      url: 'https://api.customer.example.com/webhooks/posthorn',
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'Posthorn/0.1',
        'webhook-id': 'msg_0TbsgmRk5x2mQ8vYb1LzNc',
        'webhook-timestamp': '1768480200',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
      bodyHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    },
    response: {
      headers: {
        date: 'Thu, 15 Jan 2026 12:30:00 GMT',
        'content-type': 'application/json; charset=utf-8',
        'content-length': '17',
        connection: 'keep-alive',
        server: 'nginx/1.25.3',
        'x-powered-by': 'Express',
        etag: 'W/"11-Ck1VqNd45QIvq3AZd8XYQLvEhtA"',
        'x-request-id': '7b1f8e0c-52ad-4b0a-9c55-7f9d9d5f7a10',
        'strict-transport-security': 'max-age=31536000; includeSubDomains',
        'x-content-type-options': 'nosniff',
      },
      body: '{"received":true}',
      truncated: false,
    },
  };
}

/** What came of a message's attempt. */
export function changeOf(
  message: DeliveryMessage,
  state: DeliveryState,
  nextAttemptAt?: number,
  writer = `writer-${message.eventId}`,
): DeliveryChange {
  const failed = state === 'succeeded' ? undefined : 'The endpoint answered 500.';
  return {
    message,
    eventType: 'order.paid',
    recorded: message.attempt === 1 ? undefined : { state: 'retrying', attempts: message.attempt - 1 },
    state,
    nextAttemptAt,
    attempt: { ...attemptOf(message.attempt, failed ? 500 : 200), error: failed },
    error: failed,
    writer,
    changedAt: ACCEPTED_AT + 1_000,
  };
}
