import express, { type Express } from 'express';
import { type ReceivedEvents, verify, WebhookVerificationError } from 'posthorn-client';

/** An Express app that receives webhooks in the `arky` dialect. */
export function receiver(secret: string, handle: (event: ReceivedEvents['arky']) => Promise<void>): Express {
  const app = express();

  // The signature covers the bytes, so they must come as they are: no express.json() before this route.
  app.post(
    '/webhooks',
    express.raw({ type: 'application/json', limit: '256kb' }),
    async (request, response) => {
      try {
        // Resolve once the event is stored or queued: work longer than the dialect's time limit is an attempt failed.
        await handle(verify('arky', secret, request.headers, request.body));
        response.sendStatus(204);
      } catch (error) {
        if (!(error instanceof WebhookVerificationError)) throw error;
        response.status(401).json({ error: error.code });
      }
    },
  );
  return app;
}
