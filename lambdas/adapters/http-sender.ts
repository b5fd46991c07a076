import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { types } from 'node:util';
import type { TransportErrorCode } from '../../core/judge-response.ts';
import { checkUrl, lookupPublic, TransportError } from './address-guard.ts';
import { allowsLocalReceivers } from './environment.ts';
import { KeptHttpAgent, KeptHttpsAgent } from './kept-sockets.ts';

export interface HttpRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request wherever it is: name look-up, connect, TLS, headers or body. */
  readonly signal: AbortSignal;
  /** Bytes of the response's body that are kept; the rest is not waited for beyond {@link DRAINED_BYTES}. */
  readonly keptBytes: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Whether the body went on behind what was kept. */
  readonly truncated: boolean;
}

/** A longer body is cut off with its connection; a shorter one is read to its end, so that the connection lives on. */
const DRAINED_BYTES = 65_536;

/**
 * Sockets are kept across invocations. node:https and not undici: undici's agent is larger than everything else in the
 * delivery bundle together (docs/decisions/0004-http-client.md).
 */
const publicAgent = new KeptHttpsAgent({ lookup: lookupPublic });
const localAgents = { 'https:': new KeptHttpsAgent(), 'http:': new KeptHttpAgent() };

/**
 * Makes one HTTP request. Redirects are not followed; any status is an answer.
 * @throws TransportError where there is no complete answer
 */
export async function sendHttp(request: HttpRequest): Promise<HttpResponse> {
  const url = parseUrl(request.url);
  if (!allowsLocalReceivers()) checkUrl(url);
  try {
    return await exchange(url, request);
  } catch (error) {
    throw explainError(error, request.signal);
  }
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && url.protocol in localAgents) return url;
  throw new TransportError('address_refused', `${text} is not an http or https URL.`);
}

/** A kept connection may have been closed by the receiver just before it was used again. */
class StaleConnection extends Error {}
const STALE_CODES = new Set(['ECONNRESET', 'EPIPE']);

async function exchange(url: URL, request: HttpRequest): Promise<HttpResponse> {
  try {
    return await exchangeOnce(url, request);
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error;
    // Most likely the receiver had closed it before it saw the request; a fresh connection is the same attempt. Had it
    // seen the request after all, it gets it twice, as after any lost answer.
    return await exchangeOnce(url, request, true);
  }
}

function exchangeOnce(url: URL, request: HttpRequest, fresh = false): Promise<HttpResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
  const { method, headers, signal, body } = request;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const client = url.protocol === 'https:' ? https : http;
  const outgoing = client.request(url, {
    method,
    headers: { ...headers, ...length },
    signal,
    agent: chooseAgent(url),
    ...(fresh && { agent: false, lookup: allowsLocalReceivers() ? undefined : lookupPublic }),
  });
  outgoing.on('response', (response) => readResponse(response, request.keptBytes).then(resolve, reject));
  // Without this, a 101 would settle nothing, and the deadline would find nothing left to end.
  outgoing.on('upgrade', ({ statusCode = 101, headers: received }, socket) => {
    socket.destroy();
    resolve({ status: statusCode, headers: received, body: Buffer.alloc(0), truncated: false });
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    reject(outgoing.reusedSocket && STALE_CODES.has(error.code ?? '') ? new StaleConnection() : error);
  });
  outgoing.end(body);
  return promise;
}

function chooseAgent(url: URL) {
  return allowsLocalReceivers() ? localAgents[url.protocol as keyof typeof localAgents] : publicAgent;
}

async function readResponse(response: IncomingMessage, keptBytes: number): Promise<HttpResponse> {
  const kept: Buffer[] = [];
  let read = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (read < keptBytes) kept.push(chunk.subarray(0, keptBytes - read));
    read += chunk.length;
    // Leaving the loop destroys the connection: a body without end costs no more than this.
    if (read > DRAINED_BYTES) break;
  }
  const { statusCode = 0, headers } = response;
  return { status: statusCode, headers, body: Buffer.concat(kept), truncated: read > keptBytes };
}

const DNS_CODES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ENODATA', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']);
const TLS_CODE =
  /^(?:ERR_(?:TLS|SSL)|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME_MISMATCH|INVALID_CA)/;

function explainError(error: unknown, signal: AbortSignal): TransportError {
  if (error instanceof TransportError) return error;
  if (signal.aborted) return new TransportError('timeout', 'Connection timeout', { cause: error });
  const { code = '', message } = flatten(error);
  const known = classify(code, message);
  // Node adds advice to whoever runs it behind a semicolon; the log is for whoever runs the receiver.
  const reason = (message || code).split(';')[0];
  return new TransportError(known[0], `${known[1]}: ${reason}`, { cause: error });
}

function classify(code: string, message: string): [TransportErrorCode, string] {
  if (DNS_CODES.has(code)) return ['dns', 'DNS look-up failed'];
  if (TLS_CODE.test(code) || /certificate|TLS|SSL/.test(message)) return ['tls', 'TLS failed'];
  if (code.startsWith('HPE_')) return ['invalid_response', 'The answer is not HTTP'];
  if (code === 'ECONNREFUSED') return ['connection', 'Connection refused'];
  return ['connection', 'Connection failed'];
}

/** Connecting to several addresses fails with one error for each; the first tells enough. */
function flatten(error: unknown): NodeJS.ErrnoException {
  const [first = error] = (error as Partial<AggregateError>).errors ?? [];
  return types.isNativeError(first) ? first : new Error(String(first));
}
