import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createTenant, eventually, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import { connectBucket } from './bucket.ts';

const program = path.resolve(import.meta.dirname, '../../../examples/document-listener/main.ts');
const hook = path.resolve(import.meta.dirname, '../../examples/client-by-name.mjs');
const bucket = connectBucket();
const directory = mkdtempSync(path.join(os.tmpdir(), 'document-listener-'));
const children: ChildProcess[] = [];
let said = '';

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  bucket.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The example as a reader starts it. @returns its port */
async function startExample(environment: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, ['--import', hook, program], {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', DOCUMENTS: directory, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  child.stdout!.on('data', (chunk) => {
    said += chunk;
  });
  return eventually(async () => /listening on port (\d+)/.exec(said)?.[1]);
}

/** Every stored file's content, by `{version}/{name}`. */
async function storedFiles(): Promise<Record<string, string>> {
  // Its own places begin with a dot, and what lies there may be gone while it is listed.
  const kept = (await readdir(directory)).filter((name) => !name.startsWith('.'));
  const listed = kept.map((name) =>
    readdir(path.join(directory, name), { recursive: true, withFileTypes: true }),
  );
  const files = (await Promise.all(listed))
    .flat()
    .filter((entry) => entry.isFile() && entry.name !== 'document.json');
  return Object.fromEntries(
    await Promise.all(
      files.map(async ({ parentPath, name }) => [
        `${path.basename(parentPath)}/${name}`,
        await readFile(path.join(parentPath, name), 'utf8'),
      ]),
    ),
  );
}

test('the example stores every version of a file as its notifications tell it to', async () => {
  const tenant = await createTenant('arken');
  const port = await startExample({
    POSTHORN_URL: readOutputs().apiUrl,
    POSTHORN_KEY: tenant.key,
    SECRET_HEADER: 'X-Arken-Key',
    WEBHOOK_SECRET: 'ours',
  });
  const endpoint = await tenant.createEndpoint({
    url: `http://127.0.0.1:${port}/`,
    events: ['FileStore.*'],
    auth: { header: { name: 'X-Arken-Key', value: 'ours' } },
  });
  const key = `${tenant.id}/a folder/Grüße + more.txt`;
  const first = await bucket.put(key, 'the first', 'text/plain');
  const second = await bucket.put(key, 'the second', 'text/plain');
  const empty = await bucket.put(`${tenant.id}/empty`, '');
  const stored = await eventually(async () => {
    const files = await storedFiles();
    return Object.keys(files).length === 3 ? files : undefined;
  });
  expect(stored).toEqual({
    [`${first}/Grüße + more.txt`]: 'the first',
    [`${second}/Grüße + more.txt`]: 'the second',
    [`${empty}/empty`]: '',
  });
  // A test of an upload is acknowledged, though there is no such document.
  const testing = { event: 'FileStore.Upload' };
  const pending = await expectCall<{ id: string }>(
    202,
    'POST',
    `/v1/webhooks/${endpoint.id}/test`,
    tenant.key,
    testing,
  );
  await tenant.awaitDelivery(endpoint.id, ({ id, status }) => id === pending.id && status === 'success');
  const inbox = path.join(directory, '.inbox');
  await eventually(async () => (await readdir(inbox)).length === 0 || undefined);
});
