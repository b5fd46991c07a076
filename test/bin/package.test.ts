import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const consumer = mkdtempSync(join(tmpdir(), 'posthorn-consumer-'));
afterAll(() => rmSync(consumer, { recursive: true }));

/** Plain JavaScript, as an app that has never heard of our sources would be. */
const APP = `
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { WebhookPlatform } from 'posthorn';

const app = new App({ outdir: 'out' });
const stack = new Stack(app, 'shop');
const webhooks = new WebhookPlatform(stack, 'Webhooks', { production: false, retentionDays: 7 });
new CfnOutput(stack, 'WebhooksUrl', { value: webhooks.apiUrl });
app.synth();
`;

/** The package as npm would publish it, unpacked among an app's dependencies. */
function install(): void {
  const npm = ['npm', 'pack', '--silent', '--pack-destination', consumer];
  const [command = '', ...args] = npm;
  execFileSync(command, args, { cwd: root, stdio: 'pipe', env: { ...process.env, NODE_OPTIONS: '' } });
  const tarball = readdirSync(consumer).find((file) => file.endsWith('.tgz')) as string;
  const target = join(consumer, 'node_modules', 'posthorn');
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', join(consumer, tarball), '--strip-components=1', '-C', target]);

  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    const link = join(consumer, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
}

/** The functions that every stack has: all but the one that a setting asks for. */
const functions = readdirSync(join(root, 'lambdas')).filter(
  (file) => file.endsWith('.ts') && file !== 'downloads.ts',
);

beforeAll(install, 120_000);

test('its command starts, called by its name as npm links it', () => {
  const target = join(consumer, 'node_modules', 'posthorn');
  const { bin } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
  const main = join(target, bin.posthorn);
  expect(readFileSync(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  const link = join(consumer, 'posthorn');
  symlinkSync(main, link);
  const output = execFileSync(process.execPath, [link, '--help'], {
    encoding: 'utf8',
    env: { NODE_OPTIONS: '' },
  });
  expect(output).toMatch(/^Calls a Posthorn deployment\.\n\nUsage: posthorn <command>/);
});

test('another app can embed the platform from the package alone', () => {
  writeFileSync(join(consumer, 'package.json'), '{"type":"module"}');
  writeFileSync(join(consumer, 'app.js'), APP);
  execFileSync(process.execPath, ['app.js'], {
    cwd: consumer,
    stdio: 'pipe',
    env: { ...process.env, NODE_OPTIONS: '' },
  });

  // Alarms name it.
  expect(readdirSync(join(consumer, 'node_modules', 'posthorn', 'docs'))).toContain('operations.md');
  const template = JSON.parse(readFileSync(join(consumer, 'out', 'shop.template.json'), 'utf8'));
  const resources = Object.values(template.Resources as Record<string, { Type: string }>);
  expect(resources.filter(({ Type }) => Type === 'AWS::Lambda::Function')).toHaveLength(functions.length);
  expect(Object.keys(template.Outputs)).toEqual(['WebhooksUrl']);
  const assets = readdirSync(join(consumer, 'out')).filter((file) => file.startsWith('asset.'));
  expect(assets).toHaveLength(functions.length);
  for (const asset of assets) expect(readdirSync(join(consumer, 'out', asset))).toContain('index.mjs');
}, 60_000);
