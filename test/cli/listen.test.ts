import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { runCli } from '../../cli/run-cli.ts';
import type { DialectName } from '../../client/received-events.ts';
import { verify } from '../../client/verify.ts';
import { serveApi } from '../client/api-server.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A receiver that verifies what it gets with the client. */
async function serveReceiver(dialect: DialectName, secret: () => string, header?: string) {
  const received: unknown[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    try {
      received.push(verify(dialect, secret(), request.headers, Buffer.concat(chunks), { header }));
      response.writeHead(204).end();
    } catch (error) {
      response.writeHead(401).end(String(error));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
}

function event(id: string, type: string, data: unknown = { n: 1 }) {
  return { id, tenant_id: 'acme', type, data, created_at: '2026-01-15T12:30:00Z' };
}

/** An API whose first poll stands at the newest event, and whose second has these. */
async function servePolls(events: readonly object[], dialect = 'arka') {
  const api = await serveApi(({ url }) => {
    if (url === '/v1/tenants/acme') return { status: 200, body: { id: 'acme', dialect } };
    const after = new URL(url, 'http://api').searchParams.get('after');
    const page = after === 'latest' ? [] : after === 'c1' ? events : [];
    return { status: 200, body: { events: page, next_cursor: after === 'latest' ? 'c1' : 'c2' } };
  });
  closers.push(api.close);
  return api;
}

/** Listens until so many lines were printed. */
async function listen(
  url: string,
  args: readonly string[],
  lines: number,
  look: (line: string) => void = () => {},
) {
  const out: string[] = [];
  const err: string[] = [];
  const ended = new AbortController();
  const code = await runCli(['listen', ...args], {
    environment: { POSTHORN_URL: url, POSTHORN_KEY: 'key' },
    print: (line) => {
      look(line);
      if (out.push(line) >= lines) ended.abort();
    },
    complain: (line) => err.push(line),
    signal: ended.signal,
  });
  return { code, out, err: err.join('\n') };
}

test.each<[DialectName, string | undefined]>([
  ['arky', undefined],
  ['standard', undefined],
  ['promptha', undefined],
  ['arken', 'X-Posthorn-Secret'],
])('without --dialect, events are signed in the tenant’s, here %s', async (dialect, header) => {
  const api = await servePolls([event('evt_1', 'order.paid')], dialect);
  let secret = '';
  const receiver = await serveReceiver(dialect, () => secret, header);
  const args = ['--forward-to', receiver.url];
  const seen = await listen(api.url, args, 3, (line) => {
    secret ||= /^Secret: (.+)$/.exec(line)?.[1] ?? '';
  });
  expect(seen.out[0]).toBe(`Forwarding new events to ${receiver.url}, signed in the tenant's dialect.`);
  expect(seen.out[2]).toMatch(/^204 /);
  expect(receiver.received).toHaveLength(1);
  const named = await listen(api.url, [...args, '--tenant', 'acme'], 2);
  expect(named.out[0]).toContain(`signed in the ${dialect} dialect.`);
});

describe.each<[DialectName, string | undefined]>([
  ['arka', undefined],
  ['arky', undefined],
  ['promptha', undefined],
  ['generic', undefined],
  ['standard', undefined],
  ['arken', 'X-Callback-Key'],
])('%s', (dialect, header) => {
  test('new events are forwarded as the platform would send them, with a secret that was printed', async () => {
    let secret = '';
    const receiver = await serveReceiver(dialect, () => secret, header);
    const api = await servePolls([event('evt_1', 'order.paid'), event('evt_2', 'user.created')]);
    secret = dialect === 'standard' ? `whsec_${Buffer.alloc(32, 1).toString('base64')}` : 'whsec_of_mine_1';
    const args = ['--forward-to', receiver.url, '--dialect', dialect, '--secret', secret];
    const { code, out } = await listen(api.url, header ? [...args, '--header', header] : args, 4);
    expect(code).toBe(0);
    expect(out[1]).toBe(`Secret: ${secret}`);
    expect(out[2]).toMatch(/^204 +\d+ ms {2}order\.paid {2}evt_1$/);
    expect(out[3]).toMatch(/^204 +\d+ ms {2}user\.created {2}evt_2$/);
    expect(receiver.received).toHaveLength(2);
  });
});

test('only the types that were asked for are forwarded; with --json each is a line', async () => {
  const receiver = await serveReceiver('generic', () => 'whsec_other_secret');
  const api = await servePolls([event('evt_1', 'a.b'), event('evt_2', 'order.paid'), event('evt_3', 'c.d')]);
  const args = ['--forward-to', receiver.url, '--dialect', 'generic', '--events', 'order.*,c.d', '--json'];
  const { out } = await listen(api.url, args, 3);
  expect(out.map((line) => JSON.parse(line))).toEqual([
    { forward_to: receiver.url, dialect: 'generic', secret: expect.any(String) },
    { event_id: 'evt_2', type: 'order.paid', status: 401, duration_ms: expect.any(Number) },
    { event_id: 'evt_3', type: 'c.d', status: 401, duration_ms: expect.any(Number) },
    { next_cursor: 'c2' },
  ]);
});

test('with --json the new secret is in the first line, and verifies what follows', async () => {
  let secret = '';
  const receiver = await serveReceiver('arky', () => secret);
  const api = await servePolls([event('evt_1', 'order.paid')], 'arky');
  const { out } = await listen(api.url, ['--forward-to', receiver.url, '--json'], 2, (line) => {
    secret ||= JSON.parse(line).secret;
  });
  expect(JSON.parse(out[1] ?? '')).toMatchObject({ event_id: 'evt_1', status: 204 });
});

describe('where it begins and ends', () => {
  const args = ['--forward-to', 'http://127.0.0.1:1/', '--dialect', 'arka', '--json'];

  test('it ends with the cursor from which --since goes on', async () => {
    const api = await servePolls([event('evt_1', 'a.b')]);
    const { out } = await listen(api.url, args, 2);
    expect(JSON.parse(out.at(-1) ?? '')).toEqual({ next_cursor: 'c2' });
    await listen(api.url, [...args, '--since', 'c1'], 2);
    const polls = api.seen.map(({ url }) => new URL(url, 'http://api').searchParams.get('after'));
    expect(polls).toEqual(['latest', 'c1', 'c1']);
  });

  test('what was not forwarded of a page comes again', async () => {
    const api = await servePolls([event('evt_1', 'a.b'), event('evt_2', 'a.b')]);
    const { out } = await listen(api.url, args, 2);
    expect(out.slice(1).map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ event_id: 'evt_1' }),
      { next_cursor: 'c1' },
    ]);
  });

  test('with a time it forwards what was accepted then or later', async () => {
    const before = { ...event('evt_1', 'a.b'), created_at: '2026-01-15T12:29:59Z' };
    const api = await serveApi(({ url }) => {
      const isFirst = url.includes('after=earliest');
      return {
        status: 200,
        body: { events: isFirst ? [before, event('evt_2', 'a.b')] : [], next_cursor: 'c1' },
      };
    });
    closers.push(api.close);
    const { out } = await listen(api.url, [...args, '--since', '2026-01-15T12:30:00Z'], 2);
    expect(JSON.parse(out[1] ?? '')).toMatchObject({ event_id: 'evt_2' });
  });

  test('told to end during the first poll, it ends well', async () => {
    const ended = new AbortController();
    const api = await serveApi(() => {
      ended.abort();
      return 'hang';
    });
    closers.push(api.close);
    const lines: string[] = [];
    const code = await runCli(['listen', ...args], {
      environment: { POSTHORN_URL: api.url, POSTHORN_KEY: 'key' },
      print: (line) => lines.push(line),
      complain: (line) => lines.push(line),
      signal: ended.signal,
    });
    expect([code, lines]).toEqual([0, []]);
  });
});

