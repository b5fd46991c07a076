import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalError } from './local-error.ts';
import { type LocalPlace, type LocalState, readJson, removeFile, writeJson } from './place.ts';
import { endProcessGroup, processGroup } from './process-group.ts';
import { lastLine } from './run-command.ts';

const HOST = '127.0.0.1';
/** MiniStack, with what its streams lack. `ps` must show "ministack" in the program's name: see {@link isOurs}. */
const PROGRAM = path.join(import.meta.dirname, 'completed-ministack.py');
const START_DEADLINE_MS = 30_000;
const ANSWER_DEADLINE_MS = 15_000;

/**
 * Has the emulator check every call against the policies of whoever makes it. It answers https then, since policies
 * refuse plain http (`aws:SecureTransport`).
 */
export interface PermissionEnforcement {
  /** PEM files. This process must trust the certificate already; `AWS_CA_BUNDLE` tells cdk to. */
  readonly certificate: string;
  readonly key: string;
  /** A Python program that runs the emulator, for what its own checks lack. */
  readonly program: string;
}

/**
 * The running emulator of this place, or null. A state file whose process is gone counts as none; one that lives is
 * given time, since on a busy machine it answers late and what is in it must not be lost for that.
 */
export async function findRunning(place: LocalPlace): Promise<LocalState | null> {
  const state = readJson<LocalState>(place.stateFile);
  if (!state || !(await isOurs(state))) return null;
  const deadline = Date.now() + ANSWER_DEADLINE_MS;
  while (!(await isHealthy(state.endpoint))) {
    if (Date.now() > deadline || !(await isOurs(state))) return null;
    await sleep(100);
  }
  return state;
}

/** Starts MiniStack detached, in a process group of its own, and waits until it answers. Port 0 takes a free one. */
export async function startMinistack(
  place: LocalPlace,
  interpreter: string,
  wantedPort: number,
  enforcement?: PermissionEnforcement,
): Promise<LocalState> {
  const port = wantedPort === 0 ? await findFreePort() : wantedPort;
  await refuseTakenPort(port);
  // Asked now for the sake of `ps`: without it nobody could find or stop what starts here.
  await processGroup(process.pid);
  const tempDir = mkdtempSync(path.join(os.tmpdir(), 'posthorn-local-'));
  const log = openSync(place.logFile, 'w');
  const child = spawn(interpreter, [enforcement?.program ?? PROGRAM], {
    cwd: tempDir,
    detached: true,
    env: { ...emulatorEnvironment(process.env, { port, tempDir }), ...enforcing(enforcement) },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.on('error', () => {});
  if (child.pid === undefined) {
    rmSync(tempDir, { recursive: true, force: true });
    throw new LocalError('start-failed', `Could not run ${interpreter}.`);
  }
  const endpoint = `${enforcement ? 'https' : 'http'}://${HOST}:${port}`;
  const state = { pid: child.pid, port, endpoint, tempDir };
  writeJson(place.stateFile, state);
  child.unref();
  try {
    await waitUntilHealthy(state, place, () => child.exitCode !== null);
  } catch (error) {
    await stopMinistack(place);
    throw error;
  }
  return state;
}

/**
 * The emulator passes its whole environment on to the functions it runs, so it gets a short list. AWS_ENDPOINT_URL
 * must not be in it, and Node 24 (this process's own) must be the first `node` on its PATH. Its files lie outside the
 * repository: below it, Node would find the repository's node_modules and hide what a bundle lacks.
 */
export function emulatorEnvironment(
  env: NodeJS.ProcessEnv,
  own: { readonly port: number; readonly tempDir: string },
  node = process.execPath,
): NodeJS.ProcessEnv {
  const kept = ['HOME', 'USER', 'LANG', 'LC_ALL'].flatMap((name) => (env[name] ? [[name, env[name]]] : []));
  return {
    ...Object.fromEntries(kept),
    PATH: [path.dirname(node), env.PATH].filter(Boolean).join(path.delimiter),
    TMPDIR: own.tempDir,
    GATEWAY_PORT: String(own.port),
    BIND_HOST: HOST,
    // In queue URLs: a name would be looked up on every call, and may lead to ::1, where nothing listens.
    MINISTACK_HOST: HOST,
    PYTHONUNBUFFERED: '1',
  };
}

function enforcing(enforcement: PermissionEnforcement | undefined): NodeJS.ProcessEnv {
  if (!enforcement) return {};
  const { certificate, key } = enforcement;
  return { AUTH: 'true', USE_SSL: '1', MINISTACK_SSL_CERT: certificate, MINISTACK_SSL_KEY: key };
}

/** Ends the emulator and the function workers it started; nothing happens where none runs. True when one did. */
export async function stopMinistack(place: LocalPlace): Promise<boolean> {
  const state = readJson<LocalState>(place.stateFile);
  if (!state) return false;
  const running = await isOurs(state);
  if (running) await endProcessGroup(state.pid);
  rmSync(state.tempDir, { recursive: true, force: true, maxRetries: 3 });
  removeFile(place.stateFile);
  return running;
}

/** The emulator or one of its workers still lives. By name: after a reboot the number may be another program's. */
async function isOurs({ pid, tempDir }: LocalState): Promise<boolean> {
  const commands = await processGroup(pid);
  return commands.some((command) => command.includes('ministack') || command.includes(tempDir));
}

export async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function waitUntilHealthy(
  state: LocalState,
  place: LocalPlace,
  hasEnded: () => boolean,
): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline) {
    if (await isHealthy(state.endpoint)) return;
    if (hasEnded()) {
      const reason = lastLine(readFileSync(place.logFile, 'utf8'));
      throw new LocalError(
        'start-failed',
        `The local AWS ended at once: ${reason || 'no reason given'} (${place.logFile}).`,
      );
    }
    await sleep(50);
  }
  throw new LocalError(
    'start-failed',
    `The local AWS did not answer within ${START_DEADLINE_MS / 1000} s: see ${place.logFile}.`,
  );
}

/** Throws when something else listens there. */
export async function refuseTakenPort(port: number): Promise<void> {
  if (!(await isListening(port))) return;
  const endpoint = `http://${HOST}:${port}`;
  if (await isHealthy(endpoint)) {
    throw new LocalError(
      'port-taken',
      `Port ${port} already serves a MiniStack that was not started from here: use it with AWS_ENDPOINT_URL=${endpoint}, or set POSTHORN_PORT to a free port.`,
    );
  }
  throw new LocalError(
    'port-taken',
    `Port ${port} is taken by another program: stop that one, or set POSTHORN_PORT to a free port.`,
  );
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
