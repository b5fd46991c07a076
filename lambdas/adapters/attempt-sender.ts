import { createHash } from 'node:crypto';
import { type Attempt, capHeaders, KEPT_BODY_BYTES, redactHeaders } from '../../core/attempt.ts';
import type { Dialect } from '../../core/dialects/dialect.ts';
import { buildEnvelope } from '../../core/envelope.ts';
import type { StoredEvent } from '../../core/event.ts';
import { judgeResponse, type Outcome, type Verdict } from '../../core/judge-response.ts';
import { liveSecrets, signRequest } from '../../core/sign.ts';
import { getAccessToken } from './access-tokens.ts';
import { TransportError } from './address-guard.ts';
import type { StoredEndpoint } from './endpoint-items.ts';
import { type EndpointSecrets, openSecrets } from './endpoint-secrets.ts';
import { type HttpResponse, sendHttp } from './http-sender.ts';

export interface SentAttempt {
  readonly attempt: Attempt;
  readonly verdict: Verdict;
  readonly outcome: Outcome;
  /** Milliseconds since 1970: retry delays count from here. */
  readonly endedAt: number;
}

const USER_AGENT = 'Posthorn/0.1';

/** One request as it goes out, and the name of the header that holds the endpoint's own credential. */
interface OutgoingRequest {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly authHeader?: string;
}

/** Makes one attempt: builds the envelope, signs, posts and judges. Whatever goes wrong is the attempt's result. */
export async function sendAttempt(
  dialect: Dialect,
  event: StoredEvent,
  endpoint: StoredEndpoint,
  number: number,
): Promise<SentAttempt> {
  const startedAt = Date.now();
  const body = buildEnvelope(dialect, event, endpoint.apiVersion);
  let request: OutgoingRequest = { url: endpoint.url, headers: {}, body };
  let response: HttpResponse | undefined;
  let outcome: Outcome;
  // A dialect's timeout may have become shorter since the endpoint's was set.
  const timeoutMs = Math.min(endpoint.timeoutMs ?? dialect.timeoutMs, dialect.timeoutMs);
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const secrets = await openSecrets(endpoint);
    request = { ...request, ...signedHeaders(dialect, event, secrets, body, startedAt) };
    response = await post(endpoint, request, secrets, deadline);
    const retryAfter = response.headers['retry-after'];
    outcome = { status: response.status, ...(retryAfter !== undefined && { retryAfter }) };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    outcome = { error: error.code, message: explain(error, timeoutMs) };
  }
  const endedAt = Date.now();
  const verdict = judgeResponse(dialect, outcome);
  const attempt: Attempt = {
    attempt: number,
    startedAt,
    durationMs: endedAt - startedAt,
    statusCode: response?.status,
    error: verdict.error,
    request: {
      url: endpoint.url,
      headers: redactHeaders(request.headers, request.authHeader),
      bodyHash: createHash('sha256').update(body).digest('hex'),
    },
    response: response && describeResponse(response, verdict),
  };
  return { attempt, verdict, outcome, endedAt };
}

/** The dialect's headers come last and so cannot be shadowed, should an old endpoint have one of their names. */
function signedHeaders(
  dialect: Dialect,
  event: StoredEvent,
  secrets: EndpointSecrets,
  body: string,
  now: number,
): Pick<OutgoingRequest, 'headers' | 'authHeader'> {
  const signature = signRequest(dialect, {
    eventId: event.id,
    timestamp: Math.floor(now / 1000),
    body,
    secrets: liveSecrets(secrets.signing, now),
  });
  const own = secrets.auth !== undefined && 'header' in secrets.auth ? secrets.auth.header : undefined;
  const headers = {
    ...secrets.headers,
    ...(own && { [own.name]: own.value }),
    'Content-Type': 'application/json',
    'User-Agent': USER_AGENT,
    ...signature,
  };
  return { headers, authHeader: own?.name };
}

/** A 401 from an endpoint with access tokens may mean an old token: a fresh one is tried once, within the same attempt. */
async function post(
  endpoint: StoredEndpoint,
  request: OutgoingRequest,
  { auth }: EndpointSecrets,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const keptBytes = KEPT_BODY_BYTES.failure;
  const send = () => sendHttp({ ...request, method: 'POST', signal, keptBytes });
  if (auth === undefined || 'header' in auth) return send();
  const token = await getAccessToken(endpoint.id, auth.openIdConnect, signal);
  request.headers.Authorization = `Bearer ${token}`;
  const response = await send();
  if (response.status !== 401) return response;
  request.headers.Authorization = `Bearer ${await getAccessToken(endpoint.id, auth.openIdConnect, signal, token)}`;
  return send();
}

function explain(error: TransportError, timeoutMs: number): string {
  return error.code === 'timeout'
    ? `${error.message}: no complete answer within ${timeoutMs / 1000} s.`
    : error.message;
}

function describeResponse(response: HttpResponse, verdict: Verdict): NonNullable<Attempt['response']> {
  const kept = verdict.delivered ? KEPT_BODY_BYTES.success : KEPT_BODY_BYTES.failure;
  return {
    headers: capHeaders(response.headers),
    body: response.body.subarray(0, kept).toString('utf8'),
    truncated: response.truncated || response.body.length > kept,
  };
}
