import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { Row } from './board.ts';
import type { DemoTenant } from './scenario.ts';

/** What a receiver did with one request; the event is unknown where it was refused. */
export interface ReceiverReport {
  readonly tenant: string;
  readonly eventId: string | null;
  readonly type: string | null;
  readonly outcome: Row['receiver'];
}

export interface ReceiverServer {
  /** `http://127.0.0.1:PORT/webhooks/{tenant}`. */
  urlOf(tenant: string): string;
  /** Opens the tenant's route, which verifies with this secret from now on. */
  add(tenant: DemoTenant, secret: string): void;
  close(): void;
}

/** One server on loopback for all the demo's receivers. A route answers 404 until its secret is known. */
export async function startReceivers(report: (report: ReceiverReport) => void): Promise<ReceiverServer> {
  const app = express();
  const server = await new Promise<Server>((resolve, reject) => {
    const listening: Server = app.listen(0, '127.0.0.1', () => resolve(listening)).on('error', reject);
  });
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (tenant) => `http://127.0.0.1:${port}/webhooks/${tenant}`,
    add: (tenant, secret) => {
      app.post(`/webhooks/${tenant.id}`, ...routeOf(tenant, secret, report));
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function routeOf(
  tenant: DemoTenant,
  secret: string,
  report: (report: ReceiverReport) => void,
): (RequestHandler | ErrorRequestHandler)[] {
  const requests = new Map<string, number>();
  const handlers = tenant.receiver(secret, ({ id, type }) => {
    const count = (requests.get(id) ?? 0) + 1;
    requests.set(id, count);
    const fails = count <= tenant.failures;
    report({ tenant: tenant.id, eventId: id, type, outcome: fails ? 'answered 500' : 'verified' });
    if (fails) throw new DeliberateFailure(`down for ${tenant.failures} requests, this is number ${count}`);
  });
  const refusals: RequestHandler = (_req, res, next) => {
    res.on('finish', () => {
      if (res.statusCode === 401)
        report({ tenant: tenant.id, eventId: null, type: null, outcome: 'refused' });
    });
    next();
  };
  return [refusals, ...handlers, answerError];
}

class DeliberateFailure extends Error {}

/** The guides' recipes throw on a signature that is missing or of another length: a refusal all the same. */
const answerError: ErrorRequestHandler = (error, _req, res, _next) => {
  if (error instanceof DeliberateFailure) res.status(500).send(error.message);
  else res.status(401).send('Invalid signature');
};
