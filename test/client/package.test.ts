import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { vectorOf } from '../fixtures/vectors.ts';
import { serveApi } from './api-server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const consumer = mkdtempSync(join(tmpdir(), 'posthorn-client-consumer-'));
const target = join(consumer, 'node_modules', 'posthorn-client');
const env = { ...process.env, NODE_OPTIONS: '' };
afterAll(() => rmSync(consumer, { recursive: true }));

/** The package as npm would publish it, unpacked among an app's dependencies. */
beforeAll(() => {
  const npm = ['pack', '--silent', '--pack-destination', consumer];
  execFileSync('npm', npm, { cwd: join(root, 'client'), stdio: 'pipe', env });
  const tarball = readdirSync(consumer).find((file) => file.endsWith('.tgz')) as string;
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', join(consumer, tarball), '--strip-components=1', '-C', target]);
  writeFileSync(join(consumer, 'package.json'), '{"type":"module"}');
}, 60_000);

/** Plain JavaScript, as a receiver that has never heard of our sources would be. */
const APP = `
import { Posthorn, verify, WebhookVerificationError } from 'posthorn-client';

const { url, vector } = JSON.parse(process.argv[2]);
const event = verify(vector.dialect, vector.secret, vector.headers, vector.body);
let code;
try {
  verify(vector.dialect, vector.secret, vector.headers, vector.body + ' ');
} catch (error) {
  if (error instanceof WebhookVerificationError) code = error.code;
}
const sdk = new Posthorn({ baseUrl: url, apiKey: 'key' });
const { id } = await sdk.events.publish({ type: 'order.paid', data: {}, id: 'evt_mine' });
console.log(JSON.stringify({ event, code, id }));
`;

test('it works from plain JavaScript, with nothing else installed', async () => {
  const api = await serveApi((call) => ({ status: 202, body: { id: (call.body as { id: string }).id } }));
  const vector = vectorOf('generic');
  writeFileSync(join(consumer, 'app.js'), APP);
  try {
    const output = await runApp(JSON.stringify({ url: api.url, vector }));
    expect(JSON.parse(output)).toEqual({
      event: JSON.parse(vector.body),
      code: 'signature_mismatch',
      id: 'evt_mine',
    });
  } finally {
    api.close();
  }
});

async function runApp(argument: string, app = 'app.js'): Promise<string> {
  const { runCommand } = await import('../../local/run-command.ts');
  const { code, output } = await runCommand(process.execPath, [app, argument], { cwd: consumer, env });
  if (code !== 0) throw new Error(output);
  return output;
}

test('a receiver that requires it, as the guides’ do, can', async () => {
  const vector = vectorOf('generic');
  const code = `
const { verify } = require('posthorn-client');
const { dialect, secret, headers, body } = JSON.parse(process.argv[2]);
console.log(JSON.stringify(verify(dialect, secret, headers, body)));
`;
  writeFileSync(join(consumer, 'receiver.cjs'), code);
  const output = await runApp(JSON.stringify(vector), 'receiver.cjs');
  expect(JSON.parse(output)).toEqual(JSON.parse(vector.body));
});

test('it asks for a Node that takes an ES module by require without a flag: from 20.19 and 22.12 on', () => {
  const { engines } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
  expect(engines.node).toBe('^20.19.0 || >=22.12.0');
});

test('its types stand alone', () => {
  const code = `
import { Posthorn, type ReceivedEvents, verify } from 'posthorn-client';
const event: ReceivedEvents['arky'] = verify('arky', 'secret', new Headers(), '{}');
const sdk = new Posthorn({ baseUrl: 'https://x', apiKey: event.businessId });
export const url: Promise<string> = sdk.webhooks.get('ep_1').then((endpoint) => endpoint.url);
// @ts-expect-error An endpoint has at least a URL.
sdk.webhooks.create();
// @ts-expect-error There is no such dialect.
verify('nowhere', 'secret', {}, '');
`;
  writeFileSync(join(consumer, 'app.ts'), code);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')];
  const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', ...types, 'app.ts'];
  execFileSync(process.execPath, [tsc, ...flags], { cwd: consumer, stdio: 'pipe', env });
}, 60_000);

test('it has no dependencies, and carries nothing but what was built', () => {
  const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
  expect(manifest).not.toHaveProperty('dependencies');
  expect(readdirSync(target).sort()).toEqual(['README.md', 'dist', 'package.json']);
  expect(readdirSync(join(target, 'dist')).sort()).toEqual(['client', 'core']);
  expect(existsSync(join(target, 'dist', 'client', 'posthorn.d.ts'))).toBe(true);
});
