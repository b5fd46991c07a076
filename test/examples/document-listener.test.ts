import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DIALECTS } from '../../core/dialects/index.ts';
import { signRequest } from '../../core/sign.ts';
import type { BySecret, ByToken } from '../../examples/document-listener/authorize.ts';
import { DocumentApi } from '../../examples/document-listener/document-api.ts';
import { Inbox } from '../../examples/document-listener/inbox.ts';
import { Library } from '../../examples/document-listener/library.ts';
import { type Listener, makeListener } from '../../examples/document-listener/listener.ts';
import { type FakeDocumentApi, KEY, startFakeDocumentApi, status } from './fake-document-api.ts';

const ARKEN: BySecret = { dialect: 'arken', secret: 'a secret of ours', header: 'X-Arken-Key' };
const REPORT = { fileName: 'report.txt', content: Buffer.from('all is well') };

let directory: string;
let api: FakeDocumentApi;
let log: string[];
const servers: Server[] = [];

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'document-listener-'));
  api = await startFakeDocumentApi();
  api.put('doc1', REPORT);
  log = [];
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  api.close();
  await rm(directory, { recursive: true, force: true });
});

interface Running extends Listener {
  readonly library: Library;
  post(body: string | object, headers?: Record<string, string>): Promise<number>;
}

async function start(proof: BySecret | ByToken = ARKEN): Promise<Running> {
  const library = new Library(directory);
  const listener = makeListener({
    proof,
    library,
    api: new DocumentApi(api.url, KEY),
    inbox: path.join(directory, '.inbox'),
    attempts: 4,
    firstRetryMs: 1,
    log: (line, error) => void log.push([line, error].filter(Boolean).join(': ')),
  });
  const server = createServer(listener.handle).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    ...listener,
    library,
    post: async (body, headers = { 'X-Arken-Key': ARKEN.secret }) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return (await fetch(url, { method: 'POST', headers, body: text })).status;
    },
  };
}

function uploaded(id = 'doc1', callbackUrl = api.callbackOf(id)) {
  return {
    eventId: 'evt_1',
    category: 'FileStore',
    type: 'Upload',
    data: { documentHashId: id, version: 'v1' },
    callback: { method: 'GET', url: callbackUrl },
  };
}

/** What was stored of a document, by file name. */
async function filesOf(id: string): Promise<Record<string, string>> {
  const place = new Library(directory).placeOf({ documentHashId: id, version: 'v1' });
  const names = await readdir(place).catch(() => []);
  const files = names.filter((name) => name !== 'document.json');
  return Object.fromEntries(
    await Promise.all(files.map(async (name) => [name, await readFile(path.join(place, name), 'utf8')])),
  );
}

/** Until nothing is left to be done. */
async function settled(listener: Listener): Promise<void> {
  await listener.resume();
}
const inbox = () => readdir(path.join(directory, '.inbox')).catch(() => []);
const drafts = () => readdir(path.join(directory, '.drafts')).catch(() => []);

test('it answers before it calls back, with its key, and downloads by the link without it', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  api.script('details', [(response) => void held.then(() => status(503)(response))]);
  const listener = await start();
  expect(await listener.post(uploaded())).toBe(204);
  expect(await inbox()).toEqual(['doc1.v1.json']);
  release();
  await settled(listener);
  expect(await filesOf('doc1')).toEqual({ 'report.txt': 'all is well' });
  expect(api.calls).toEqual(['details', 'details', 'location', 'file']);
  expect(api.withKey).toEqual([true, true, true, false]);
  expect([await inbox(), await drafts()]).toEqual([[], []]);
});

test('however often and at once it is notified, it downloads and stores the file once', async () => {
  const listener = await start();
  const answers = await Promise.all(Array.from({ length: 10 }, () => listener.post(uploaded())));
  expect(answers).toEqual(Array(10).fill(204));
  await settled(listener);
  expect(await listener.post(uploaded())).toBe(204);
  await settled(listener);
  expect(api.calls).toEqual(['details', 'location', 'file']);
  expect(await filesOf('doc1')).toEqual({ 'report.txt': 'all is well' });
});

test('two listeners of one directory store one file, and neither fails', async () => {
  const [one, two] = [await start(), await start()];
  await Promise.all([one.post(uploaded()), two.post(uploaded())]);
  await Promise.all([settled(one), settled(two)]);
  expect(await filesOf('doc1')).toEqual({ 'report.txt': 'all is well' });
  expect(log.filter((line) => line.includes('failed'))).toEqual([]);
  expect(await drafts()).toEqual([]);
});

test('what passes by itself is tried again: 503, 429, a connection that breaks, a file that ends early', async () => {
  api.script('details', [status(503), (response) => void response.destroy()]);
  api.script('location', [status(429, { 'retry-after': '0' })]);
  api.script('file', [
    status(500),
    (response) =>
      void response.writeHead(200, { 'content-length': '11' }).write('all ', () => response.destroy()),
  ]);
  const listener = await start();
  await listener.post(uploaded());
  await settled(listener);
  expect(await filesOf('doc1')).toEqual({ 'report.txt': 'all is well' });
  expect(api.calls.filter((call) => call === 'location')).toHaveLength(2);
});

