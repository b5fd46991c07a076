import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'posthorn-programs-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function runNode(args: string[], env: NodeJS.ProcessEnv = {}) {
  const { AWS_ENDPOINT_URL, NODE_OPTIONS, ...rest } = process.env;
  const result = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...rest, POSTHORN_LOCAL_DIR: dir, ...env },
  });
  return { code: result.status, out: result.stdout, error: result.stderr };
}
const cli = (...args: string[]) => runNode([path.join(root, 'local/cli.ts'), ...args]);
const start = (...args: string[]) => runNode([path.join(root, 'local/start.ts'), ...args]);

describe('npm run local', () => {
  test('--help shows the commands', () => {
    expect(cli('--help')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/up .*down .*status /s),
    });
  });

  test('an unknown command is quoted', () => {
    expect(cli('upp')).toEqual({
      code: 1,
      out: '',
      error: 'Unknown command "upp": use up, down or status (npm run local -- --help).\n',
    });
  });

  test('an argument too many is quoted', () => {
    expect(cli('down', 'now')).toMatchObject({
      code: 1,
      error: '"down" takes no arguments, but got "now".\n',
    });
  });

  test('status of nothing says so with exit code 3', () => {
    expect(cli('status')).toEqual({ code: 3, out: 'The local AWS is not running.\n', error: '' });
  });

  test('down of nothing is no failure', () => {
    expect(cli('down')).toEqual({ code: 0, out: 'No local AWS was running from here.\n', error: '' });
  });

  test('a port that is none is one line', () => {
    const { code, error } = runNode([path.join(root, 'local/cli.ts'), 'up'], { POSTHORN_PORT: 'web' });
    expect({ code, error }).toEqual({
      code: 1,
      error: 'POSTHORN_PORT is "web", but must be a port from 1 to 65535.\n',
    });
  });
});

describe('npm start', () => {
  test('an unknown option is quoted', () => {
    expect(start('--onec')).toMatchObject({
      code: 1,
      error: expect.stringContaining('Unknown option "--onec"'),
    });
  });
});

describe('a checkout that is not ready', () => {
  const preflight = () => path.join(dir, 'local/preflight.mjs');
  beforeEach(() => {
    mkdirSync(path.join(dir, 'local'));
    cpSync(path.join(root, 'local/preflight.mjs'), preflight());
  });

  test('without node_modules: npm ci', () => {
    expect(runNode([preflight(), 'local/cli.ts'])).toEqual({
      code: 1,
      out: '',
      error: 'The dependencies are not installed: run `npm ci` in this folder first.\n',
    });
  });

  test('without Node 24 in node_modules: npm ci with scripts', () => {
    mkdirSync(path.join(dir, 'node_modules'));
    expect(runNode([preflight(), 'local/cli.ts'])).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^Node 24 is missing in node_modules .*\n$/),
    });
  });

  test('ready, the script runs with its arguments', () => {
    symlinkSync(path.join(root, 'node_modules'), path.join(dir, 'node_modules'));
    cpSync(path.join(root, 'local'), path.join(dir, 'local'), { recursive: true });
    cpSync(path.join(root, 'core'), path.join(dir, 'core'), { recursive: true });
    expect(runNode([preflight(), 'local/cli.ts', 'nope']).error).toContain('Unknown command "nope"');
  });
});
