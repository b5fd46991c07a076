import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CALLED_FILE, findUncalled } from './e2e/called-operations.ts';
import { stopForTests } from './e2e/shared-stack.ts';

/**
 * `npm test`: type check, lint, import rules, then every suite. `npm test -- <jest arguments>` runs only jest with
 * them. Ends with the first stage that fails.
 */
const root = path.dirname(import.meta.dirname);
/** Those that exist: git keeps no empty directories. */
const SOURCES = [
  'bin',
  'lib',
  'lambdas',
  'openapi',
  'core',
  'client',
  'cli',
  'local',
  'test',
  'bench',
  'examples',
].filter((dir) => existsSync(path.join(root, dir)));
const CHECKS: readonly Stage[] = [
  { name: 'type check', program: ['typescript', 'bin', 'tsc'], args: ['--noEmit'] },
  { name: 'lint', program: ['@biomejs', 'biome', 'bin', 'biome'], args: ['check', '.'] },
  {
    name: 'import rules',
    program: ['dependency-cruiser', 'bin', 'dependency-cruiser.mjs'],
    args: ['--config', '.dependency-cruiser.mjs', ...SOURCES],
  },
];

interface Stage {
  readonly name: string;
  /** Below node_modules. */
  readonly program: readonly string[];
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs one stage with its output passed through; answers its exit code. */
function run({ program, args, env }: Stage): Promise<number> {
  const script = path.join(root, 'node_modules', ...program);
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
  });
}

async function check(stage: Stage): Promise<number> {
  const startedAt = performance.now();
  const code = await run(stage);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${code === 0 ? '✔' : '✘'} ${stage.name} (${seconds} s)`);
  return code;
}

/** The directory of the tests' local AWS is named here, so that it is stopped even when jest crashes or is killed. */
async function runJest(args: readonly string[]): Promise<number> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'posthorn-test-'));
  const calledFile = `${dir}-called.txt`;
  const env = {
    POSTHORN_LOCAL_DIR: dir,
    [CALLED_FILE]: calledFile,
    NODE_OPTIONS: '--experimental-vm-modules --no-warnings',
  };
  try {
    const code = await run({ name: 'tests', program: ['jest', 'bin', 'jest.js'], args, env });
    // Only a run of every suite can say that something was left out.
    return code === 0 && args.length === 0 ? checkCalled(calledFile) : code;
  } finally {
    rmSync(calledFile, { force: true });
    await stopForTests(dir);
  }
}

/** Fails where an operation of the document was never called end to end. */
function checkCalled(file: string): number {
  const document = JSON.parse(readFileSync(path.join(root, 'docs', 'openapi.json'), 'utf8'));
  const uncalled = findUncalled(file, document);
  const verdict = uncalled.length === 0 ? '✔' : `✘ never succeeded end to end: ${uncalled.join(', ')}:`;
  console.log(`${verdict} every operation of the document is called`);
  return uncalled.length === 0 ? 0 : 1;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.length > 0) return runJest(args);
  for (const stage of CHECKS) {
    const code = await check(stage);
    if (code !== 0) return code;
  }
  return runJest([]);
}

process.exitCode = await main(process.argv.slice(2));
