import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { type FakeDocumentApi, KEY, startFakeDocumentApi } from './fake-document-api.ts';

const program = path.resolve(import.meta.dirname, '../../examples/document-listener/main.ts');
const hook = path.join(import.meta.dirname, 'client-by-name.mjs');
const children: ChildProcess[] = [];
let api: FakeDocumentApi | undefined;
let directory = '';

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  api?.close();
  await rm(directory, { recursive: true, force: true });
});

/** The example as a reader starts it, and the port that it says it has. */
async function startProgram(
  env: Record<string, string>,
  stderr: 'inherit' | 'pipe' = 'inherit',
): Promise<{ child: ChildProcess; port: string }> {
  const child = spawn(process.execPath, ['--import', hook, program], {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', DOCUMENTS: directory, ...env },
    stdio: ['ignore', 'pipe', stderr],
  });
  children.push(child);
  for await (const chunk of child.stdout!) {
    const [, port] = String(chunk).match(/listening on port (\d+)/) ?? [];
    if (port) return { child, port };
  }
  throw new Error('it did not listen');
}

async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await sleep(20);
}

const settingsFor = ({ url }: FakeDocumentApi) => ({
  POSTHORN_URL: url,
  POSTHORN_KEY: KEY,
  SECRET_HEADER: 'X-Arken-Key',
  WEBHOOK_SECRET: 'ours',
  PORT: '0',
});

test('killed in the middle of a download, it leaves no half file, and the next start stores the whole one', async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'document-listener-'));
  api = await startFakeDocumentApi();
  const content = Buffer.alloc(300_000, 'all is well ');
  api.put('doc1', { fileName: 'report.txt', content });
  // Half of it, and then nothing more.
  api.script('file', [(response) => void response.writeHead(200).write(content.subarray(0, 150_000))]);
  const env = settingsFor(api);
  const { child, port } = await startProgram(env);
  const body = JSON.stringify({
    category: 'FileStore',
    type: 'Upload',
    data: { documentHashId: 'doc1', version: 'v1' },
    callback: { method: 'GET', url: api.callbackOf('doc1') },
  });
  const headers = { 'X-Arken-Key': 'ours' };
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body });
  expect(answer.status).toBe(204);
  const drafts = path.join(directory, '.drafts');
  await until(async () => (await readdir(drafts, { recursive: true }).catch(() => [])).length === 2);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await readdir(directory)).not.toContain('doc1');

  await startProgram(env);
  const stored = path.join(directory, 'doc1', 'v1', 'report.txt');
  await until(() =>
    readFile(stored).then(
      (bytes) => bytes.equals(content),
      () => false,
    ),
  );
  await until(async () => (await readdir(path.join(directory, '.inbox'))).length === 0);
  expect(await readdir(drafts).catch(() => [])).toEqual([]);
}, 30_000);

test('an inbox that cannot be read does not end it', async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'document-listener-'));
  api = await startFakeDocumentApi();
  await mkdir(path.join(directory, '.inbox', 'no file.json'), { recursive: true });
  const { child, port } = await startProgram(settingsFor(api), 'pipe');
  for await (const chunk of child.stderr!) if (String(chunk).includes('EISDIR')) break;
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
  expect([answer.status, child.exitCode]).toEqual([401, null]);
}, 30_000);
