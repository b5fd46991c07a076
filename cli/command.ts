import type { Posthorn } from '../client/posthorn.ts';
import type { Settings } from './settings.ts';

/** What a command that calls AWS, and not the API, is given. */
export interface PlainContext {
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly positionals: readonly string[];
  /** Whether output is JSON, one object a line. */
  readonly json: boolean;
  readonly print: (line: string) => void;
  /** Ends what would go on for ever. */
  readonly signal: AbortSignal;
}

export interface CommandContext extends PlainContext {
  readonly sdk: Posthorn;
  readonly settings: Settings;
}

/** How a command is called, and what it says of itself. */
export interface Usage {
  readonly name: string;
  /** Behind the command's name, e.g. `<type> [--data JSON]`. */
  readonly usage: string;
  readonly summary: string;
  /** Flags of its own, all with a value. */
  readonly flags: Readonly<Record<string, string>>;
  /** Names of the arguments that it must have. */
  readonly wants: readonly string[];
}

/** A command that calls the API. */
export interface Command extends Usage {
  readonly run: (context: CommandContext) => Promise<void>;
}

/** A command that wants neither the API's address nor a key. */
export interface PlainCommand extends Usage {
  readonly withoutApi: true;
  /** @returns the exit code */
  readonly run: (context: PlainContext) => Promise<number>;
}

/** What a query says about whose resources are meant. */
export function tenantQuery({ settings }: CommandContext): { tenant_id?: string } {
  return settings.tenant === undefined ? {} : { tenant_id: settings.tenant };
}
