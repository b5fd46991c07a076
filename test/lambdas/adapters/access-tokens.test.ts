import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { acceptEvent } from '../../../core/accept-event.ts';
import { DIALECTS } from '../../../core/dialects/index.ts';
import { sendAttempt } from '../../../lambdas/adapters/attempt-sender.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { storedEndpoint } from './endpoints.ts';
import { type LocalServer, startHttp } from './local-servers.ts';

interface Call {
  readonly path: string;
  readonly authorization?: string;
  readonly body: string;
}

let aws: FakeAws;
let server: LocalServer;
let calls: Call[];
/** What the receiver answers to each call, then 200. */
let statuses: number[];
/** The answer to a call for a token; `n` counts them. */
let grant: (n: number) => object | Promise<object>;
let endpoints = 0;

beforeAll(async () => {
  process.env.ALLOW_LOCAL_RECEIVERS = 'true';
  aws = await startFakeAws();
});
beforeEach(async () => {
  calls = [];
  statuses = [];
  grant = (n) => ({ access_token: `token-${n}`, token_type: 'Bearer', expires_in: 3600 });
  server = await startHttp(async (request, response) => {
    const call = await record(request);
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (call.path === '/hook') return response.writeHead(statuses.shift() ?? 200).end();
    if (call.path === '/.well-known/openid-configuration') {
      return json(200, { issuer: origin(), token_endpoint: `${origin()}/token` });
    }
    const answer = await grant(pathsOf('/token').length);
    return json('error' in answer ? 401 : 200, answer);
  });
});
afterEach(() => server.close());
afterAll(() => aws.close());

async function record(request: IncomingMessage): Promise<Call> {
  const call = {
    path: request.url ?? '',
    authorization: request.headers.authorization,
    body: await text(request),
  };
  calls.push(call);
  return call;
}

const origin = () => `http://127.0.0.1:${server.port}`;
const pathsOf = (path: string) => calls.filter((call) => call.path === path);
const tokensShown = () => pathsOf('/hook').map(({ authorization }) => authorization);

/** An arken endpoint with access tokens; attempts at it come one after another. */
async function endpointWith(settings: object, timeoutMs = 15_000, id = `sub_${++endpoints}`) {
  const auth = { openIdConnect: { clientId: 'client 1', clientSecret: 's3cret:/', ...settings } };
  const stored = await storedEndpoint({ url: `${origin()}/hook`, id }, { signing: [], auth });
  const event = acceptEvent(DIALECTS.arken, 'ten_1', { id: 'evt_1', type: 'User.Create', data: {} }, 0);
  return (attempt = 1) => sendAttempt({ ...DIALECTS.arken, timeoutMs }, event, stored, attempt);
}

test('a token is fetched by client credentials once, and serves the attempts that follow', async () => {
  const attempt = await endpointWith({ tokenUrl: `${origin()}/token`, scope: 'hooks' });
  const logs = [await attempt(1), await attempt(2)];
  expect(calls.map(({ path }) => path)).toEqual(['/token', '/hook', '/hook']);
  expect(Object.fromEntries(new URLSearchParams(calls[0]!.body))).toMatchObject({
    grant_type: 'client_credentials',
    scope: 'hooks',
  });
  // RFC 6749, section 2.3.1: both halves are form-encoded before they are joined.
  const basic = Buffer.from('client+1:s3cret%3A%2F').toString('base64');
  expect(calls[0]!.authorization).toBe(`Basic ${basic}`);
  expect(tokensShown()).toEqual(['Bearer token-1', 'Bearer token-1']);
  expect(logs[0]!.attempt.request.headers.Authorization).toBe('[redacted]');
  expect(JSON.stringify(logs)).not.toMatch(/token-1|s3cret/);
});

test('the issuer says where tokens are', async () => {
  const attempt = await endpointWith({ issuer: origin() });
  expect((await attempt()).verdict.delivered).toBe(true);
  expect(calls.map(({ path }) => path)).toEqual(['/.well-known/openid-configuration', '/token', '/hook']);
});

