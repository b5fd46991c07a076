import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outDir = mkdtempSync(join(tmpdir(), 'posthorn-synth-'));
afterAll(() => rmSync(outDir, { recursive: true }));

/** Runs the app as the CDK's command line does. */
function runApp(context: Record<string, unknown>) {
  return spawnSync(process.execPath, ['bin/posthorn.ts'], {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      CDK_OUTDIR: outDir,
      CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:bundling-stacks': [], ...context }),
      CDK_DEFAULT_ACCOUNT: '123456789012',
      CDK_DEFAULT_REGION: 'us-east-1',
    },
  });
}

test('the settings become a stack', () => {
  const { status, stderr } = runApp({ stackName: 'hooks', region: 'eu-central-1', retentionDays: '7' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const manifest = JSON.parse(readFileSync(join(outDir, 'manifest.json'), 'utf8'));
  expect(manifest.artifacts.hooks.environment).toBe('aws://123456789012/eu-central-1');
});

test.each([
  [{ retentionDays: '0' }, 'posthorn: retentionDays is 0; it must be a whole number from 1 to 3650\n'],
  [{ production: 'no' }, 'posthorn: production is "no"; it must be true or false\n'],
])('%j fails with one line', (context, line) => {
  const { status, stdout, stderr } = runApp(context);
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: line });
});
