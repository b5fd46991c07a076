import { parseArgs } from 'node:util';
import { Posthorn, PosthornApiError, PosthornConnectionError } from '../client/posthorn.ts';
import { checkBucket } from './check-bucket.ts';
import type { Command, PlainCommand, Usage } from './command.ts';
import { commandHelp, help } from './help.ts';
import { listen } from './listen.ts';
import { deliveries, events, resend } from './lists.ts';
import { readSettings, type SettingFlags } from './settings.ts';
import { recover, sendMissed, tasks } from './tasks.ts';
import { trigger } from './trigger.ts';
import { UsageError } from './usage-error.ts';

export const COMMANDS: readonly (Command | PlainCommand)[] = [
  listen,
  trigger,
  events,
  deliveries,
  resend,
  recover,
  sendMissed,
  tasks,
  checkBucket,
];

export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Runs one command. @returns the exit code: 0, 1 where it failed or found something wrong, 2 for a wrong command line */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    return await dispatch(args, surroundings);
  } catch (error) {
    if (error instanceof UsageError) {
      surroundings.complain(`${error.message}\nRun "posthorn --help" for what there is.`);
      return 2;
    }
    if (error instanceof PosthornApiError || error instanceof PosthornConnectionError) {
      const requestId =
        error instanceof PosthornApiError && error.requestId ? ` (request ${error.requestId})` : '';
      surroundings.complain(`${error.message}${reasonOf(error)}${requestId}`);
      return 1;
    }
    throw error;
  }
}

/** Why nothing came back, e.g. ` (connect ECONNREFUSED 127.0.0.1:4566)`: fetch says no more than "fetch failed". */
function reasonOf({ cause }: Error): string {
  const { code, message } = ((cause as Error | undefined)?.cause ?? {}) as {
    code?: string;
    message?: string;
  };
  const reason = message || code;
  return reason === undefined ? '' : ` (${reason})`;
}

async function dispatch(
  args: readonly string[],
  { environment, print, signal }: Surroundings,
): Promise<number> {
  const [name, ...rest] = args[0] === 'help' && args[1] !== undefined ? [args[1], '--help'] : args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    print(help(COMMANDS));
    return 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    const names = COMMANDS.map((one) => one.name).join(', ');
    throw new UsageError(`${JSON.stringify(name)} is no command. Accepted: ${names}.`);
  }
  const { values, positionals } = readArguments(command, rest);
  if (values.help) {
    print(commandHelp(command));
    return 0;
  }
  if (positionals.length !== command.wants.length) {
    throw new UsageError(
      `posthorn ${name} ${command.usage}: ${countWanted(command)}, ${positionals.length} given.`,
    );
  }
  const flags = values as SettingFlags & Readonly<Record<string, string | undefined>>;
  const context = { flags, positionals, json: values.json === true, print, signal };
  if ('withoutApi' in command) return command.run(context);
  const settings = readSettings(flags, environment);
  const sdk = makeClient(settings.url, settings.key);
  await command.run({ ...context, sdk, settings });
  return 0;
}

function readArguments(command: Command | PlainCommand, args: readonly string[]) {
  const common = 'withoutApi' in command ? [] : ['url', 'key', 'tenant', 'dialect', 'config'];
  const names = [...common, ...Object.keys(command.flags)];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const switches = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args: [...args], options: { ...options, ...switches }, allowPositionals: true });
  } catch (cause) {
    throw new UsageError(`posthorn ${command.name}: ${(cause as Error).message}`, { cause });
  }
}

function countWanted({ wants }: Usage): string {
  return wants.length === 0
    ? 'no arguments are wanted'
    : `${wants.map((want) => `<${want}>`).join(' ')} is wanted`;
}

function makeClient(baseUrl: string, apiKey: string): Posthorn {
  try {
    return new Posthorn({ baseUrl, apiKey });
  } catch (cause) {
    throw new UsageError((cause as Error).message.replace(/^baseUrl/, 'url'), { cause });
  }
}
