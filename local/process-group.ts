import { setTimeout as sleep } from 'node:timers/promises';
import { LocalError } from './local-error.ts';
import { runCommand } from './run-command.ts';

const STOP_DEADLINE_MS = 5_000;

/** The command lines of a process group's members. */
export async function processGroup(group: number): Promise<string[]> {
  const { code, output } = await runCommand('ps', ['-A', '-o', 'pgid=,command=']);
  if (code !== 0) {
    throw new LocalError(
      'ps-missing',
      'The program `ps` is missing: install it (Debian/Ubuntu: sudo apt install procps).',
    );
  }
  return output.split('\n').flatMap((line) => {
    const [, id, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return Number(id) === group ? [command] : [];
  });
}

/** SIGTERM to the whole group, and SIGKILL to whatever of it is left: a worker in a hung handler ignores the first. */
export async function endProcessGroup(group: number): Promise<void> {
  signalGroup(group, 'SIGTERM');
  const deadline = Date.now() + STOP_DEADLINE_MS;
  while (groupExists(group) && Date.now() < deadline) await sleep(50);
  signalGroup(group, 'SIGKILL');
  while (groupExists(group) && Date.now() < deadline + STOP_DEADLINE_MS) await sleep(20);
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

const groupExists = (group: number) => signalGroup(group, 0);
