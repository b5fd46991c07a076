import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Idle sockets that one container keeps, whatever their hosts. A function may have 1,024 files open (AWS Lambda quotas),
 * and Node counts idle sockets by host only: a thousand receivers would use them up.
 */
export const MAX_IDLE_SOCKETS = 200;

const OPTIONS = { keepAlive: true, maxFreeSockets: 16, scheduling: 'lifo', timeout: 60_000 } as const;

/** The idle sockets of all agents, the longest idle first. */
const idle = new Set<Duplex>();

function keepIdle(socket: Duplex): void {
  if (!idle.has(socket)) socket.once('close', () => idle.delete(socket));
  idle.delete(socket);
  idle.add(socket);
  if (idle.size <= MAX_IDLE_SOCKETS) return;
  const [oldest] = idle;
  idle.delete(oldest as Duplex);
  oldest?.destroy();
}

/** An agent for https whose idle sockets are counted. */
export class KeptHttpsAgent extends https.Agent {
  constructor(options: https.AgentOptions = {}) {
    super({ ...OPTIONS, ...options });
    this.on('free', keepIdle);
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    idle.delete(socket);
    super.reuseSocket(socket as Socket, request);
  }
}

/** An agent for http whose idle sockets are counted. */
export class KeptHttpAgent extends http.Agent {
  constructor() {
    super(OPTIONS);
    this.on('free', keepIdle);
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    idle.delete(socket);
    super.reuseSocket(socket as Socket, request);
  }
}
