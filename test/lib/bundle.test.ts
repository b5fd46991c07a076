import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import type { ImportKind, Metafile } from 'esbuild';
import type { Dialect } from '../../core/dialects/dialect.ts';
import { ENV } from '../../core/environment-names.ts';
import { bundle } from '../../lib/bundle.ts';
import { permissions, resource, synthesize } from './synthesize.ts';

const MEBIBYTE = 1_048_576;
const ENTRIES = {
  publish: 'Publish',
  manage: 'Manage',
  dispatch: 'Dispatch',
  'fan-out': 'FanOut',
  deliver: 'Deliver',
  journal: 'Journal',
  observe: 'Observe',
  redispatch: 'Redispatch',
  'bus-intake': 'BusIntake',
  'documents-intake': 'DocumentsIntake',
  documents: 'DocumentsApi',
  downloads: 'Downloads',
  alerts: 'Alerts',
};

/** What IAM asks of those who send a command, where it is not the command's own name. */
const ACTIONS: Record<string, string[]> = {
  BatchExecuteStatement: ['PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete', 'PartiQLSelect'],
  ExecuteStatement: ['PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete', 'PartiQLSelect'],
  TransactWriteItems: ['PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
  TransactGetItems: ['GetItem'],
  SendMessageBatch: ['SendMessage'],
  DeleteMessageBatch: ['DeleteMessage'],
  HeadObject: ['GetObject', 'GetObjectVersion'],
};

/** In every DynamoDB client, for endpoint discovery, which nobody asks for; in every S3 client, for directory buckets. */
const NEVER_SENT = ['dynamodb:DescribeEndpoints', 's3:CreateSession'];
/** In the function that signs links to them, as roles of their own. */
const SIGNED = ['s3:GetObject', 's3:PutObject'];
/** Loaded by `import()` of the whole package, so all its commands are there; that some may be sent is what matters. */
const LOADED_WHOLE = ['kms', 'scheduler', 'xray', 'firehose'];
const SERVICES: Record<string, string> = {
  'secrets-manager': 'secretsmanager',
  sesv2: 'ses',
  eventbridge: 'events',
};

const outDir = mkdtempSync(join(tmpdir(), 'posthorn-bundles-'));
afterAll(() => rmSync(outDir, { recursive: true }));
const root = fileURLToPath(new URL('../..', import.meta.url));
const template = synthesize({
  exportExpired: true,
  extraDialects: [{ name: 'seventh' } as Dialect],
  downloads: 'cloudtrail',
  staticAddresses: 1,
  documentPrefixes: { '': '*' },
  alertSender: { email: 'alerts@example.com' },
});
const bundles = new Map<string, Metafile>();

function bundled(entry: string): Metafile {
  const made = bundles.get(entry) ?? bundle(entry, join(outDir, entry));
  bundles.set(entry, made);
  return made;
}

/** The SDK's commands whose code the function can reach, as `dynamodb:GetItem`. */
function commandsIn({ outputs }: Metafile): string[] {
  const inputs = [...reachable(outputs)].flatMap((path) => Object.entries(outputs[path]?.inputs ?? {}));
  return inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /@aws-sdk\/client-([\w-]+)\/dist-es\/commands\/(\w+)Command\.js$/.exec(path))
    .filter((match) => match !== null)
    .map(([, service = '', command]) => `${SERVICES[service] ?? service}:${command}`)
    .filter((command) => !NEVER_SENT.includes(command))
    .sort();
}

test.each(Object.keys(ENTRIES))('%s is bundled into one file and what it loads on demand', (entry) => {
  bundled(entry);
  const files = readdirSync(join(outDir, entry));
  expect(files).toContain('index.mjs');
  expect(files.filter((file) => !file.endsWith('.mjs'))).toEqual([]);
  expect(readFileSync(join(outDir, entry, 'index.mjs'), 'utf8')).toMatch(/^import\{createRequire as /);
});

/** What a cold start reads of a function, and what the function may read later; bytes, minified. */
function sizesOf(entry: string): { eager: number; total: number } {
  const { outputs } = bundled(entry);
  const files = readdirSync(join(outDir, entry)).map((file) => statSync(join(outDir, entry, file)).size);
  const eager = sum([...reachable(outputs, 'import-statement')].map((path) => outputs[path]?.bytes ?? 0));
  console.info(`${entry}: ${eager} bytes at once, ${sum(files) - eager} on demand`);
  return { eager, total: sum(files) };
}

test('the delivering function is at most 1 MB, what it loads on demand included', () => {
  expect(sizesOf('deliver').total).toBeLessThanOrEqual(MEBIBYTE);
});

test('the publishing function starts from less than half a megabyte', () => {
  // zod is 454 KB where it is imported by its name, and 85 KB as a namespace of which the bundler drops the rest.
  expect(sizesOf('publish').eager).toBeLessThanOrEqual(MEBIBYTE / 2);
});

test.each(Object.entries(ENTRIES))('%s may send the commands that it contains', (entry, name) => {
  const allowed = permissions(template, `${name}Role`).map((line) => line.split(' ')[0]);
  const refused = commandsIn(bundled(entry)).filter(
    (command) => !allowedBy(allowed, command) && !(entry === 'documents' && SIGNED.includes(command)),
  );
  expect(refused).toEqual([]);
});

test.each(Object.entries(ENTRIES))('%s has the variables that it reads, and no others', (entry, name) => {
  const { outputs } = bundled(entry);
  const code = [...reachable(outputs)].map((path) => readFileSync(join(root, path), 'utf8')).join('\n');
  const read = Object.entries(ENV)
    .filter(([key]) => new RegExp(`["'\`.]${key}\\b`).test(code))
    .map(([, variable]) => variable);
  const set = resource(template, 'AWS::Lambda::Function', name).Properties.Environment?.Variables ?? {};
  expect(
    Object.keys(set)
      .filter((name) => name !== 'UV_THREADPOOL_SIZE')
      .sort(),
  ).toEqual(read.sort());
});

/** The entry and the chunks that it imports, all the way down; with `kind`, by such imports only. */
function reachable(outputs: Metafile['outputs'], kind?: ImportKind): Set<string> {
  const reached = new Set(Object.keys(outputs).filter((path) => path.endsWith('/index.mjs')));
  for (const path of reached) {
    for (const next of outputs[path]?.imports ?? []) {
      if ((kind ?? next.kind) === next.kind && outputs[next.path]) reached.add(next.path);
    }
  }
  return reached;
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

function allowedBy(allowed: (string | undefined)[], command: string): boolean {
  const [service = '', name = ''] = command.split(':');
  if (LOADED_WHOLE.includes(service)) return allowed.some((action) => action?.startsWith(`${service}:`));
  const actions = ACTIONS[name] ?? [name];
  return actions.some((action) => allowed.includes(`${service}:${action}`));
}
