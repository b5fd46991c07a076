import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type HttpRequest, sendHttp } from '../../../lambdas/adapters/http-sender.ts';
import { findClosedPort, type LocalServer, startHttp, startHttps, startRaw } from './local-servers.ts';

let server: LocalServer;

beforeAll(() => {
  process.env.ALLOW_LOCAL_RECEIVERS = 'true';
});
afterEach(() => server?.close());

function post(url: string, options: Partial<HttpRequest> = {}, timeoutMs = 5_000) {
  const signal = AbortSignal.timeout(timeoutMs);
  return sendHttp({ url, method: 'POST', headers: {}, body: '{}', signal, keptBytes: 4_096, ...options });
}
const local = (path = '/') => `http://127.0.0.1:${server.port}${path}`;

test('the request is sent as it was given, and the answer comes back whole', async () => {
  let received: unknown;
  server = await startHttp(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    received = { method, url, body, length: headers['content-length'], own: headers['x-own'] };
    response.writeHead(201, { 'X-Answer': 'yes' }).end('grüße');
  });
  const answer = await post(local('/a?b=c'), { headers: { 'X-Own': 'x' }, body: '{"n":"ü"}' });
  expect(received).toEqual({ method: 'POST', url: '/a?b=c', body: '{"n":"ü"}', length: '10', own: 'x' });
  expect(answer).toMatchObject({ status: 201, truncated: false });
  expect(answer.headers['x-answer']).toBe('yes');
  expect(answer.body.toString()).toBe('grüße');
});

test.each([301, 302, 307, 308])('a %i is an answer: nothing is followed', async (status) => {
  const paths: (string | undefined)[] = [];
  server = await startHttp((request, response) => {
    paths.push(request.url);
    response.writeHead(status, { location: '/elsewhere' }).end();
  });
  expect((await post(local('/hooks'))).status).toBe(status);
  expect(paths).toEqual(['/hooks']);
});

test('a 101 is an answer, and its connection ends: no other protocol is spoken', async () => {
  server = await startRaw((socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
  });
  expect(await post(local())).toMatchObject({ status: 101, headers: { upgrade: 'x' } });
  await sleep(50);
  expect(server.sockets[0]!.destroyed).toBe(true);
});

test('interim answers are no answer', async () => {
  server = await startRaw((socket) => {
    socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK');
  });
  expect(await post(local())).toMatchObject({ status: 200 });
});

describe('one deadline covers', () => {
  test.each([
    ['headers that never come', () => undefined],
    ['a body that never ends', (socket) => endless(socket, 'HTTP/1.1 200 OK\r\n\r\n')],
    ['headers that never end', (socket) => endless(socket, 'HTTP/1.1 200 OK\r\nX-A: ')],
    [
      'a body that is shorter than promised',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab'),
    ],
  ] satisfies [string, Parameters<typeof startRaw>[0]][])('%s', async (_name, talk) => {
    server = await startRaw(talk);
    const startedAt = performance.now();
    await expect(post(local(), {}, 300)).rejects.toMatchObject({ code: 'timeout' });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await sleep(50);
    expect(server.sockets.every((socket) => socket.destroyed)).toBe(true);
  });

  test('a TLS handshake that never ends', async () => {
    server = await startRaw(() => undefined);
    const failure = post(`https://127.0.0.1:${server.port}/`, {}, 300);
    await expect(failure).rejects.toMatchObject({ code: 'timeout' });
  });

  test('what had no time left to begin with', async () => {
    server = await startHttp((_, response) => response.end());
    await expect(post(local(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'timeout' });
    expect(server.sockets).toHaveLength(0);
  });
});

function endless(socket: import('node:net').Socket, head: string): void {
  socket.write(head);
  const timer = setInterval(() => socket.write('x'), 20);
  socket.on('close', () => clearInterval(timer));
}

describe('there is no answer, and words for it, when', () => {
  test('nobody listens', async () => {
    const port = await findClosedPort();
    await expect(post(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'connection',
      message: expect.stringMatching(/^Connection refused: connect ECONNREFUSED/),
    });
  });

  test('the name does not resolve', async () => {
    await expect(post('https://nope.invalid/')).rejects.toMatchObject({
      code: 'dns',
      message: expect.stringMatching(/^DNS look-up failed: .*nope\.invalid/),
    });
  });

  test('nobody vouches for the certificate', async () => {
    server = await startHttps((_, response) => response.end('never seen'));
    await expect(post(`https://127.0.0.1:${server.port}/`)).rejects.toMatchObject({
      code: 'tls',
      message: expect.stringMatching(/^TLS failed: .*certificate/),
    });
  });

  test.each([
    ['HTTP where TLS is wanted', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a connection that ends within the handshake', (socket) => socket.end()],
  ] satisfies [string, Parameters<typeof startRaw>[0]][])('the receiver speaks %s', async (_name, talk) => {
    server = await startRaw(talk);
    await expect(post(`https://127.0.0.1:${server.port}/`)).rejects.toMatchObject({ code: 'tls' });
  });

  test('the answer is not HTTP', async () => {
    server = await startRaw((socket) => socket.end('220 mail.example.com ESMTP\r\n'));
    await expect(post(local())).rejects.toMatchObject({
      code: 'invalid_response',
      message: expect.stringMatching(/^The answer is not HTTP: /),
    });
  });

  test.each([
    ['before the answer', ''],
    ['within the headers', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['within the body', 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc'],
    ['within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc'],
  ])('the connection is closed %s', async (_name, text) => {
    server = await startRaw((socket) => socket.once('data', () => socket.end(text)));
    await expect(post(local())).rejects.toMatchObject({
      code: expect.stringMatching(/^(connection|invalid_response)$/),
    });
    expect(server.sockets).toHaveLength(1);
  });

  test.each(['', 'example.com', 'ftp://example.com/', 'file:///etc/passwd'])('the URL is %j', async (url) => {
    await expect(post(url)).rejects.toMatchObject({ code: 'address_refused' });
  });

  test('a header cannot be sent', async () => {
    server = await startHttp((_, response) => response.end());
    const failure = post(local(), { headers: { 'X-A': 'a\r\nX-B: b' } });
    await expect(failure).rejects.toMatchObject({ name: 'TransportError', code: 'connection' });
    expect(server.sockets).toHaveLength(0);
  });
});
