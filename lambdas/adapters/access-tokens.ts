import type { ResponseBodyError } from 'oauth4webapi';
import type { EndpointAuth } from '../../core/endpoint.ts';
import { TransportError } from './address-guard.ts';
import { TimedCache } from './cache.ts';
import { allowsLocalReceivers } from './environment.ts';
import { sendHttp } from './http-sender.ts';

export type OpenIdConnect = Extract<EndpointAuth, { openIdConnect: unknown }>['openIdConnect'];

/** A token is used until shortly before it ends; without a stated lifetime, for five minutes. */
const SPARE_SECONDS = 30;
const DEFAULT_LIFETIME_SECONDS = 300;
const LONGEST_LIFETIME_SECONDS = 3_600;
/** Discovery documents and token answers are small. */
const ANSWER_BYTES = 65_536;

const tokens = new TimedCache<{ readonly token: string; readonly until: number }>(
  1_000,
  LONGEST_LIFETIME_SECONDS * 1000,
);

/**
 * Requests under way: a batch of deliveries to one endpoint asks once. Nobody's own deadline ends what others wait for;
 * this one is the guides' longest.
 */
const REQUEST_MS = 15_000;
const requests = new Map<string, Promise<string>>();

/**
 * The access token of an endpoint, by OAuth 2.0 client credentials (RFC 6749, section 4.4), cached in the container.
 * @param refused a token that the endpoint answered 401 to; it is not used again
 * @throws TransportError `access_token` where none is to be had
 */
export async function getAccessToken(
  endpointId: string,
  settings: OpenIdConnect,
  signal: AbortSignal,
  refused?: string,
): Promise<string> {
  const key = `${endpointId} ${JSON.stringify(settings)}`;
  const cached = tokens.get(key);
  if (cached !== undefined && cached.token !== refused && cached.until > Date.now()) return cached.token;
  return withinDeadline(requests.get(key) ?? startRequest(key, settings), signal);
}

function startRequest(key: string, settings: OpenIdConnect): Promise<string> {
  const request = renewToken(key, settings, AbortSignal.timeout(REQUEST_MS)).finally(() =>
    requests.delete(key),
  );
  requests.set(key, request);
  return request;
}

/** What a shared request gives, as long as this one of its waiters has time. */
function withinDeadline<Result>(request: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new TransportError('timeout', 'Connection timeout'));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    request.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

async function renewToken(key: string, settings: OpenIdConnect, signal: AbortSignal): Promise<string> {
  try {
    const { access_token, expires_in = DEFAULT_LIFETIME_SECONDS } = await requestToken(settings, signal);
    const lifetime = Math.max(0, Math.min(expires_in, LONGEST_LIFETIME_SECONDS) - SPARE_SECONDS);
    tokens.set(key, { token: access_token, until: Date.now() + lifetime * 1000 });
    return access_token;
  } catch (error) {
    const words = `No access token for the endpoint: ${explain(error)}`;
    throw new TransportError('access_token', words, { cause: error });
  }
}

/** The library says that a request failed; what the token server answered tells its owner why. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { error: code, error_description: description, ...rest } = error as Partial<ResponseBodyError>;
  const status = error.cause instanceof Response ? error.cause.status : rest.status;
  const answer = [status && `status ${status}`, code, description].filter(Boolean).join(', ');
  return answer === '' ? error.message : `${error.message} (${answer.slice(0, 200)})`;
}

/** oauth4webapi does the protocol; it is loaded with the first endpoint that wants a token. */
async function requestToken(settings: OpenIdConnect, signal: AbortSignal) {
  const oauth = await import('oauth4webapi');
  const options = {
    signal,
    [oauth.customFetch]: (url: string, init: FetchInit) => guardedFetch(url, init, signal),
    [oauth.allowInsecureRequests]: allowsLocalReceivers(),
  };
  const server = await findServer(oauth, settings, options);
  const client = { client_id: settings.clientId };
  const parameters = new URLSearchParams(settings.scope === undefined ? {} : { scope: settings.scope });
  const response = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    oauth.ClientSecretBasic(settings.clientSecret),
    parameters,
    options,
  );
  return oauth.processClientCredentialsResponse(server, client, response);
}

async function findServer(oauth: typeof import('oauth4webapi'), settings: OpenIdConnect, options: object) {
  if (settings.tokenUrl !== undefined) {
    return { issuer: new URL(settings.tokenUrl).origin, token_endpoint: settings.tokenUrl };
  }
  const issuer = new URL(settings.issuer ?? '');
  const discovered = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oidc' });
  return oauth.processDiscoveryResponse(issuer, discovered);
}

interface FetchInit {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** fetch, through the same guard and sockets as deliveries. */
async function guardedFetch(url: string, init: FetchInit, signal: AbortSignal): Promise<Response> {
  const answer = await sendHttp({
    url,
    method: init.method === 'POST' ? 'POST' : 'GET',
    headers: Object.fromEntries(new Headers(init.headers)),
    body: init.body === undefined || init.body === null ? undefined : String(init.body),
    signal,
    keptBytes: ANSWER_BYTES,
  });
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) headers.set(name, String(value));
  const empty = answer.status === 204 || answer.status === 304;
  return new Response(empty ? null : new Uint8Array(answer.body), { status: answer.status, headers });
}
