import type { RequestHandler } from 'express';

/** What a receiver learned from a request whose signature it accepted. */
export interface AcceptedEvent {
  readonly id: string;
  readonly type: string;
}

/** Called when a request was verified, before it is answered. An error thrown here is answered as 500. */
export type OnEvent = (event: AcceptedEvent) => void;

/** A customer's webhook route, written from one guide: what goes after the path in `app.post(path, …)`. */
export type Receiver = (secret: string, onEvent: OnEvent) => RequestHandler[];