describe('a dialect of the deployment’s own', () => {
  const words = /^The tenant's dialect is "demo", .*, e\.g\. --dialect standard\./;

  test.each([
    ['of a tenant that was named', ['--tenant', 'acme']],
    ['of a tenant that has events', []],
  ])('%s is refused at the start', async (_case, named) => {
    const api = await serveApi(({ url }) => {
      if (url === '/v1/tenants/acme') return { status: 200, body: { id: 'acme', dialect: 'demo' } };
      const events = url.includes('after=earliest') ? [event('evt_1', 'a.b')] : [];
      return { status: 200, body: { events, next_cursor: 'c1' } };
    });
    closers.push(api.close);
    const args = ['--forward-to', 'http://127.0.0.1:1/', ...named];
    const { code, out, err } = await listen(api.url, args, 1);
    expect([code, out, err]).toEqual([2, [], expect.stringMatching(words)]);
  });

  test('of a tenant without events is refused at the first, which --since then has again', async () => {
    const api = await servePolls([event('evt_1', 'a.b')], 'demo');
    const { code, out, err } = await listen(api.url, ['--forward-to', 'http://127.0.0.1:1/'], 9);
    expect([code, out.at(-1), err]).toEqual([
      2,
      'To go on from here: --since c1',
      expect.stringMatching(words),
    ]);
  });
});

