import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One delivery as the guide's own server saw and answered it. */
export interface SeenRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly rawHeaders: readonly string[];
  /** The bytes on the wire, not what the server made of them. */
  readonly body: string;
  /** What the guide's server answered: 200 where it accepted. */
  readonly status: number;
}

export interface GuideApp {
  readonly url: string;
  /** In the order of their answers. */
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

/**
 * Serves a guide's own Express app on loopback, and notes what it was sent and how it answered.
 * @param path the guide's route
 * @param refuseFirst how many requests are answered 503 before the app is asked
 */
export async function serveGuideApp(app: RequestListener, path: string, refuseFirst = 0): Promise<GuideApp> {
  const seen: SeenRequest[] = [];
  let arrivals = 0;
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    // The app's body parser listens in this same tick, so both get every chunk.
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    res.on('finish', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const headers = req.headers as Record<string, string>;
      seen.push({ headers, rawHeaders: req.rawHeaders, body, status: res.statusCode });
    });
    if (++arrivals > refuseFirst) app(req, res);
    else req.on('end', () => res.writeHead(503).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}${path}`, seen, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
