import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { ARKEN_HEADER } from '../receivers/arken.ts';

/** What the platform posts about a document, as far as the demo shows it. */
export interface DocumentNotice {
  readonly category: string;
  readonly type: string;
  readonly data: {
    readonly documentHashId: string;
    readonly fileName: string;
    readonly size: number;
    readonly version: string;
  };
  readonly callback: { readonly method: string; readonly url: string };
}

export interface DocumentListener {
  readonly url: string;
  /** The first notice of an upload. */
  readonly uploaded: Promise<DocumentNotice>;
  close(): void;
}

/** A customer's listener on loopback, as the arken guide wants one: whoever knows the header's value may post. */
export async function startDocumentListener(secret: string): Promise<DocumentListener> {
  const { promise: uploaded, resolve } = Promise.withResolvers<DocumentNotice>();
  const server = createServer(async (request, response) => {
    if (request.headers[ARKEN_HEADER.toLowerCase()] !== secret) return void response.writeHead(401).end();
    const notice = (await json(request)) as DocumentNotice;
    response.writeHead(204).end();
    if (notice.category === 'FileStore' && notice.type === 'Upload') resolve(notice);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    uploaded,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
