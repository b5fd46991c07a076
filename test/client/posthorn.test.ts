import { afterEach, describe, expect, test } from '@jest/globals';
import { PosthornApiError, PosthornConnectionError } from '../../client/api-errors.ts';
import { Posthorn } from '../../client/posthorn.ts';
import { type Answer, type SeenCall, serveApi } from './api-server.ts';

const REFUSAL = {
  type: 'about:blank',
  title: 'The request is not valid',
  status: 422,
  detail: 'url is "ftp://x". Accepted: https.',
  code: 'invalid_request',
  errors: [{ path: 'url', message: 'url is "ftp://x". Accepted: https.' }],
  request_id: 'req-1',
};

let close = () => {};
afterEach(() => close());

/** A client of an API that gives these answers, the last one from then on; waits are cut to what a test can bear. */
async function clientOf(answers: readonly Answer[], settings: object = {}) {
  const api = await serveApi((_call, index) => answers[Math.min(index, answers.length - 1)] as Answer);
  close = api.close;
  const sdk = new Posthorn({ baseUrl: `${api.url}/`, apiKey: 'ak_1.secret', ...settings });
  return { sdk, seen: api.seen as readonly SeenCall[] };
}

const ok: Answer = { status: 200, body: { id: 'x' } };

describe('calls', () => {
  test('a call carries the key, its path with every character escaped, its query and its body', async () => {
    const { sdk, seen } = await clientOf([ok]);
    await sdk.webhooks.update('a/b?c', { active: false }, { tenant_id: 'acme' });
    expect(seen[0]).toMatchObject({
      method: 'PATCH',
      url: '/v1/webhooks/a%2Fb%3Fc?tenant_id=acme',
      headers: { authorization: 'Bearer ak_1.secret', 'content-type': 'application/json' },
      body: { active: false },
    });
  });

  test.each(['', '.', '..', undefined])(
    'an id that is %j, which would make the path another one, is never sent',
    async (id) => {
      const { sdk, seen } = await clientOf([{ status: 204 }]);
      const words = `An id in the call's path is ${JSON.stringify(id)}, which names nothing.`;
      const wrong = new TypeError(words);
      await expect(sdk.tenants.deleteApiKey('acme', id as string)).rejects.toThrow(wrong);
      await expect(sdk.webhooks.get(id as string)).rejects.toThrow(wrong);
      await expect(sdk.business.updateBusiness({ id: id as string, settings: {} })).rejects.toThrow(wrong);
      expect(seen).toEqual([]);
    },
  );

  test('a query’s absent members are not sent, and an empty answer is nothing', async () => {
    const { sdk, seen } = await clientOf([{ status: 204 }]);
    expect(await sdk.webhooks.delete('ep_1', { tenant_id: undefined })).toBeUndefined();
    expect(seen[0]?.url).toBe('/v1/webhooks/ep_1');
  });

  test('an event has an id before it is sent, so that a repeated attempt is the same event', async () => {
    const { sdk, seen } = await clientOf([{ status: 503 }, { status: 202, body: { id: 'x' } }]);
    await sdk.events.publish({ type: 'order.paid', data: { total: 1 } });
    expect(seen[0]?.body).toMatchObject({ id: expect.stringMatching(/^evt_[0-9a-f]{32}$/) });
    expect(seen[1]?.body).toEqual(seen[0]?.body);
  });

  test('a batch is sent as one, and an id of the caller’s own is kept', async () => {
    const { sdk, seen } = await clientOf([{ status: 202, body: { results: [] } }]);
    await sdk.events.publishBatch([
      { type: 'a.b', data: {}, id: 'mine' },
      { type: 'a.c', data: {} },
    ]);
    expect(seen[0]).toMatchObject({
      url: '/v1/events',
      body: { events: [{ id: 'mine' }, { id: expect.any(String) }] },
    });
  });
});

describe('the calls of the Arky guide', () => {
  test('updateBusiness and testWebhook are written as the guide writes them', async () => {
    const { sdk, seen } = await clientOf([ok]);
    const settings = {
      webhookUrl: 'https://yourapp.com/api/webhooks/arky',
      webhookSecret: 'whsec_your_secret_key',
      webhookEvents: ['order.created', 'order.paid'],
    };
    await sdk.business.updateBusiness({ id: 'biz_abc123', settings });
    await sdk.business.testWebhook({ businessId: 'biz_abc123', event: 'order.paid' });
    expect(seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['PATCH', '/v1/businesses/biz_abc123', { settings }],
      ['POST', '/v1/businesses/biz_abc123/webhooks/test', { event: 'order.paid' }],
    ]);
  });
});

