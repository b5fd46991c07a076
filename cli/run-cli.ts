import { parseArgs } from 'node:util';
import { Posthorn, PosthornApiError, PosthornConnectionError } from '../client/posthorn.ts';
import type { Command } from './command.ts';
import { commandHelp, help } from './help.ts';
import { listen } from './listen.ts';
import { deliveries, events, resend } from './lists.ts';
import { readSettings, type SettingFlags } from './settings.ts';
import { trigger } from './trigger.ts';
import { UsageError } from './usage-error.ts';

export const COMMANDS: readonly Command[] = [listen, trigger, events, deliveries, resend];

export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Runs one command. @returns the exit code: 0, 1 where the API or the network failed, 2 for a wrong command line */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await dispatch(args, surroundings);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      surroundings.complain(`${error.message}\nRun "posthorn --help" for what there is.`);
      return 2;
    }
    if (error instanceof PosthornApiError || error instanceof PosthornConnectionError) {
      const requestId =
        error instanceof PosthornApiError && error.requestId ? ` (request ${error.requestId})` : '';
      surroundings.complain(`${error.message}${requestId}`);
      return 1;
    }
    throw error;
  }
}

async function dispatch(
  args: readonly string[],
  { environment, print, signal }: Surroundings,
): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help')
    return print(help(COMMANDS));
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    const names = COMMANDS.map((one) => one.name).join(', ');
    throw new UsageError(`${JSON.stringify(name)} is no command. Accepted: ${names}.`);
  }
  const { values, positionals } = readArguments(command, rest);
  if (values.help) return print(commandHelp(command));
  if (positionals.length !== command.wants.length) {
    throw new UsageError(
      `posthorn ${name} ${command.usage}: ${countWanted(command)}, ${positionals.length} given.`,
    );
  }
  const flags = values as SettingFlags & Readonly<Record<string, string | undefined>>;
  const settings = readSettings(flags, environment);
  const sdk = makeClient(settings.url, settings.key);
  await command.run({ sdk, settings, flags, positionals, json: values.json === true, print, signal });
}

function readArguments(command: Command, args: readonly string[]) {
  const names = ['url', 'key', 'tenant', 'dialect', 'config', ...Object.keys(command.flags)];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const switches = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args: [...args], options: { ...options, ...switches }, allowPositionals: true });
  } catch (cause) {
    throw new UsageError(`posthorn ${command.name}: ${(cause as Error).message}`, { cause });
  }
}

function countWanted({ wants }: Command): string {
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