test('bytes of the right number that are not the ones promised are not stored', async () => {
  api.script('file', [(response) => void response.end('ALL IS WELL')]);
  const listener = await start();
  await listener.post(uploaded());
  await settled(listener);
  expect(await filesOf('doc1')).toEqual({ 'report.txt': 'all is well' });
  expect(api.calls.filter((call) => call === 'file')).toHaveLength(2);
});

test('a link that S3 refuses is replaced by a fresh one; one that works is kept', async () => {
  api.script('file', [status(403), status(503)]);
  const listener = await start();
  await listener.post(uploaded());
  await settled(listener);
  expect(api.calls).toEqual(['details', 'location', 'file', 'location', 'file', 'file']);
  expect(await filesOf('doc1')).toEqual({ 'report.txt': 'all is well' });
});

test.each([
  ['details', 410],
  ['details', 404],
  ['location', 410],
])('a document whose %s are answered %i is given up', async (kind, code) => {
  api.script(kind, [status(code)]);
  const listener = await start();
  await listener.post(uploaded());
  await settled(listener);
  expect(log.join()).toContain('gone, given up');
  expect([await inbox(), await drafts(), await filesOf('doc1')]).toEqual([[], [], {}]);
  expect(api.calls.filter((call) => call === kind)).toHaveLength(1);
});

test('what keeps failing is kept, and done by a later run', async () => {
  api.script('details', Array(4).fill(status(503)));
  const listener = await start();
  await listener.post(uploaded());
  // Joins the work that failed, or does what it left.
  await settled(listener);
  await settled(await start());
  expect(await filesOf('doc1')).toEqual({ 'report.txt': 'all is well' });
  expect(await inbox()).toEqual([]);
});

test('an inbox from which a file goes while it is listed lists the others', async () => {
  const one = new Inbox(path.join(directory, '.inbox'));
  const upload = {
    documentHashId: 'doc1',
    version: 'v1',
    callbackUrl: 'https://api.example.com/Document/doc1',
  };
  await one.add(upload);
  // It is there when names are read, and not when it is opened.
  await symlink('gone', path.join(directory, '.inbox', 'doc0.v1.json'));
  expect(await one.list()).toEqual([upload]);
});

describe('a callback elsewhere', () => {
  test.each([
    ['another host', (url: URL) => `http://localhost:${url.port}/stage/Document/doc1`],
    ['a host that begins alike', (url: URL) => `http://127.0.0.1.example:${url.port}/stage/Document/doc1`],
    ['the host as a user name', (url: URL) => `http://${url.host}@example.com/stage/Document/doc1`],
    ['a user name', (url: URL) => `http://me@${url.host}/stage/Document/doc1`],
    ['another scheme', (url: URL) => `https://${url.host}/stage/Document/doc1`],
    ['another call', (url: URL) => `http://${url.host}/stage/v1/events`],
    ['a way out', (url: URL) => `http://${url.host}/stage/Document/../../secret`],
    ['a way out in disguise', (url: URL) => `http://${url.host}/stage/Document/%2e%2e/%2e%2e/secret`],
    ['no URL', () => 'doc1'],
  ])('is not called: %s', async (_what, make) => {
    const listener = await start();
    // To send it again would not help, so it is acknowledged.
    expect(await listener.post(uploaded('doc1', make(new URL(api.url))))).toBe(204);
    await settled(listener);
    expect([api.calls, await inbox()]).toEqual([[], []]);
    expect(log).toEqual([expect.stringContaining('acknowledged, but not followed')]);
  });

  test('nor one that the API redirects to', async () => {
    const stranger = await startFakeDocumentApi();
    stranger.put('doc1', REPORT);
    try {
      api.script('details', [status(307, { location: stranger.callbackOf('doc1') }), status(410)]);
      const listener = await start();
      await listener.post(uploaded());
      await settled(listener);
      expect(stranger.calls).toEqual([]);
    } finally {
      stranger.close();
    }
  });
});

