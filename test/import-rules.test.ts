import { spawnSync } from 'node:child_process';
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

const root = fileURLToPath(new URL('..', import.meta.url));
const house = mkdtempSync(join(tmpdir(), 'posthorn-house-'));
afterAll(() => rmSync(house, { recursive: true }));

/** File, what it imports, and the rules that this breaks. */
const IMPORTS: readonly (readonly [from: string, to: string, rules: readonly string[]])[] = [
  ['core/event.ts', '../core/sign.ts', []],
  ['core/sign.ts', 'node:crypto', []],
  ['core/ids.ts', 'node:fs', ['core-stays-pure']],
  ['core/match.ts', 'zod', ['core-stays-pure']],
  ['core/a-sdk.ts', '@aws-sdk/client-sqs', ['core-stays-pure', 'no-sdk-but-in-functions']],
  ['core/a-construct.ts', 'aws-cdk-lib', ['core-stays-pure', 'no-cdk-at-run-time']],
  ['core/an-adapter.ts', '../lambdas/adapters/queue.ts', ['core-stays-pure']],
  ['core/dialects/index.ts', './first.ts', []],
  ['core/dialects/second.ts', './dialect.ts', []],
  ['core/dialects/first.ts', './second.ts', ['dialects-stay-apart']],
  ['core/dialects/third.ts', './index.ts', ['dialects-stay-apart']],
  ['core/dialects/fourth.ts', '../sign.ts', ['dialects-stay-apart']],

  ['lambdas/adapters/store.ts', '@aws-sdk/client-dynamodb', []],
  ['lambdas/adapters/sender.ts', '../../core/sign.ts', []],
  ['lambdas/adapters/one.ts', '../publish.ts', ['adapters-serve-handlers']],
  ['lambdas/adapters/two.ts', '../middleware/keys.ts', ['adapters-serve-handlers']],
  ['lambdas/adapters/three.ts', 'aws-cdk-lib', ['no-cdk-at-run-time']],
  ['lambdas/adapters/four.ts', '../../lib/stack.ts', ['adapters-serve-handlers']],
  ['lambdas/middleware/keys.ts', '../adapters/queue.ts', []],
  ['lambdas/middleware/one.ts', '../publish.ts', ['middleware-serves-handlers']],
  ['lambdas/operations/one.ts', '../manage.ts', ['middleware-serves-handlers']],
  ['lambdas/manage.ts', './operations/tenants.ts', []],
  ['lambdas/deliver.ts', './publish.ts', ['handlers-stay-apart']],
  ['lambdas/dispatch.ts', '../lib/stack.ts', ['handlers-stay-apart']],
  ['lambdas/journal.ts', 'constructs', ['no-cdk-at-run-time']],

  ['lib/platform.ts', 'aws-cdk-lib/aws-sqs', []],
  ['lib/bundle.ts', 'esbuild', []],
  ['lib/names.ts', '../core/event.ts', []],
  ['lib/one.ts', '../lambdas/publish.ts', ['lib-names-entries-only']],
  ['lib/two.ts', '../lambdas/adapters/queue.ts', ['lib-names-entries-only']],
  ['lib/three.ts', 'zod', ['lib-builds-with-cdk']],
  ['lib/four.ts', '@aws-sdk/client-sqs', ['lib-builds-with-cdk', 'no-sdk-but-in-functions']],
  ['lib/five.ts', '../local/run.ts', ['lib-names-entries-only']],
  ['bin/app.ts', '../lib/stack.ts', []],
  ['bin/one.ts', '../lambdas/publish.ts', ['bin-makes-the-stack']],

  ['openapi/document.ts', '../lambdas/manage.ts', []],
  ['openapi/one.ts', '../lambdas/deliver.ts', ['the-document-describes-the-api']],
  [
    'lambdas/kiosk.ts',
    '../openapi/document.ts',
    ['handlers-stay-apart', 'nobody-makes-the-document-but-its-command'],
  ],

  ['client/verify.ts', '../core/sign.ts', []],
  ['client/one.ts', '../core/match.ts', ['client-signs-and-nothing-more']],
  ['client/two.ts', '../lambdas/adapters/queue.ts', ['client-stands-alone']],
  ['client/three.ts', '@aws-sdk/client-sqs', ['client-stands-alone', 'no-sdk-but-in-functions']],
  ['cli/main.ts', '../client/verify.ts', []],
  ['cli/one.ts', '../lib/stack.ts', ['command-line-uses-the-client']],
  ['dashboard/page.ts', '../client/verify.ts', []],
  ['dashboard/one.ts', '../core/sign.ts', ['dashboard-takes-types-from-core']],
  ['dashboard/two.ts', '../lib/stack.ts', ['dashboard-uses-the-client']],
  ['dashboard/three.ts', '@aws-sdk/client-sqs', ['no-sdk-but-in-functions']],

  ['local/run.ts', '../lambdas/adapters/queue.ts', []],
  ['local/one.ts', '../lambdas/publish.ts', ['nobody-calls-handlers']],
  ['local/two.ts', '../test/fixture.ts', ['no-tests-in-the-product']],
  ['lib/circle-one.ts', './circle-two.ts', ['no-circles']],
  // A circle is reported once, where it is entered first.
  ['lib/circle-two.ts', './circle-one.ts', []],
  ['local/broken.ts', './nowhere.ts', ['no-broken-imports']],
];

