import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const KEY = 'ak_listener.its-secret';

/** What is answered instead of the usual, to the first call, the second and so on; undefined lets one through. */
export type Script = readonly (((response: ServerResponse) => void) | undefined)[];

export interface FakeDocument {
  readonly fileName: string;
  readonly content: Buffer;
  readonly etag?: string;
  readonly version?: string;
}

export interface FakeDocumentApi {
  /** As `POSTHORN_URL` would be. */
  readonly url: string;
  /** `details`, `location`, `file` or the path, in order of arrival. */
  readonly calls: string[];
  /** Whether each call carried the key. */
  readonly withKey: boolean[];
  callbackOf(id: string): string;
  put(id: string, document: FakeDocument): void;
  /** Answers further calls of that kind otherwise. */
  script(kind: string, answers: Script): void;
  close(): void;
}

export const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end(JSON.stringify({ detail: `this is ${code}` }));

/** The two calls of the platform's API that a listener makes, and the files that its links lead to. */
export async function startFakeDocumentApi(): Promise<FakeDocumentApi> {
  const documents = new Map<string, FakeDocument>();
  const scripts = new Map<string, Script[number][]>();
  const calls: string[] = [];
  const withKey: boolean[] = [];
  let base = '';
  const server = createServer((request, response) => {
    const [, kind, id] = kindOf(request);
    calls.push(kind);
    withKey.push(request.headers.authorization === `Bearer ${KEY}`);
    const scripted = scripts.get(kind)?.shift();
    const document = documents.get(id);
    if (scripted) scripted(response);
    else if (!document) status(404)(response);
    else answer(kind, id, document, `${base}/files/${id}`, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${base}/stage`,
    calls,
    withKey,
    callbackOf: (id) => `${base}/stage/Document/${id}?version=v1`,
    put: (id, document) => void documents.set(id, document),
    script: (kind, answers) => void scripts.set(kind, [...answers]),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function kindOf({ url = '' }: IncomingMessage): [url: string, kind: string, id: string] {
  const [, details = '', location, file = ''] =
    /^\/stage\/Document\/([^/?]+)(\/Location)?\?version=v1$|^\/files\/([^/?]+)$/.exec(url) ?? [];
  if (file) return [url, 'file', file];
  return details ? [url, location ? 'location' : 'details', details] : [url, url, ''];
}

function answer(
  kind: string,
  documentHashId: string,
  { fileName, content, version = 'v1', ...document }: FakeDocument,
  link: string,
  response: ServerResponse,
): void {
  const etag = document.etag ?? createHash('md5').update(content).digest('hex');
  if (kind === 'file') return void response.writeHead(200, { etag: `"${etag}"` }).end(content);
  const body =
    kind === 'location'
      ? { url: link, expiresAt: new Date(Date.now() + 60_000).toISOString() }
      : { documentHashId, fileName, contentType: 'text/plain', size: content.length, version, etag };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
