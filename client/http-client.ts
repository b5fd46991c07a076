import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PosthornApiError, PosthornConnectionError } from './api-errors.ts';
import { LONGEST_RETRY_AFTER_MS, mayPass, readRetryAfter, retryDelay } from './retry-timing.ts';

export interface ClientSettings {
  /** The API's address without `/v1`, as the stack's output `ApiUrl` has it. */
  readonly baseUrl: string;
  /** A tenant's key, or the operator's. */
  readonly apiKey: string;
  /** For one attempt, answer included. @default 30000 */
  readonly timeoutMs?: number;
  /** Further attempts after a 429, a 5xx or a failure of the network. @default 3 */
  readonly maxRetries?: number;
  /** @default the global fetch */
  readonly fetch?: typeof fetch;
  /** Reads an answer's JSON: one of your own can keep the digits of numbers that a double cannot hold. @default JSON.parse */
  readonly parse?: (text: string) => unknown;
}

export interface CallOptions {
  /** Ends the call and its retries. */
  readonly signal?: AbortSignal;
  /** @default the client's */
  readonly timeoutMs?: number;
  /** @default the client's */
  readonly maxRetries?: number;
  /** Sent with POSTs. Give your own to make a call safe to repeat across processes. @default a random one */
  readonly idempotencyKey?: string;
}

export interface CallInput {
  readonly body?: unknown;
  readonly query?: object;
}

/** Makes one call of the API. */
export type Call = <Result>(
  method: string,
  path: string,
  input?: CallInput,
  options?: CallOptions,
) => Promise<Result>;

/** Waits for so many milliseconds. @throws the signal's reason, where the caller ended it */
type Wait = (ms: number, signal?: AbortSignal) => Promise<unknown>;
const sleepFor: Wait = (ms, signal) => sleep(ms, undefined, { signal });

/** @throws TypeError where a setting cannot be used */
export function makeCall(settings: ClientSettings, wait: Wait = sleepFor): Call {
  const baseUrl = readBaseUrl(settings.baseUrl);
  if (!settings.apiKey) throw new TypeError('apiKey is missing or empty.');
  const { fetch: send = fetch, parse = JSON.parse } = settings;
  return async (method, path, input = {}, options = {}) => {
    const url = baseUrl + path + printQuery(input.query);
    const headers = makeHeaders(settings.apiKey, method, input.body, options.idempotencyKey);
    const body = input.body === undefined ? undefined : JSON.stringify(input.body);
    // A redirect would take the key to another host.
    const request: RequestInit = { method, headers, body, redirect: 'manual' };
    const timeoutMs = options.timeoutMs ?? settings.timeoutMs ?? 30_000;
    const maxRetries = options.maxRetries ?? settings.maxRetries ?? 3;
    let mayBeDone = false;
    for (let attempt = 1; ; attempt++) {
      const outcome = await tryOnce(send, url, request, timeoutMs, options.signal);
      if (outcome.response?.ok) return readAnswer(outcome.text, parse) as never;
      const error = errorOf(`${method} ${path}`, outcome);
      // What an attempt whose answer was lost has deleted is not found by the next one: that is what was asked for.
      if (mayBeDone && method === 'DELETE' && isCode(error, 'not_found')) return undefined as never;
      const isFinal = error instanceof PosthornApiError && !mayPass(error.status, error.code);
      if (attempt > maxRetries || isFinal) throw error;
      mayBeDone ||= !(error instanceof PosthornApiError) || error.status >= 500;
      const retryAfter =
        readRetryAfter(outcome.response?.headers.get('retry-after') ?? null, Date.now()) ?? 0;
      if (retryAfter > LONGEST_RETRY_AFTER_MS) throw error;
      await wait(retryDelay(attempt, Math.random(), retryAfter), options.signal);
    }
  };
}

/**
 * One part of a call's path, e.g. an id, as the URL holds it.
 * @throws TypeError for what a URL would leave out: `/v1/tenants/acme/api-keys/..` is `/v1/tenants/acme`, another call
 */
export function pathPart(value: string): string {
  if (typeof value === 'string' && !['', '.', '..'].includes(value)) return encodeURIComponent(value);
  throw new TypeError(`An id in the call's path is ${JSON.stringify(value)}, which names nothing.`);
}

function readAnswer(text: string, parse: (text: string) => unknown): unknown {
  return text === '' ? undefined : parse(text);
}

function isCode(error: Error, code: string): boolean {
  return error instanceof PosthornApiError && error.code === code;
}

function readBaseUrl(baseUrl: string): string {
  if (typeof baseUrl === 'string' && /^https?:\/\/\S+$/.test(baseUrl)) return baseUrl.replace(/\/+$/, '');
  throw new TypeError(
    `baseUrl is ${JSON.stringify(baseUrl)}; the API's address is wanted, e.g. "https://…".`,
  );
}

function makeHeaders(apiKey: string, method: string, body: unknown, key?: string): Record<string, string> {
  return {
    authorization: `Bearer ${apiKey}`,
    accept: 'application/json',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    // The same on every attempt: that is what makes them one call.
    ...(method === 'POST' && { 'idempotency-key': key ?? randomUUID() }),
  };
}

function printQuery(query: object = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return text === '' ? '' : `?${text}`;
}

/** An attempt: what came back, or why nothing did. */
type Outcome =
  | { readonly response: Response; readonly text: string }
  | { readonly response?: undefined; readonly cause: unknown; readonly timedOut: boolean };

/** @throws the signal's reason, where the caller ended it */
async function tryOnce(
  send: typeof fetch,
  url: string,
  request: RequestInit,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Outcome> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
    const response = await send(url, { ...request, signal: either });
    return { response, text: await response.text() };
  } catch (cause) {
    signal?.throwIfAborted();
    return { cause, timedOut: timeout.aborted };
  }
}

function errorOf(call: string, outcome: Outcome): Error {
  if (outcome.response) {
    return new PosthornApiError(call, outcome.response.status, outcome.response.headers, outcome.text);
  }
  return new PosthornConnectionError(call, outcome.timedOut ? 'timeout' : 'network', {
    cause: outcome.cause,
  });
}