/** Types that may be imported where values may not, and one that may not either. */
const TYPES: typeof IMPORTS = [
  ['client/types.ts', '../core/match.ts', []],
  ['dashboard/types.ts', '../core/sign.ts', []],
  ['lib/types.ts', '../lambdas/adapters/queue.ts', ['lib-names-entries-only']],
];

const TARGETS = [
  'core/dialects/dialect.ts',
  'lambdas/publish.ts',
  'lambdas/adapters/queue.ts',
  'lib/stack.ts',
];
const MORE_TARGETS = ['lambdas/operations/tenants.ts', 'test/fixture.ts'];
const broken = new Map<string, Set<string>>();
let ruleNames: string[] = [];

beforeAll(() => {
  for (const path of [...TARGETS, ...MORE_TARGETS]) write(path, 'export const value = 1;\n');
  for (const [from, to] of IMPORTS) write(from, `import * as it from '${to}';\nexport const value = it;\n`);
  for (const [from, to] of TYPES) write(from, `import type { It } from '${to}';\nexport type Own = It;\n`);
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));

  const config = join(root, '.dependency-cruiser.mjs');
  const cli = join(root, 'node_modules', '.bin', 'depcruise');
  const directories = readdirSync(house).filter((name) => name !== 'node_modules');
  const args = [cli, '--config', config, '--output-type', 'json', ...directories];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: house,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (!stdout.startsWith('{')) throw new Error(stderr || stdout);
  const { violations, ruleSetUsed } = JSON.parse(stdout).summary;
  ruleNames = ruleSetUsed.forbidden.map(({ name }: { name: string }) => name);
  for (const { from, rule } of violations) {
    if (rule.severity !== 'error') throw new Error(`${rule.name} is only a ${rule.severity}`);
    broken.set(from, (broken.get(from) ?? new Set()).add(rule.name));
  }
});

test.each(IMPORTS)('%s importing %s breaks %j', (from, _to, rules) => {
  expect([...(broken.get(from) ?? [])].sort()).toEqual([...rules].sort());
});

test.each(TYPES)('%s importing a type of %s breaks %j', (from, _to, rules) => {
  expect([...(broken.get(from) ?? [])].sort()).toEqual([...rules].sort());
});

test('every rule is broken by some line above', () => {
  const proven = new Set([...IMPORTS, ...TYPES].flatMap(([, , rules]) => rules));
  expect([...proven].sort()).toEqual(ruleNames.toSorted());
});

test('core takes time, chance and surroundings as arguments', () => {
  const impure = /\b(process\.|fetch\(|Date\.now|new Date\(\)|Math\.random|randomBytes|randomUUID|console\.)/;
  const files = readdirSync(join(root, 'core'), { recursive: true, encoding: 'utf8' });
  const guilty = files
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => impure.test(withoutComments(readFileSync(join(root, 'core', file), 'utf8'))));
  expect(guilty).toEqual([]);
});

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

function write(path: string, code: string): void {
  mkdirSync(dirname(join(house, path)), { recursive: true });
  writeFileSync(join(house, path), code);
}
