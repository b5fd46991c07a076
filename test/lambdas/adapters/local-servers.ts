import { readFileSync } from 'node:fs';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';

export interface LocalServer {
  readonly port: number;
  /** Connections so far, in order. */
  readonly sockets: readonly Socket[];
  close(): Promise<void>;
}

async function listen(server: Server): Promise<LocalServer> {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    // A socket that nobody reads would not see the other side hang up.
    socket.on('data', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function startHttp(answer: RequestListener): Promise<LocalServer> {
  return listen(http.createServer(answer));
}

/** With a certificate that nobody has signed. */
export function startHttps(answer: RequestListener): Promise<LocalServer> {
  const read = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url));
  return listen(https.createServer({ key: read('key'), cert: read('cert') }, answer));
}

/** A server that speaks for itself: whatever `talk` writes is what comes. */
export function startRaw(talk: (socket: Socket, connection: number) => void): Promise<LocalServer> {
  let connections = 0;
  return listen(net.createServer((socket) => talk(socket, ++connections)));
}

/** A port that nothing listens on. */
export async function findClosedPort(): Promise<number> {
  const server = await startRaw(() => undefined);
  await server.close();
  return server.port;
}
