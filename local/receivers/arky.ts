import crypto from 'node:crypto';
import express from 'express';
import type { Receiver } from './receiver.ts';

/** Arky's guide, "Handling Webhooks": `{timestamp}.{raw body}`, hex. */
function verifySignature(
  payload: Buffer,
  signature: string,
  timestamp: string,
  webhookSecret: string,
): boolean {
  const signedPayload = `${timestamp}.${payload.toString()}`;
  const expectedSignature = crypto.createHmac('sha256', webhookSecret).update(signedPayload).digest('hex');
  return crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(expectedSignature));
}

export const arkyReceiver: Receiver = (secret, onEvent) => [
  express.raw({ type: 'application/json' }),
  (req, res) => {
    const signature = req.headers['x-arky-signature'] as string;
    const timestamp = req.headers['x-arky-timestamp'] as string;
    if (!verifySignature(req.body, signature, timestamp, secret)) {
      return void res.status(401).send('Invalid signature');
    }
    const event = JSON.parse(req.body.toString());
    onEvent({ id: event.id, type: event.event });
    res.status(200).send('OK');
  },
];