describe('who posts', () => {
  test('a wrong secret, or none, is answered 401 and nothing is called', async () => {
    const listener = await start();
    expect(await listener.post(uploaded(), { 'X-Arken-Key': 'guessed' })).toBe(401);
    expect(await listener.post(uploaded(), {})).toBe(401);
    expect([api.calls, await inbox()]).toEqual([[], []]);
  });

  test('a signed notification of another dialect, whose callback is in its data', async () => {
    const listener = await start({ dialect: 'generic', secret: 'whsec_ours' });
    const { callback, data } = uploaded();
    const body = JSON.stringify({ id: 'evt_1', type: 'file.uploaded', data: { ...data, callback } });
    const headers = signRequest(DIALECTS.generic, {
      eventId: 'evt_1',
      timestamp: 0,
      body,
      secrets: [{ kind: 'hmac', value: 'whsec_ours' }],
    });
    expect(await listener.post(`${body} `, headers)).toBe(401);
    expect(await listener.post(body, headers)).toBe(204);
    await settled(listener);
    expect(await filesOf('doc1')).toEqual({ 'report.txt': 'all is well' });
  });

  test('a bearer token that its issuer knows', async () => {
    const issuer = createServer(async (request, response) => {
      let form = '';
      for await (const chunk of request) form += chunk;
      const known = request.headers.authorization === `Basic ${Buffer.from('me:mine').toString('base64')}`;
      response.end(JSON.stringify({ active: known && form === 'token=good' }));
    }).listen(0, '127.0.0.1');
    servers.push(issuer);
    await once(issuer, 'listening');
    const introspectionUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/`;
    const listener = await start({ introspectionUrl, clientId: 'me', clientSecret: 'mine' });
    expect(await listener.post(uploaded(), { authorization: 'Bearer bad' })).toBe(401);
    expect(await listener.post(uploaded(), {})).toBe(401);
    expect(await listener.post(uploaded(), { authorization: 'Bearer good' })).toBe(204);
    await settled(listener);
    expect(await filesOf('doc1')).toEqual({ 'report.txt': 'all is well' });
  });
});

test.each([
  ['a download, which our own pull causes', { category: 'FileStore', type: 'Download' }],
  ['another event', { category: 'Client', type: 'Create' }],
])('%s is acknowledged and not followed', async (_what, type) => {
  const listener = await start();
  expect(await listener.post({ ...uploaded(), ...type })).toBe(204);
  await settled(listener);
  expect(api.calls).toEqual([]);
});

test.each([
  ['a hash id that leads elsewhere', { documentHashId: '../doc1', version: 'v1' }],
  ['a hash id that names a directory of our own', { documentHashId: '.inbox', version: 'v1' }],
  ['a version that leads elsewhere', { documentHashId: 'doc1', version: '..' }],
  ['a version that leads nowhere', { documentHashId: 'doc1', version: '.' }],
  ['no version', { documentHashId: 'doc1' }],
])('an upload with %s is refused', async (_what, data) => {
  const listener = await start();
  expect(await listener.post({ ...uploaded(), data })).toBe(500);
  expect([api.calls, await inbox()]).toEqual([[], []]);
});

test("a version whose id begins with a dot, as one in 64 of S3's does, is stored as any other", async () => {
  const version = '.L9k0FWwLSaSADXyntupnchyLRTQOSG4';
  api.put('doc1', { ...REPORT, version });
  const listener = await start();
  const { data, ...rest } = uploaded();
  for (let i = 0; i < 2; i++) {
    expect(await listener.post({ ...rest, data: { ...data, version } })).toBe(204);
    await settled(listener);
  }
  const place = listener.library.placeOf({ documentHashId: 'doc1', version });
  expect(await readFile(path.join(place, 'report.txt'), 'utf8')).toBe('all is well');
  expect([api.calls, await inbox()]).toEqual([['details', 'location', 'file'], []]);
});

test.each([
  ['Grüße & 日本.txt', 'Grüße & 日本.txt'],
  ['../../etc/passwd', 'passwd'],
  ['..\\..\\boot.ini', 'boot.ini'],
  ['.profile', 'profile'],
  ['document.json', 'file-document.json'],
  ['Document.JSON', 'file-Document.JSON'],
  ['line\nbreak', 'line_break'],
  ['..', 'file-'],
  [`${'é'.repeat(300)}.pdf`, `${'é'.repeat(98)}.pdf`],
])('a file that is called %j is stored as %j, in its own directory', async (fileName, stored) => {
  api.put('doc1', { ...REPORT, fileName });
  const listener = await start();
  await listener.post(uploaded());
  await settled(listener);
  expect(await filesOf('doc1')).toEqual({ [stored]: 'all is well' });
  expect(await readdir(directory)).toEqual(expect.arrayContaining(['doc1']));
  const place = listener.library.placeOf({ documentHashId: 'doc1', version: 'v1' });
  expect(JSON.parse(await readFile(path.join(place, 'document.json'), 'utf8'))).toMatchObject({ fileName });
});

test('a file that was stored packed is stored as it is, and not unpacked', async () => {
  const content = gzipSync('all is well');
  const etag = createHash('md5').update(content).digest('hex');
  api.put('doc1', { ...REPORT, content });
  api.script('file', [
    (response) => void response.writeHead(200, { etag, 'content-encoding': 'gzip' }).end(content),
  ]);
  const listener = await start();
  await listener.post(uploaded());
  await settled(listener);
  const place = listener.library.placeOf({ documentHashId: 'doc1', version: 'v1' });
  expect(await readFile(path.join(place, 'report.txt'))).toEqual(content);
  expect(api.calls).toEqual(['details', 'location', 'file']);
});

test.each([
  ['an empty file', { fileName: 'empty', content: Buffer.alloc(0) }],
  ['a multipart upload, whose ETag is no MD5', { ...REPORT, etag: '9b2cf535f27731c974343645a3985328-10' }],
])('%s is stored', async (_what, document) => {
  api.put('doc1', document);
  const listener = await start();
  await listener.post(uploaded());
  await settled(listener);
  expect(await filesOf('doc1')).toEqual({ [document.fileName]: document.content.toString() });
});
