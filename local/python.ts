import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LocalError } from './local-error.ts';
import { repositoryRoot } from './place.ts';
import type { Progress } from './progress.ts';
import { lastLine, type RunCommand, runCommand } from './run-command.ts';

const OLDEST_MINOR = 10;
const REQUIREMENTS = path.join(repositoryRoot, 'local', 'requirements.txt');
/** One virtual environment for every local AWS of this checkout: it holds programs only, no state. */
const VENV = path.join(repositoryRoot, '.local', 'venv');
const CANDIDATES = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  'python',
];
const INSTALL_PYTHON =
  'install Python 3.10 or newer (Debian/Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python) and run this again';

export interface Python {
  readonly program: string;
  /** For example `3.11.7`. */
  readonly version: string;
}

/** The first interpreter on the PATH that is new enough. */
export async function findPython(run: RunCommand = runCommand): Promise<Python> {
  const tooOld: string[] = [];
  for (const program of CANDIDATES) {
    const { code, output } = await run(program, ['-c', 'import platform; print(platform.python_version())']);
    const version = lastLine(output);
    const [major, minor] = version.split('.').map(Number);
    // A shim (pyenv) may be on the PATH and still have nothing behind it: it exits non-zero.
    if (code !== 0 || major === undefined || minor === undefined || Number.isNaN(major)) continue;
    if (major > 3 || (major === 3 && minor >= OLDEST_MINOR)) return { program, version };
    tooOld.push(`${program} is ${version}`);
  }
  if (tooOld.length > 0) {
    throw new LocalError(
      'python-too-old',
      `Python is too old for the local AWS (${tooOld.join(', ')}): ${INSTALL_PYTHON}.`,
    );
  }
  throw new LocalError(
    'python-missing',
    `The local AWS needs Python, and none is on the PATH: ${INSTALL_PYTHON}.`,
  );
}

/** What `venv` holds is what `requirements` asks for, and its interpreter has not been uninstalled since. */
export function isInstalled(venv = VENV, requirements = REQUIREMENTS): boolean {
  const marker = path.join(venv, 'installed');
  return (
    existsSync(path.join(venv, 'bin', 'python')) &&
    existsSync(marker) &&
    readFileSync(marker, 'utf8') === fingerprint(requirements)
  );
}

function fingerprint(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** The interpreter of a virtual environment with the pinned MiniStack in it, made where it is missing. */
export async function ensureMinistack(
  progress: Progress,
  run: RunCommand = runCommand,
  venv = VENV,
): Promise<string> {
  const interpreter = path.join(venv, 'bin', 'python');
  if (isInstalled(venv)) return interpreter;
  const python = await findPython(run);
  await progress.step(
    `Installing the local AWS (MiniStack) for Python ${python.version}, once`,
    async (detail) => {
      rmSync(venv, { recursive: true, force: true });
      await createVenv(python, venv, run);
      await installRequirements(interpreter, run, detail);
      writeFileSync(path.join(venv, 'installed'), fingerprint(REQUIREMENTS));
    },
  );
  return interpreter;
}

async function createVenv(python: Python, venv: string, run: RunCommand): Promise<void> {
  const { code, output } = await run(python.program, ['-m', 'venv', venv]);
  if (code === 0) return;
  const minor = python.version.split('.').slice(0, 2).join('.');
  if (/ensurepip|No module named venv/.test(output)) {
    throw new LocalError(
      'venv-missing',
      `Python ${python.version} lacks its venv module: install it (Debian/Ubuntu: sudo apt install python${minor}-venv) and run this again.`,
    );
  }
  throw new LocalError('venv-missing', `\`${python.program} -m venv ${venv}\` failed: ${lastLine(output)}`);
}

const NO_NETWORK =
  /NewConnectionError|Max retries exceeded|name resolution|ConnectTimeout|Network is unreachable|ProxyError|ReadTimeout/i;

async function installRequirements(
  interpreter: string,
  run: RunCommand,
  detail: (text: string) => void,
): Promise<void> {
  const args = [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '--no-input',
    '--retries',
    '1',
    '-r',
    REQUIREMENTS,
  ];
  const { code, output } = await run(interpreter, args, {
    onLine: (line) => /^(Collecting|Downloading|Installing)/.test(line.trim()) && detail(line.trim()),
  });
  if (code === 0) return;
  if (NO_NETWORK.test(output)) {
    throw new LocalError(
      'install-failed',
      'pip could not reach the Python package index to install MiniStack: connect to the network (or set PIP_INDEX_URL to a mirror) and run this again.',
    );
  }
  throw new LocalError('install-failed', `pip could not install MiniStack: ${lastLine(output)}`);
}
