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
  /** The ranges that files were asked for, with the ETag that they were bound to; a whole one is undefined. */
  readonly parts: (string | undefined)[];
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
  const parts: FakeDocumentApi['parts'] = [];
  let base = '';
  const server = createServer((request, response) => {
    const [, kind, id] = kindOf(request);
    calls.push(kind);
    withKey.push(request.headers.authorization === `Bearer ${KEY}`);
    const { range, 'if-match': ifMatch } = request.headers;
    if (kind === 'file') parts.push(range && `${range} of ${ifMatch}`);
    const scripted = scripts.get(kind)?.shift();
    const document = documents.get(id);
    if (scripted) scripted(response);
    else if (!document) status(404)(response);
    else if (kind === 'file') answerFile(document, request, response);
    else answer(kind, id, document, `${base}/files/${id}`, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${base}/stage`,
    calls,
    parts,
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

const etagOf = ({ etag, content }: Pick<FakeDocument, 'etag' | 'content'>) =>
  etag ?? createHash('md5').update(content).digest('hex');

/** As S3 does: a part where a range is asked for, if the file is still the one that is meant. */
function answerFile(document: FakeDocument, { headers }: IncomingMessage, response: ServerResponse): void {
  const { content } = document;
  const etag = `"${etagOf(document)}"`;
  const [, start] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
  if (![undefined, etag].includes(headers['if-match'])) status(412)(response);
  else if (start === undefined) response.writeHead(200, { etag }).end(content);
  else if (Number(start) >= content.length) status(416)(response);
  else {
    const range = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(206, { etag, 'content-range': range }).end(content.subarray(Number(start)));
  }
}

function answer(
  kind: string,
  documentHashId: string,
  { fileName, content, version = 'v1', ...document }: FakeDocument,
  link: string,
  response: ServerResponse,
): void {
  const etag = etagOf({ ...document, content });
  const body =
    kind === 'location'
      ? { url: link, expiresAt: new Date(Date.now() + 60_000).toISOString() }
      : { documentHashId, fileName, contentType: 'text/plain', size: content.length, version, etag };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
