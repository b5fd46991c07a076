import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentProgress } from '../../local/progress.ts';
import { ensureMinistack, findPython, isInstalled } from '../../local/python.ts';
import type { CommandResult, RunCommand } from '../../local/run-command.ts';

const missing: CommandResult = { code: -1, output: 'spawn python3 ENOENT' };
const ok = (output = ''): CommandResult => ({ code: 0, output });

/** A machine with these interpreters; `answers` says what further commands print, by their last argument. */
function machine(versions: Record<string, string>, answers: Record<string, CommandResult> = {}): RunCommand {
  return async (program, args) => {
    const key = Object.keys(answers).find((word) => args.includes(word));
    if (key) return answers[key]!;
    return versions[program] ? ok(`${versions[program]}\n`) : missing;
  };
}

describe('finding Python', () => {
  test('python3 is taken where it is new enough', async () => {
    expect(await findPython(machine({ python3: '3.10.0' }))).toEqual({
      program: 'python3',
      version: '3.10.0',
    });
  });

  test('a newer one is found beside an old python3', async () => {
    const run = machine({ python3: '3.9.2', 'python3.12': '3.12.1' });
    expect(await findPython(run)).toEqual({ program: 'python3.12', version: '3.12.1' });
  });

  test('a shim with nothing behind it is passed over', async () => {
    const shim: RunCommand = async (program) =>
      program === 'python3.11' ? ok('3.11.2\n') : { code: 127, output: 'pyenv: python3: command not found' };
    expect(await findPython(shim)).toEqual({ program: 'python3.11', version: '3.11.2' });
  });

  test('none at all says how to install it', async () => {
    await expect(findPython(machine({}))).rejects.toMatchObject({
      code: 'python-missing',
      message: expect.stringMatching(
        /^The local AWS needs Python, and none is on the PATH: install Python 3\.10.*$/,
      ),
    });
  });

  test('only old ones are quoted', async () => {
    await expect(findPython(machine({ python3: '3.8.10', python: '2.7.18' }))).rejects.toMatchObject({
      code: 'python-too-old',
      message: expect.stringContaining('(python3 is 3.8.10, python is 2.7.18)'),
    });
  });
});

describe('installing MiniStack', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'posthorn-python-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const install = (answers: Record<string, CommandResult>) =>
    ensureMinistack(silentProgress, machine({ python3: '3.11.2' }, answers), path.join(dir, 'venv'));

  test.each([
    [
      "Debian's python3 without python3-venv names the package",
      { venv: { code: 1, output: 'The virtual environment was not created: ensurepip is not\navailable.' } },
      'venv-missing',
      /sudo apt install python3\.11-venv/,
    ],
    [
      'a Python without the module does too',
      { venv: { code: 1, output: '/usr/bin/python3: No module named venv' } },
      'venv-missing',
      /lacks its venv module/,
    ],
    [
      'another failure of venv is quoted',
      { venv: { code: 1, output: 'Error: [Errno 28] No space left on device' } },
      'venv-missing',
      /No space left on device/,
    ],
    [
      'pip without network says so',
      {
        venv: ok(),
        pip: { code: 1, output: 'WARNING: Retrying: NewConnectionError\nERROR: No matching distribution' },
      },
      'install-failed',
      /could not reach the Python package index/,
    ],
    [
      'another failure of pip is quoted',
      { venv: ok(), pip: { code: 1, output: 'Collecting x\nERROR: wheel is broken' } },
      'install-failed',
      /ERROR: wheel is broken/,
    ],
  ])('%s, in one line', async (_name, answers, code, message) => {
    const failure = install(answers);
    await expect(failure).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(failure).rejects.toMatchObject({ message: expect.not.stringContaining('\n') });
  });

  test('an unfinished environment does not count as installed', async () => {
    await install({ venv: ok(), pip: { code: 1, output: '' } }).catch(() => {});
    expect(isInstalled(path.join(dir, 'venv'))).toBe(false);
  });
});
