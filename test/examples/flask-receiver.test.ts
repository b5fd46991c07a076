import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findPython } from '../../local/python.ts';
import { runCommand } from '../../local/run-command.ts';
import { makeDelivery, type Sent } from './deliveries.ts';

const root = path.resolve(import.meta.dirname, '../..');
const example = path.join(root, 'examples', 'flask');
const requirements = path.join(example, 'requirements.txt');
/** Kept between runs; made anew when the requirements change. */
const venv = path.join(root, '.local', 'flask-venv');
const { right, tampered, secret } = makeDelivery('generic');

let app: ChildProcess;
let url = '';

beforeAll(async () => {
  const python = await ensureFlask();
  app = spawn(python, [path.join(import.meta.dirname, 'serve_flask.py')], {
    env: { ...process.env, WEBHOOK_SECRET: secret, PYTHONPATH: example, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: app.stdout as NodeJS.ReadableStream });
  for await (const port of lines) {
    url = `http://127.0.0.1:${port}/webhook`;
    break;
  }
}, 120_000);

afterAll(() => {
  app?.stdin?.end();
});

async function ensureFlask(): Promise<string> {
  const interpreter = path.join(venv, 'bin', 'python');
  const marker = path.join(venv, 'installed');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return interpreter;
  rmSync(venv, { recursive: true, force: true });
  await run((await findPython()).program, ['-m', 'venv', venv]);
  await run(interpreter, ['-m', 'pip', 'install', '--quiet', '--no-input', '-r', requirements]);
  writeFileSync(marker, wanted);
  return interpreter;
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${output}`);
}

async function send({ headers, body }: Sent): Promise<readonly [status: number, text: string]> {
  const answer = await fetch(url, { method: 'POST', headers, body });
  return [answer.status, await answer.text()];
}

test('a signed request is handled', async () => {
  expect(await send(right)).toEqual([200, 'OK']);
});

test('a tampered one, and one without or with an odd signature, are answered 401', async () => {
  expect(await send(tampered)).toEqual([401, 'Invalid signature']);
  for (const signature of ['', 'x', '\u00e9'.repeat(64)]) {
    const headers = { ...right.headers, 'X-Webhook-Signature': signature };
    expect(await send({ ...right, headers })).toEqual([401, 'Invalid signature']);
  }
});
