import express from 'express';
import type { Receiver } from './receiver.ts';

/** The header that the demo's subscription asks for: in Arken's guide its name and value are the customer's own. */
export const ARKEN_HEADER = 'X-Arken-Key';

/** Arken's guide has no signature: whoever knows the secret header's value may post. */
export const arkenReceiver: Receiver = (secret, onEvent) => [
  express.json(),
  (req, res) => {
    if (req.get(ARKEN_HEADER) !== secret) {
      return void res.status(401).send('Unknown caller');
    }
    const { eventId, category, type } = req.body;
    onEvent({ id: eventId, type: `${category}.${type}` });
    res.status(200).send('OK');
  },
];
