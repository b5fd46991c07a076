import crypto from 'node:crypto';
import express from 'express';
import type { Receiver } from './receiver.ts';

/** The generic guide, "Signature Verification": the parsed body, serialized again, hex. */
function verifyWebhook(payload: string, signature: string, secret: string): boolean {
  const hmac = crypto.createHmac('sha256', secret).update(payload).digest('hex');
  return crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(hmac));
}

export const genericReceiver: Receiver = (secret, onEvent) => [
  express.json(),
  (req, res) => {
    const signature = req.headers['x-webhook-signature'] as string;
    const payload = JSON.stringify(req.body);
    if (!verifyWebhook(payload, signature, secret)) {
      return void res.status(401).send('Invalid signature');
    }
    onEvent({ id: req.body.id, type: req.body.type });
    res.status(200).send('OK');
  },
];
