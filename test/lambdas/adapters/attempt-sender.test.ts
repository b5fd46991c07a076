import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { acceptEvent } from '../../../core/accept-event.ts';
import type { Dialect } from '../../../core/dialects/dialect.ts';
import { DIALECTS } from '../../../core/dialects/index.ts';
import type { Endpoint } from '../../../core/endpoint.ts';
import { sendAttempt } from '../../../lambdas/adapters/attempt-sender.ts';
import { verifyPromptha } from '../../fixtures/receivers/promptha.ts';
import { type Receiver, type ReceiverOptions, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { verifyStandard } from '../../fixtures/receivers/standard.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { storedEndpoint } from './endpoints.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
let aws: FakeAws;
let receiver: Receiver;

beforeAll(async () => {
  process.env.ALLOW_LOCAL_RECEIVERS = 'true';
  aws = await startFakeAws();
});
afterEach(() => receiver?.close());
afterAll(() => aws.close());

const data = { executionId: 'exec_1', result: { output: 'grüße' } };
const eventFor = (dialect: Dialect) =>
  acceptEvent(dialect, 'ten_1', { id: 'evt_1', type: 'fabric.completed', data }, 1768480200_000);

interface Setup extends ReceiverOptions {
  readonly dialect?: Dialect;
  readonly endpoint?: Partial<Endpoint>;
  readonly secrets?: object;
  readonly attempt?: number;
}

/** One attempt at a receiver. */
async function attempt({
  dialect = DIALECTS.standard,
  endpoint,
  secrets,
  attempt = 1,
  ...options
}: Setup = {}) {
  receiver = await startReceiver({ secret: SECRET, ...options });
  const signing = [{ kind: 'hmac', value: SECRET }];
  const stored = await storedEndpoint({ url: receiver.url, ...endpoint }, { signing, ...secrets });
  return sendAttempt(dialect, eventFor(dialect), stored, attempt);
}

describe('an attempt that is accepted', () => {
  test.each([
    [DIALECTS.standard, verifyStandard],
    [DIALECTS.promptha, verifyPromptha],
  ])('$name: its receiver verifies it by the guide', async (dialect, verify) => {
    const { verdict, outcome, endedAt, attempt: log } = await attempt({ dialect, verify, attempt: 3 });
    expect(receiver.requests[0]!.verdict).toMatchObject({ ok: true });
    expect(verdict.delivered).toBe(true);
    expect(outcome).toEqual({ status: 200 });
    expect(log).toMatchObject({ attempt: 3, statusCode: 200, error: undefined });
    expect(log.startedAt + log.durationMs).toBe(endedAt);
  });

  test('is logged as it was sent and answered', async () => {
    const { attempt: log } = await attempt({ respond: () => ({ headers: { 'X-Id': '7' }, body: 'thanks' }) });
    const [request] = receiver.requests;
    expect(log.request.url).toBe(receiver.url);
    for (const [name, value] of Object.entries(log.request.headers)) {
      expect([name, request!.headers[name.toLowerCase()]]).toEqual([name, value]);
    }
    expect(Object.keys(log.request.headers)).toEqual([
      'Content-Type',
      'User-Agent',
      'webhook-id',
      'webhook-timestamp',
      'webhook-signature',
    ]);
    expect(log.request.bodyHash).toBe(createHash('sha256').update(request!.body).digest('hex'));
    expect(log.response).toMatchObject({ headers: { 'x-id': '7' }, body: 'thanks', truncated: false });
  });

  test('keeps 1,024 bytes of the answer, one that failed 4,096', async () => {
    const body = 'x'.repeat(5_000);
    const kept = async (status: number) =>
      (await attempt({ respond: () => ({ status, body }) })).attempt.response;
    expect(await kept(200)).toMatchObject({ body: 'x'.repeat(1_024), truncated: true });
    await receiver.close();
    expect(await kept(500)).toMatchObject({ body: 'x'.repeat(4_096), truncated: true });
  });
});

describe("the tenant's own headers", () => {
  test('are sent, and what looks like a credential is hidden in the log', async () => {
    const headers = { 'X-Team': 'billing', Authorization: 'Bearer s3cret', 'X-Api-Key': 's3cret' };
    const { attempt: log } = await attempt({ secrets: { headers } });
    expect(receiver.requests[0]!.headers).toMatchObject({
      'x-team': 'billing',
      authorization: 'Bearer s3cret',
      'x-api-key': 's3cret',
    });
    expect(log.request.headers['X-Team']).toBe('billing');
    expect(JSON.stringify(log)).not.toContain('s3cret');
  });

  test('cannot shadow the signature, the time, the id or the type of the body, even where they were stored', async () => {
    const headers = {
      'Webhook-Id': 'evt_forged',
      'WEBHOOK-SIGNATURE': 'v1,forged',
      'webhook-timestamp': '1',
      'content-type': 'text/plain',
    };
    await attempt({ verify: verifyStandard, secrets: { headers } });
    const [request] = receiver.requests;
    expect(request!.verdict).toMatchObject({ ok: true });
    const names = request!.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
    expect(names).toEqual([...new Set(names)]);
    expect(request!.headers['content-type']).toBe('application/json');
  });
});

describe('arken', () => {
  const dialect = { ...DIALECTS.arken, catalogue: null };

  test("carries the endpoint's own header, hidden in the log", async () => {
    const auth = { header: { name: 'X-Callback', value: 'arken_callback_value' } };
    const { attempt: log } = await attempt({ dialect, endpoint: { apiVersion: '2.1' }, secrets: { auth } });
    expect(receiver.requests[0]!.headers['x-callback']).toBe('arken_callback_value');
    expect(JSON.parse(receiver.requests[0]!.body).apiVersion).toBe('2.1');
    expect(log.request.headers['X-Callback']).toBe('[redacted]');
  });
});

describe('an attempt that fails says in words why', () => {
  const hasty = { ...DIALECTS.standard, timeoutMs: 200 };

  test('by its status, with what the receiver asked for', async () => {
    const respond = () => ({ status: 503, headers: { 'Retry-After': '120' }, body: 'busy' });
    const { verdict, outcome, attempt: log } = await attempt({ respond });
    expect(verdict).toMatchObject({ delivered: false, retryable: true });
    expect(outcome).toEqual({ status: 503, retryAfter: '120' });
    expect(log).toMatchObject({
      statusCode: 503,
      error: 'The endpoint answered 503.',
      response: { body: 'busy' },
    });
  });

  test.each([
    ['never answers', () => ({ delayMs: 5_000 })],
    ['never ends its answer', () => ({ endless: true })],
  ])('when the receiver %s within the time of the dialect', async (_name, respond) => {
    const { verdict, attempt: log } = await attempt({ dialect: hasty, respond });
    expect(verdict.retryable).toBe(true);
    expect(log.error).toBe('Connection timeout: no complete answer within 0.2 s.');
    expect(log.statusCode).toBeUndefined();
    expect(log.durationMs).toBeGreaterThanOrEqual(190);
    expect(log.durationMs).toBeLessThan(1_000);
  });

  test.each([
    ['its own', DIALECTS.standard, 250, '0.25'],
    ["the dialect's, where that has become the shorter", hasty, 5_000, '0.2'],
  ])('when the receiver is slower than %s timeout', async (_name, dialect, timeoutMs, seconds) => {
    const respond = () => ({ delayMs: 5_000 });
    const { attempt: log } = await attempt({ dialect, endpoint: { timeoutMs }, respond });
    expect(log.error).toBe(`Connection timeout: no complete answer within ${seconds} s.`);
    expect(log.durationMs).toBeLessThan(2_000);
  });

  test('when it hangs up', async () => {
    const { attempt: log } = await attempt({ respond: () => ({ hangUp: true }) });
    expect(log.error).toMatch(/^Connection failed: /);
    expect(log).not.toHaveProperty('response.body');
    expect(receiver.requests).toHaveLength(1);
  });

  test('when its address is refused, with nothing sent', async () => {
    delete process.env.ALLOW_LOCAL_RECEIVERS;
    const { attempt: log, verdict } = await attempt({ endpoint: { url: 'https://127.0.0.1:1/' } });
    process.env.ALLOW_LOCAL_RECEIVERS = 'true';
    expect(log.error).toBe('127.0.0.1 is not a public address; it was not called.');
    expect(verdict.retryable).toBe(true);
    expect(receiver.requests).toEqual([]);
  });
});

test("the platform's own trouble is no result of the endpoint: the message comes back", async () => {
  const stored = await storedEndpoint({ url: 'http://127.0.0.1:1/' }, { signing: [] });
  const swapped = { ...stored, id: 'ep_another' };
  await expect(sendAttempt(DIALECTS.standard, eventFor(DIALECTS.standard), swapped, 1)).rejects.toThrow(
    /authenticate/,
  );
});

test('one KMS call opens the secrets of a tenant for as long as the container lives', () => {
  expect(aws.inputsOf('Decrypt')).toEqual([
    expect.objectContaining({ EncryptionContext: { tenant_id: 'ten_1' } }),
  ]);
});
