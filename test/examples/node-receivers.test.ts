import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { handler } from '../../examples/aws-lambda/handler.ts';
import { receiver } from '../../examples/express/receiver.ts';
import { POST } from '../../examples/nextjs/app/api/webhooks/route.ts';
import { makeDelivery, type Sent } from './deliveries.ts';

const log = jest.spyOn(console, 'log').mockImplementation(() => {});
beforeEach(() => {
  log.mockClear();
});
afterAll(() => {
  delete process.env.WEBHOOK_SECRET;
  log.mockRestore();
});

describe('Express', () => {
  const { right, tampered, secret } = makeDelivery('arky');
  const handled: unknown[] = [];
  const app = receiver(secret, async (event) => void handled.push(event));
  const server = createServer(app);
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  function send({ headers, body }: Sent): Promise<Response> {
    const { port } = server.address() as AddressInfo;
    return fetch(`http://127.0.0.1:${port}/webhooks`, { method: 'POST', headers, body });
  }

  test('a signed request is handled', async () => {
    expect((await send(right)).status).toBe(204);
    expect(handled.splice(0)).toEqual([JSON.parse(right.body)]);
  });

  test('a tampered one, and one without a signature, are answered 401 and not handled', async () => {
    const answer = await send(tampered);
    expect([answer.status, await answer.json()]).toEqual([401, { error: 'signature_mismatch' }]);
    const bare = { ...right, headers: { 'Content-Type': 'application/json' } };
    expect((await send(bare)).status).toBe(401);
    expect(handled).toEqual([]);
  });
});

describe('Next.js', () => {
  const { right, tampered, secret } = makeDelivery('standard');
  const send = ({ headers, body }: Sent) => {
    process.env.WEBHOOK_SECRET = secret;
    return POST(new Request('http://receiver.test/api/webhooks', { method: 'POST', headers, body }));
  };

  test('a signed request is handled', async () => {
    const answer = await send(right);
    expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
    expect(log.mock.calls[0]?.slice(0, 2)).toEqual(['received', 'msg_example']);
  });

  test('a tampered one is answered 401 and not handled', async () => {
    const answer = await send(tampered);
    expect([answer.status, await answer.json()]).toEqual([401, { error: 'signature_mismatch' }]);
    expect(log).not.toHaveBeenCalled();
  });
});

describe('AWS Lambda', () => {
  const { right, tampered, secret } = makeDelivery('promptha');
  /** As API Gateway passes it on: header names in lower case, the body perhaps in base64. */
  const send = ({ headers, body }: Sent, isBase64Encoded: boolean) => {
    process.env.WEBHOOK_SECRET = secret;
    const lower = Object.fromEntries(Object.entries(headers).map(([name, v]) => [name.toLowerCase(), v]));
    const text = isBase64Encoded ? Buffer.from(body).toString('base64') : body;
    return handler({ headers: lower, body: text, isBase64Encoded });
  };

  test.each([false, true])('a signed request is handled (base64: %s)', async (isBase64Encoded) => {
    expect(await send(right, isBase64Encoded)).toEqual({ statusCode: 204 });
    expect(log).toHaveBeenCalledWith('received', 'evt_pro_1', 'fabric.completed');
  });

  test.each([false, true])('a tampered one is answered 401 (base64: %s)', async (isBase64Encoded) => {
    expect(await send(tampered, isBase64Encoded)).toMatchObject({ statusCode: 401 });
    expect(log).not.toHaveBeenCalled();
  });
});

test('a receiver that was given no secret fails loudly instead of accepting anything', async () => {
  delete process.env.WEBHOOK_SECRET;
  const { right } = makeDelivery('promptha');
  await expect(handler({ ...right, isBase64Encoded: false })).rejects.toThrow(/secret is missing or empty/);
});
