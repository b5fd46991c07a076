import { verify, WebhookVerificationError } from 'posthorn-client';

/** What a Function URL and an HTTP API send (payload format 2.0), as far as it is needed here. */
interface HttpEvent {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

interface HttpAnswer {
  readonly statusCode: number;
  readonly body?: string;
}

/** A Lambda function behind a Function URL or an API Gateway that receives webhooks in the `promptha` dialect. */
export async function handler(event: HttpEvent): Promise<HttpAnswer> {
  const secret = process.env.WEBHOOK_SECRET ?? '';
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  try {
    const received = verify('promptha', secret, event.headers, body);
    // The same eventId comes again where an attempt was repeated: store it, and skip what is stored.
    console.log('received', received.data.eventId, received.event);
    return { statusCode: 204 };
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    return { statusCode: 401, body: JSON.stringify({ error: error.code }) };
  }
}
