import { spawn } from 'node:child_process';

export interface CommandResult {
  /** The exit code; -1 where the program could not be started or was killed. */
  readonly code: number;
  /** Standard output and standard error as they came. */
  readonly output: string;
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Called for each whole line as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Runs a program to its end and never throws: the caller knows what a failure means. */
export type RunCommand = (
  program: string,
  args: readonly string[],
  options?: CommandOptions,
) => Promise<CommandResult>;

export const runCommand: RunCommand = (program, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(program, args, {
      env: options.env ?? process.env,
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let rest = '';
    const take = (chunk: string) => {
      output += chunk;
      const lines = (rest + chunk).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) options.onLine?.(line);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) => resolve({ code: -1, output: output || error.message }));
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });

/** The last line that says anything, for quoting a failed program in one line. */
export function lastLine(output: string): string {
  return output.trim().split(/\r?\n/).at(-1)?.trim() ?? '';
}
