import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type DocumentDetails, PassingProblem } from '../../examples/document-listener/document-api.ts';
import { download, StaleLink } from '../../examples/document-listener/download.ts';
import { type FakeDocumentApi, startFakeDocumentApi, status } from './fake-document-api.ts';

const CONTENT = Buffer.alloc(300_000, 'all is well ');
const HALF = CONTENT.subarray(0, 150_000);
const ETAG = createHash('md5').update(CONTENT).digest('hex');
const DETAILS = { size: CONTENT.length, etag: ETAG } as DocumentDetails;

let api: FakeDocumentApi;
let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'document-download-'));
  file = path.join(directory, 'report.txt');
  api = await startFakeDocumentApi();
  api.put('doc1', { fileName: 'report.txt', content: CONTENT });
});
afterEach(async () => {
  api.close();
  await rm(directory, { recursive: true, force: true });
});

const link = () => `${new URL(api.url).origin}/files/doc1`;
const fetchIt = (stallMs?: number) => download(link(), DETAILS, file, stallMs);
const isWhole = async () => (await readFile(file)).equals(CONTENT);

/** Sends half of the file, and goes on once that is on the disk. */
function halfAndThen(goOn: (response: ServerResponse) => void) {
  return (response: ServerResponse) => {
    response.writeHead(200, { etag: `"${ETAG}"`, 'content-length': CONTENT.length }).write(HALF);
    void (async () => {
      while ((await stat(file).catch(() => undefined))?.size !== HALF.length) await sleep(5);
      goOn(response);
    })();
  };
}

test('what broke off is gone on with where it broke off, if it is still the same file', async () => {
  api.script('file', [halfAndThen((response) => response.destroy())]);
  await expect(fetchIt()).rejects.toThrow(PassingProblem);
  await fetchIt();
  expect(api.parts).toEqual([undefined, `bytes=${HALF.length}- of "${ETAG}"`]);
  expect(await isWhole()).toBe(true);
});

test('a part whose link was refused meanwhile is kept for the fresh one', async () => {
  await writeFile(file, HALF);
  api.script('file', [status(403)]);
  await expect(fetchIt()).rejects.toThrow(StaleLink);
  await fetchIt();
  expect(api.parts).toEqual(Array(2).fill(`bytes=${HALF.length}- of "${ETAG}"`));
  expect(await isWhole()).toBe(true);
});

test('where nothing more comes it ends, and can be tried again', async () => {
  api.script('file', [(response) => void response.writeHead(200, { etag: `"${ETAG}"` }).write(HALF)]);
  await expect(fetchIt(100)).rejects.toThrow(PassingProblem);
  await fetchIt();
  expect(await isWhole()).toBe(true);
});

test('where no answer comes at all it ends, too', async () => {
  api.script('file', [() => undefined]);
  await expect(fetchIt(100)).rejects.toThrow(PassingProblem);
});

test('a server that knows no ranges sends the whole, and that takes the place of the part', async () => {
  await writeFile(file, HALF);
  api.script('file', [(response) => void response.writeHead(200, { etag: `"${ETAG}"` }).end(CONTENT)]);
  await fetchIt();
  expect(await isWhole()).toBe(true);
});

test.each([
  ['of another file', Buffer.alloc(HALF.length, 'x'), PassingProblem],
  ['that is longer than the file', Buffer.alloc(CONTENT.length + 1), StaleLink],
])('a part %s is thrown away', async (_what, part, problem) => {
  await writeFile(file, part);
  await expect(fetchIt()).rejects.toThrow(problem);
  await fetchIt();
  expect(api.parts[1]).toBeUndefined();
  expect(await isWhole()).toBe(true);
});

test('a link that leads to another file by now is stale, and what was got of it is thrown away', async () => {
  await writeFile(file, HALF);
  api.put('doc1', { fileName: 'report.txt', content: Buffer.alloc(CONTENT.length, 'other ') });
  await expect(fetchIt()).rejects.toThrow(StaleLink);
  expect(await stat(file).catch(() => undefined)).toBeUndefined();
});
