import { verify, WebhookVerificationError } from 'posthorn-client';

/** A Next.js route handler (App Router) that receives webhooks in the `standard` dialect. */
export async function POST(request: Request): Promise<Response> {
  const secret = process.env.WEBHOOK_SECRET ?? '';
  // The signature covers the text as it came: request.json() would lose it.
  const body = await request.text();
  try {
    const event = verify('standard', secret, request.headers, body);
    // The same id comes again where an attempt was repeated: store it, and skip what is stored.
    console.log('received', request.headers.get('webhook-id'), event.type);
    return Response.json({ received: true });
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    return Response.json({ error: error.code }, { status: 401 });
  }
}
