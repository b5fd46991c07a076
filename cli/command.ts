import type { Posthorn } from '../client/posthorn.ts';
import type { Settings } from './settings.ts';

export interface CommandContext {
  readonly sdk: Posthorn;
  readonly settings: Settings;
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly positionals: readonly string[];
  /** Whether output is JSON, one object a line. */
  readonly json: boolean;
  readonly print: (line: string) => void;
  /** Ends what would go on for ever. */
  readonly signal: AbortSignal;
}

/** One command: how it is called, what it says of itself, and what it does. */
export interface Command {
  readonly name: string;
  /** Behind the command's name, e.g. `<type> [--data JSON]`. */
  readonly usage: string;
  readonly summary: string;
  /** Flags of its own, all with a value. */
  readonly flags: Readonly<Record<string, string>>;
  /** Names of the arguments that it must have. */
  readonly wants: readonly string[];
  readonly run: (context: CommandContext) => Promise<void>;
}

/** What a query says about whose resources are meant. */
export function tenantQuery({ settings }: CommandContext): { tenant_id?: string } {
  return settings.tenant === undefined ? {} : { tenant_id: settings.tenant };
}
