import crypto from 'node:crypto';
import express, { type RequestHandler } from 'express';
import type { Receiver } from './receiver.ts';

const TOLERANCE_SECONDS = 300;

/** Promptha's guide, "Basic Handler": the parsed body, serialized again, behind a timestamp that must be recent. */
function verifySignature(secret: string): RequestHandler {
  return (req, res, next) => {
    const signature = req.headers['x-promptha-signature'];
    const timestamp = req.headers['x-promptha-timestamp'] as string;
    const payload = JSON.stringify(req.body);
    const now = Math.floor(Date.now() / 1000);
    if (Math.abs(now - Number.parseInt(timestamp, 10)) > TOLERANCE_SECONDS) {
      return void res.status(401).send('Timestamp too old');
    }
    const expectedSignature = crypto
      .createHmac('sha256', secret)
      .update(`${timestamp}.${payload}`)
      .digest('hex');
    if (signature !== expectedSignature) {
      return void res.status(401).send('Invalid signature');
    }
    next();
  };
}

export const prompthaReceiver: Receiver = (secret, onEvent) => [
  express.json(),
  verifySignature(secret),
  (req, res) => {
    const { event, data } = req.body;
    onEvent({ id: data.eventId, type: event });
    res.status(200).send('OK');
  },
];
