import express from 'express';
import { Webhook } from 'standardwebhooks';
import type { Receiver } from './receiver.ts';

/** Standard Webhooks: verified by the specification's own library. */
export const standardReceiver: Receiver = (secret, onEvent) => [
  express.raw({ type: 'application/json' }),
  (req, res) => {
    const headers = req.headers as Record<string, string>;
    const event = new Webhook(secret).verify(req.body.toString(), headers) as { type: string };
    onEvent({ id: headers['webhook-id'] ?? '', type: event.type });
    res.status(204).end();
  },
];