test('a 401 gets a fresh token and a second request, within the same attempt', async () => {
  statuses = [401];
  const attempt = await endpointWith({ tokenUrl: `${origin()}/token` });
  const { verdict, attempt: log } = await attempt();
  expect(verdict.delivered).toBe(true);
  expect(log.attempt).toBe(1);
  expect(tokensShown()).toEqual(['Bearer token-1', 'Bearer token-2']);
  await attempt(2);
  expect(tokensShown()[2]).toBe('Bearer token-2');
});

test('a second 401 is the result', async () => {
  statuses = [401, 401];
  const attempt = await endpointWith({ tokenUrl: `${origin()}/token` });
  expect((await attempt()).outcome).toEqual({ status: 401 });
  expect(tokensShown()).toHaveLength(2);
});

test('a token that is about to end is not used again', async () => {
  grant = (n) => ({ access_token: `token-${n}`, token_type: 'Bearer', expires_in: 30 });
  const attempt = await endpointWith({ tokenUrl: `${origin()}/token` });
  await attempt(1);
  await attempt(2);
  expect(tokensShown()).toEqual(['Bearer token-1', 'Bearer token-2']);
});

test('without a token nothing is sent, and the attempt says why', async () => {
  grant = () => ({ error: 'invalid_client' });
  const attempt = await endpointWith({ tokenUrl: `${origin()}/token` });
  const { attempt: log, verdict } = await attempt();
  expect(log.error).toMatch(/^No access token for the endpoint: /);
  expect(verdict.retryable).toBe(true);
  expect(pathsOf('/hook')).toEqual([]);
});

test('fetching a token counts towards the time of the attempt', async () => {
  grant = () => sleep(2_000, {}, { ref: false });
  const attempt = await endpointWith({ tokenUrl: `${origin()}/token` }, 200);
  const { attempt: log } = await attempt();
  expect(log.error).toBe('Connection timeout: no complete answer within 0.2 s.');
  expect(log.durationMs).toBeLessThan(1_000);
});

describe('attempts that wait for one token', () => {
  // Settings of one endpoint make one request.
  const attemptsWith = async (...timeouts: number[]) => {
    const settings = { tokenUrl: `${origin()}/token` };
    const id = `sub_${++endpoints}`;
    const attempts = await Promise.all(timeouts.map((ms) => endpointWith(settings, ms, id)));
    return Promise.all(attempts.map((attempt) => attempt()));
  };
  const answerAfter = (ms: number) => {
    grant = async () => {
      await sleep(ms);
      return { access_token: 'token-1', token_type: 'Bearer', expires_in: 3600 };
    };
  };

  test('do not fail with the first of them', async () => {
    answerAfter(600);
    const [short, long] = await attemptsWith(200, 15_000);
    expect(short!.attempt.error).toBe('Connection timeout: no complete answer within 0.2 s.');
    expect(long!.verdict.delivered).toBe(true);
    expect(pathsOf('/token')).toHaveLength(1);
  });

  test('are each held to their own deadline', async () => {
    answerAfter(600);
    const [long, short] = await attemptsWith(15_000, 200);
    expect(short!.attempt.error).toBe('Connection timeout: no complete answer within 0.2 s.');
    expect(short!.attempt.durationMs).toBeLessThan(500);
    expect(long!.verdict.delivered).toBe(true);
  });
});

test('the guard stands before token servers too', async () => {
  delete process.env.ALLOW_LOCAL_RECEIVERS;
  const attempt = await endpointWith({ tokenUrl: 'https://127.0.0.1:1/token' });
  const { attempt: log } = await attempt();
  process.env.ALLOW_LOCAL_RECEIVERS = 'true';
  expect(log.error).toMatch(/127\.0\.0\.1 is not a public address/);
  expect(calls).toEqual([]);
});
