import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { makeCall } from '../../client/http-client.ts';
import { CLAIM_MS } from '../../lambdas/adapters/idempotency-store.ts';
import { runOnce } from '../../lambdas/middleware/idempotency.ts';
import { withProblems } from '../../lambdas/middleware/run-operation.ts';
import type { Operation } from '../../lambdas/operations/operation.ts';
import { AwsError, type FakeAws, type Input, startFakeAws } from '../lambdas/fake-aws.ts';
import { holds } from '../lambdas/fake-expressions.ts';
import { type Answer, serveApi } from './api-server.ts';

let aws: FakeAws;
let now: number;
beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  now = Date.UTC(2026, 0, 15, 12, 30, 0, 250);
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  aws.reset();
  keepClaim();
  aws.on('GenerateDataKey', () => ({ CiphertextBlob: Buffer.from('wrapped').toString('base64') }));
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => aws.close());

/** The one claim of a test, kept by the conditions that it is written with. */
function keepClaim(): void {
  let claim: Input;
  aws.on('GetItem', () => ({ Item: claim }));
  aws.on('PutItem', (call) => {
    if (!holds(call.ConditionExpression, claim, call)) throw new AwsError('ConditionalCheckFailedException');
    claim = call.Item;
    return {};
  });
}

/** A client of the platform's own middleware, whose waits take no time but the clock's. */
function clientOf(run: () => Promise<APIGatewayProxyStructuredResultV2>) {
  const operation = { method: 'POST', path: '/v1/things' } as Operation;
  const caller = { kind: 'tenant', tenantId: 'ten_1', scope: 'tenant' } as const;
  const handle = withProblems((event) => runOnce(operation, event, caller, run));
  const statuses: number[] = [];
  const waits: number[] = [];
  const send = async (_url: unknown, { headers }: RequestInit = {}) => {
    const event = { headers, rawPath: '/v1/things', rawQueryString: '', body: '{}' };
    const { statusCode, headers: own, body } = await handle(event as APIGatewayProxyEventV2, {} as Context);
    statuses.push(statusCode ?? 0);
    return new Response(body, { status: statusCode, headers: own as Record<string, string> });
  };
  const call = makeCall({ baseUrl: 'https://x', apiKey: 'k', fetch: send as typeof fetch }, async (ms) => {
    waits.push(ms);
    now += ms;
  });
  return { call, statuses, waits };
}

test('after a function died, the call waits for the end of its claim and is carried out then', async () => {
  let runs = 0;
  const { call, statuses, waits } = clientOf(async () => {
    if (++runs > 1) return { statusCode: 201, headers: {}, body: '{"id":"x"}' };
    // A function that dies releases nothing: what the gateway answers then is that it failed.
    aws.on('DeleteItem', () => {
      throw new AwsError('AccessDeniedException');
    });
    throw new Error('died');
  });
  jest.spyOn(console, 'error').mockImplementation(() => {});
  expect(await call('POST', '/v1/things', { body: {} })).toEqual({ id: 'x' });
  expect([runs, statuses]).toEqual([2, [500, 409, 201]]);
  const [backoff = 0, rest = 0] = waits;
  expect(rest).toBe(Math.ceil((CLAIM_MS - backoff) / 1000) * 1000);
});

test('a claim is over exactly when Retry-After said', async () => {
  const never = () => new Promise<APIGatewayProxyStructuredResultV2>(() => {});
  void clientOf(never).call('POST', '/v1/things', { body: {} }, { idempotencyKey: 'k' });
  await untilClaimed();
  const { call, waits } = clientOf(async () => ({ statusCode: 201, body: '{}' }));
  await call('POST', '/v1/things', { body: {} }, { idempotencyKey: 'k' });
  expect(waits).toEqual([CLAIM_MS]);
});

async function untilClaimed(): Promise<void> {
  while (aws.inputsOf('PutItem').length === 0) await new Promise((resolve) => setImmediate(resolve));
}

/** What a DELETE comes to whose attempts are answered like this. */
async function deleteWith(answers: readonly Answer[]): Promise<unknown> {
  const api = await serveApi((_call, index) => answers[index] as Answer);
  const call = makeCall({ baseUrl: api.url, apiKey: 'k' }, async () => {});
  return await call('DELETE', '/v1/webhooks/ep_1').finally(api.close);
}

const notFound: Answer = { status: 404, body: { code: 'not_found' } };

test.each<Answer>(['cut', { status: 500 }, { status: 503 }])(
  'a DELETE that is not found after an attempt that may have been carried out (%j) is done',
  async (lost) => expect(await deleteWith([lost, notFound])).toBeUndefined(),
);

test.each<readonly Answer[]>([[notFound], [{ status: 429 }, notFound]])(
  'a DELETE that is not found, and never was carried out, is refused: %j',
  async (...answers) => {
    await expect(deleteWith(answers)).rejects.toMatchObject({ code: 'not_found' });
  },
);

test('whatever else the repeated DELETE is refused with is an error', async () => {
  const forbidden: Answer = { status: 403, body: { code: 'forbidden' } };
  await expect(deleteWith(['cut', forbidden])).rejects.toMatchObject({ code: 'forbidden' });
});
