import type { Command, PlainCommand, Usage } from './command.ts';
import { CONFIG_FILE } from './settings.ts';

const COMMON: Readonly<Record<string, string>> = {
  url: "the API's address (POSTHORN_URL)",
  key: 'an API key (POSTHORN_KEY)',
  tenant: "whose resources are meant; the operator's key needs it (POSTHORN_TENANT)",
  dialect: "the tenant's dialect, where a command cannot find it out (POSTHORN_DIALECT)",
  config: `a configuration file, instead of ${CONFIG_FILE} here or in the home directory`,
};

export function help(commands: readonly Usage[]): string {
  return `Calls a Posthorn deployment.

Usage: posthorn <command> [options]

${printTable(Object.fromEntries(commands.map(({ name, summary }) => [name, summary])))}

"posthorn <command> --help" shows a command's options.

Settings, from flags, else from the environment, else from ${CONFIG_FILE} here, else in the home directory
({"url": "https://…", "key": "…", "tenant": "…", "dialect": "…"}):

${printFlags(COMMON)}

Exit codes: 0, 1 where it failed or found something wrong, 2 for a wrong command line.`;
}

export function commandHelp(command: Command | PlainCommand): string {
  const { name, usage, summary, flags } = command;
  const common = 'withoutApi' in command ? {} : COMMON;
  const own = Object.keys(flags).length > 0 ? `${printFlags(flags)}\n` : '';
  return `${summary}

Usage: posthorn ${name} ${usage}

${own}${printFlags({ ...common, json: 'print JSON, one object a line' })}`;
}

function printFlags(flags: Readonly<Record<string, string>>): string {
  return printTable(Object.fromEntries(Object.entries(flags).map(([name, text]) => [`--${name}`, text])));
}

function printTable(rows: Readonly<Record<string, string>>): string {
  const width = Math.max(12, ...Object.keys(rows).map((name) => name.length));
  return Object.entries(rows)
    .map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)
    .join('\n');
}
