import crypto from 'node:crypto';
import express from 'express';
import type { Receiver } from './receiver.ts';

/** ARKA AI's guide, "Signature Verification": the raw body, hex. */
function verifySignature(payload: Buffer, signature: string, secret: string): boolean {
  const expectedSignature = crypto.createHmac('sha256', secret).update(payload).digest('hex');
  return crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(expectedSignature));
}

export const arkaReceiver: Receiver = (secret, onEvent) => [
  express.raw({ type: 'application/json' }),
  (req, res) => {
    const signature = req.headers['x-arka-signature'] as string;
    const payload = req.body;
    if (!verifySignature(payload, signature, secret)) {
      return void res.status(401).send('Invalid signature');
    }
    const event = JSON.parse(payload);
    onEvent({ id: event.id, type: event.type });
    res.status(200).send('Webhook received');
  },
];
