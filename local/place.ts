import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LocalError } from './local-error.ts';

export const repositoryRoot = path.dirname(import.meta.dirname);
export const DEFAULT_PORT = 4566;

/** Where one local AWS keeps its files. Two places are two independent ones: tests run beside a user's own. */
export interface LocalPlace {
  readonly dir: string;
  readonly stateFile: string;
  readonly outputsFile: string;
  readonly logFile: string;
  /** What `cdk synth` writes and `cdk deploy` reads. */
  readonly assemblyDir: string;
  readonly stackOutputsFile: string;
}

/** `dir` is the state directory; without it `POSTHORN_LOCAL_DIR`, or `.local` in the repository. */
export function localPlace(
  dir = process.env.POSTHORN_LOCAL_DIR || path.join(repositoryRoot, '.local'),
): LocalPlace {
  const root = path.resolve(dir);
  mkdirSync(root, { recursive: true });
  return {
    dir: root,
    stateFile: path.join(root, 'state.json'),
    outputsFile: path.join(root, 'outputs.json'),
    logFile: path.join(root, 'ministack.log'),
    assemblyDir: path.join(root, 'cdk.out'),
    stackOutputsFile: path.join(root, 'stack-outputs.json'),
  };
}

/** The emulator that this place started. */
export interface LocalState {
  readonly pid: number;
  readonly port: number;
  readonly endpoint: string;
  /** The emulator's own temporary files, removed with it. */
  readonly tempDir: string;
}

export function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return null;
  }
}

/** Written beside and renamed, so that no reader sees half a file. `0600`: the outputs hold the operator's key. */
export function writeJson(file: string, value: unknown): void {
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

export function removeFile(file: string): void {
  rmSync(file, { force: true });
}

/** The port to start on: `POSTHORN_PORT`, or 4566. */
export function portFromEnvironment(env: NodeJS.ProcessEnv = process.env): number {
  const given = env.POSTHORN_PORT;
  if (!given) return DEFAULT_PORT;
  const port = Number(given);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new LocalError('port-invalid', `POSTHORN_PORT is "${given}", but must be a port from 1 to 65535.`);
  }
  return port;
}
