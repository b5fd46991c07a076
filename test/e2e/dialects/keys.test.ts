import { createTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import { makeKey, type ProblemBody } from './api.ts';

const RECEIVER = 'http://127.0.0.1:9/never-called';
const EVENT = { type: 'order.paid', data: {} };
const { apiUrl, operatorKey } = readOutputs();

async function send(method: string, path: string, authorization?: string, body?: object) {
  const response = await fetch(apiUrl + path, {
    method,
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body: body && JSON.stringify(body),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    challenge: response.headers.get('www-authenticate'),
    problem: (await response.json()) as ProblemBody,
  };
}

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('a request', () => {
  test.each([
    ['no key', undefined],
    ['an empty header', ' '],
    ['an unknown key', 'Bearer ak_0000000000000000000000.secret'],
    ['some other text', 'Bearer hello'],
    ['another scheme', 'Digest username="x"'],
    ['Basic without a colon', `Basic ${Buffer.from('hello').toString('base64')}`],
  ])('with %s is refused in the shape of RFC 9457', async (_what, authorization) => {
    for (const [method, path] of [
      ['POST', '/v1/events'],
      ['GET', '/v1/webhooks'],
      ['POST', '/v1/tenants'],
    ] as const) {
      const { status, type, challenge, problem } = await send(
        method,
        path,
        authorization,
        method === 'POST' ? {} : undefined,
      );
      expect([status, challenge]).toEqual([401, 'Bearer']);
      expect(type).toContain('application/problem+json');
      expect(problem).toMatchObject({
        type: 'about:blank',
        title: expect.any(String),
        status: 401,
        detail: expect.any(String),
        code: 'unauthorized',
      });
    }
  });

  test('with half of a key is refused', async () => {
    const tenant = await createTenant('standard');
    const { access_key, secret_key } = await makeKey(tenant, 'tenant');
    const wrong = [
      `Bearer ${access_key}`,
      `Bearer ${access_key}.`,
      `Bearer ${access_key}.${secret_key}x`,
      `Bearer .${secret_key}`,
      basic(access_key, 'wrong'),
      basic('wrong', secret_key),
      basic(secret_key, access_key),
    ];
    for (const authorization of wrong)
      expect((await send('GET', '/v1/webhooks', authorization)).status).toBe(401);
  });

  test('may send the access key and the secret key by HTTP Basic', async () => {
    const tenant = await createTenant('standard');
    const { access_key, secret_key } = await makeKey(tenant, 'tenant');
    const authorization = basic(access_key, secret_key);
    expect((await send('POST', '/v1/webhooks', authorization, { url: RECEIVER })).status).toBe(201);
    expect((await send('POST', '/v1/events', authorization, EVENT)).status).toBe(202);
    expect((await send('GET', '/v1/webhooks', basic('operator', operatorKey))).problem.code).toBe(
      'invalid_request',
    );
  });

  test.each([
    ['GET', '/'],
    ['GET', '/v1'],
    ['GET', '/v1/nothing'],
    ['POST', '/v2/events'],
    ['DELETE', '/v1/webhooks/wh_1/other'],
  ])('to an unknown route, %s %s, is answered 404 in the same shape', async (method, path) => {
    const { status, type, problem } = await send(method, path, `Bearer ${operatorKey}`);
    expect(status).toBe(404);
    expect(type).toContain('application/problem+json');
    expect(problem).toMatchObject({ status: 404, code: 'not_found', detail: expect.stringContaining(path) });
  });

  test('with a method that a route does not take is told which it takes', async () => {
    const { status, problem } = await send('PUT', '/v1/webhooks', `Bearer ${operatorKey}`, {});
    expect([status, problem.code]).toEqual([405, 'method_not_allowed']);
    expect(problem.detail).toMatch(/POST.*GET|GET.*POST/);
  });
});