test('a receiver that is not there is an outcome, not an end', async () => {
  const api = await servePolls([event('evt_1', 'a.b')]);
  const { code, out } = await listen(
    api.url,
    ['--forward-to', 'http://127.0.0.1:1/', '--dialect', 'arka'],
    3,
  );
  expect(code).toBe(0);
  expect(out[2]).toMatch(/^\S.* {2}a\.b {2}evt_1$/);
});

test('it asks for what is new, and then from where it was', async () => {
  const api = await servePolls([event('evt_1', 'a.b')]);
  await listen(api.url, ['--forward-to', 'http://127.0.0.1:1/', '--dialect', 'arka', '--tenant', 'acme'], 3);
  expect(api.seen.slice(0, 2).map(({ url }) => url)).toEqual([
    '/v1/events?tenant_id=acme&after=latest&limit=50',
    '/v1/events?tenant_id=acme&after=c1&limit=50',
  ]);
});

test('what the API refuses ends it', async () => {
  const api = await serveApi(() => ({
    status: 401,
    body: { detail: 'A valid key is wanted.', code: 'unauthorized' },
  }));
  closers.push(api.close);
  const { code, err } = await listen(
    api.url,
    ['--forward-to', 'http://127.0.0.1:1/', '--dialect', 'arka'],
    9,
  );
  expect([code, err]).toEqual([1, 'GET /v1/events was answered 401: A valid key is wanted.']);
});

test.each([
  [['--dialect', 'arka'], /^--forward-to is missing; an address is wanted/],
  [['--forward-to', 'localhost:3000', '--dialect', 'arka'], /^--forward-to is "localhost:3000"/],
  [['--forward-to', 'http://localhost/', '--dialect', 'x'], /^dialect is "x"\. Accepted: arka/],
  [['--forward-to', 'http://localhost/', '--dialect', 'arka', '--secret', 'short'], /^--secret must have 8/],
  [['--forward-to', 'http://localhost/', '--dialect', 'arka', '--events', 'a b'], /^--events has "a b"/],
  [
    ['--forward-to', 'http://localhost/', '--dialect', 'arka', '--since', '2026-13-01'],
    /^--since is "2026-13-01"; a time/,
  ],
])('%j is refused with a reason', async (args, message) => {
  const { code, err } = await listen('http://127.0.0.1:1', args, 1);
  expect(code).toBe(2);
  expect(err).toMatch(message);
});