describe('retries', () => {
  test.each([429, 500, 502, 503, 504])(
    'after a %d it is sent again, with the same idempotency key',
    async (status) => {
      const { sdk, seen } = await clientOf([{ status }, ok]);
      await sdk.webhooks.create({ url: 'https://example.com' });
      const keys = seen.map(({ headers }) => headers['idempotency-key']);
      expect(keys).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), keys[0]]);
    },
  );

  test('while the attempt before is still carried out it is sent again', async () => {
    const { sdk, seen } = await clientOf([{ status: 409, body: { code: 'request_in_progress' } }, ok]);
    await sdk.webhooks.create({ url: 'https://example.com' });
    expect(seen).toHaveLength(2);
  });

  test('after a broken connection it is sent again', async () => {
    const { sdk, seen } = await clientOf(['cut', ok]);
    await sdk.webhooks.get('ep_1');
    expect(seen).toHaveLength(2);
    expect(seen[0]?.headers).not.toHaveProperty('idempotency-key');
  });

  test.each([301, 400, 401, 403, 404, 409, 422])('a %d is final', async (status) => {
    const { sdk, seen } = await clientOf([{ status, headers: { location: '/elsewhere' } }]);
    await expect(sdk.webhooks.get('ep_1')).rejects.toMatchObject({ status });
    expect(seen).toHaveLength(1);
  });

  test('they end: the last answer is the error', async () => {
    const { sdk, seen } = await clientOf([{ status: 503 }, { status: 500 }], { maxRetries: 1 });
    await expect(sdk.webhooks.get('ep_1')).rejects.toMatchObject({ status: 500 });
    expect(seen).toHaveLength(2);
  });

  test('Retry-After is waited for', async () => {
    const { sdk } = await clientOf([{ status: 429, headers: { 'retry-after': '1' } }, ok]);
    const start = performance.now();
    await sdk.webhooks.get('ep_1');
    expect(performance.now() - start).toBeGreaterThan(950);
  });

  test('a Retry-After of more than a minute is left to the caller', async () => {
    const { sdk, seen } = await clientOf([{ status: 429, headers: { 'retry-after': '61' } }]);
    await expect(sdk.webhooks.get('ep_1')).rejects.toMatchObject({ status: 429 });
    expect(seen).toHaveLength(1);
  });

  test('an idempotency key of the caller’s own is sent', async () => {
    const { sdk, seen } = await clientOf([ok]);
    await sdk.webhooks.create({ url: 'https://example.com' }, { idempotencyKey: 'order-1' });
    expect(seen[0]?.headers['idempotency-key']).toBe('order-1');
  });
});

/** As the README has it: a number that a double cannot hold becomes a BigInt. */
const withBigInts = (text: string) =>
  JSON.parse(text, (_key, value, context?: { source: string }) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(context?.source ?? value) : value,
  );

test('a parser of the caller’s own reads the answers', async () => {
  const digits = '12345678901234567890';
  const send = async () => new Response(`{"data":{"n":${digits}}}`);
  const sdk = new Posthorn({ baseUrl: 'https://x', apiKey: 'k', fetch: send, parse: withBigInts });
  expect((await sdk.events.get('evt_1')).data).toEqual({ n: BigInt(digits) });
});

describe('errors', () => {
  test('a refusal shows what the API said', async () => {
    const { sdk } = await clientOf([{ status: 422, body: REFUSAL }]);
    const error = await sdk.webhooks.create({ url: 'ftp://x' }).catch((caught) => caught);
    expect(error).toBeInstanceOf(PosthornApiError);
    const { status, code, detail, errors, requestId, message } = error;
    expect({ status, code, detail, errors, requestId }).toEqual({
      status: 422,
      code: 'invalid_request',
      detail: REFUSAL.detail,
      errors: REFUSAL.errors,
      requestId: 'req-1',
    });
    expect(message).toBe(`POST /v1/webhooks was answered 422: ${REFUSAL.detail}`);
  });

  test('an answer that is not ours is an error too', async () => {
    const headers = { 'apigw-requestid': 'gw-1' };
    const { sdk } = await clientOf([{ status: 403, body: { message: 'Forbidden' }, headers }]);
    await expect(sdk.webhooks.get('x')).rejects.toMatchObject({
      code: 'unknown',
      detail: 'Forbidden',
      errors: [],
      requestId: 'gw-1',
    });
  });

  test('no answer in time is a timeout', async () => {
    const { sdk, seen } = await clientOf(['hang'], { timeoutMs: 50, maxRetries: 0 });
    const error = await sdk.webhooks.get('x').catch((caught) => caught);
    expect(error).toBeInstanceOf(PosthornConnectionError);
    expect(error).toMatchObject({ code: 'timeout', message: 'GET /v1/webhooks/x was not answered in time.' });
    expect(seen).toHaveLength(1);
  });

  test('no connection is a failure of the network', async () => {
    const sdk = new Posthorn({ baseUrl: 'http://127.0.0.1:1', apiKey: 'k', maxRetries: 0 });
    await expect(sdk.webhooks.get('x')).rejects.toMatchObject({ code: 'network' });
  });

  test('a caller may end a call while it waits', async () => {
    const { sdk, seen } = await clientOf([{ status: 503, headers: { 'retry-after': '30' } }]);
    const signal = AbortSignal.timeout(100);
    await expect(sdk.webhooks.get('x', {}, { signal })).rejects.toThrow();
    expect(seen).toHaveLength(1);
  });

  test.each([
    { baseUrl: 'posthorn.example', apiKey: 'k' },
    { baseUrl: 'https://x', apiKey: '' },
  ])('settings that cannot work are refused at once: %j', (settings) =>
    expect(() => new Posthorn(settings)).toThrow(TypeError),
  );
});
