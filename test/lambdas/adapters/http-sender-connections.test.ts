import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sendHttp } from '../../../lambdas/adapters/http-sender.ts';
import { MAX_IDLE_SOCKETS } from '../../../lambdas/adapters/kept-sockets.ts';
import { type LocalServer, startHttp, startRaw } from './local-servers.ts';

let server: LocalServer;

beforeAll(() => {
  process.env.ALLOW_LOCAL_RECEIVERS = 'true';
});
afterEach(() => server.close());

function post(keptBytes = 4_096) {
  return postTo(server.port, keptBytes);
}

function postTo(port: number, keptBytes = 4_096) {
  const url = `http://127.0.0.1:${port}/`;
  const signal = AbortSignal.timeout(5_000);
  return sendHttp({ url, method: 'POST', headers: {}, body: '{}', signal, keptBytes });
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK';

/** Calls back with the number of the request on its connection; every body here is `{}`. */
function onRequests(socket: import('node:net').Socket, answer: (n: number) => void): void {
  let text = '';
  let answered = 0;
  socket.on('data', (chunk) => {
    text += chunk;
    while (text.split('\r\n\r\n{}').length - 1 > answered) answer(++answered);
  });
}

describe('idle connections', () => {
  test('are bounded in all, however many receivers there are, and the longest idle go first', async () => {
    server = await startHttp((_, response) => response.end('OK'));
    const receivers = await Promise.all(
      Array.from({ length: MAX_IDLE_SOCKETS + 20 }, () => startHttp((_, response) => response.end('OK'))),
    );
    for (const { port } of receivers) await postTo(port);
    await sleep(100);
    const open = receivers.map(({ sockets }) => sockets.some((socket) => !socket.destroyed));
    expect(open.filter(Boolean)).toHaveLength(MAX_IDLE_SOCKETS);
    expect(open.slice(0, 20)).toEqual(Array(20).fill(false));
    await Promise.all(receivers.map((receiver) => receiver.close()));
  });
});

describe('a connection', () => {
  test('is used again by the next call', async () => {
    server = await startHttp((_, response) => response.end('OK'));
    for (let i = 0; i < 5; i++) expect((await post()).status).toBe(200);
    expect(server.sockets).toHaveLength(1);
  });

  test('is used again after an error and after an answer that was longer than what is kept', async () => {
    let n = 0;
    server = await startHttp((_, response) => {
      response.writeHead(++n === 1 ? 500 : 200).end('x'.repeat(60_000));
    });
    expect(await post(100)).toMatchObject({ status: 500, truncated: true, body: { length: 100 } });
    expect(await post(60_000)).toMatchObject({ status: 200, truncated: false, body: { length: 60_000 } });
    expect(server.sockets).toHaveLength(1);
  });

  test('serves one request at a time: calls at once have one each', async () => {
    server = await startHttp(async (_, response) => {
      await sleep(50);
      response.end('OK');
    });
    await Promise.all([post(), post(), post()]);
    expect(server.sockets).toHaveLength(3);
  });

  test('is not used again where the receiver says so', async () => {
    server = await startHttp((_, response) => response.setHeader('connection', 'close').end('OK'));
    await post();
    await post();
    expect(server.sockets).toHaveLength(2);
  });
});

describe('a body', () => {
  test('of a megabyte is cut off, and its connection closed', async () => {
    server = await startRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n');
      socket.write('x'.repeat(1_000_000));
    });
    const answer = await post(4_096);
    expect(answer).toMatchObject({ status: 200, truncated: true });
    expect(answer.body).toHaveLength(4_096);
    await sleep(50);
    expect(server.sockets[0]!.destroyed).toBe(true);
  });

  test('that ends exactly where it is cut is not called cut', async () => {
    server = await startHttp((_, response) => response.end('x'.repeat(10)));
    expect(await post(10)).toMatchObject({ truncated: false, body: { length: 10 } });
    expect(await post(9)).toMatchObject({ truncated: true, body: { length: 9 } });
  });
});

describe('a kept connection that the receiver has closed meanwhile', () => {
  test('is replaced by a fresh one, within the same call', async () => {
    server = await startRaw((socket) => onRequests(socket, () => socket.write(OK)));
    await post();
    // Closed without a word to the sender's event loop: it finds out by using it.
    server.sockets[0]!.resetAndDestroy();
    expect((await post()).status).toBe(200);
    expect(server.sockets).toHaveLength(2);
  });

  test.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'by %s as the next request arrives is replaced once, and a second failure is the result',
    async (how) => {
      const requests: number[] = [];
      server = await startRaw((socket, connection) =>
        onRequests(socket, (n) => {
          requests.push(connection);
          if (connection === 1 && n === 1) socket.write(OK);
          else socket[how]();
        }),
      );
      await post();
      await expect(post()).rejects.toMatchObject({ code: 'connection' });
      expect(requests).toEqual([1, 1, 2]);
    },
  );

  test('is no reason to repeat what fails on a fresh connection', async () => {
    let requests = 0;
    server = await startRaw((socket) =>
      onRequests(socket, () => {
        requests++;
        socket.resetAndDestroy();
      }),
    );
    await expect(post()).rejects.toMatchObject({ code: 'connection' });
    expect(requests).toBe(1);
  });

  test('is no reason to repeat a request whose answer had begun', async () => {
    let requests = 0;
    server = await startRaw((socket) =>
      onRequests(socket, (n) => {
        requests++;
        if (n === 1) socket.write(OK);
        else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc');
      }),
    );
    await post();
    await expect(post()).rejects.toMatchObject({ code: 'connection' });
    expect(requests).toBe(2);
  });
});
