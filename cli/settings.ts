import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError } from './usage-error.ts';

export interface Settings {
  readonly url: string;
  readonly key: string;
  /** Whose resources are meant; the operator's key needs it. */
  readonly tenant?: string;
  readonly dialect?: string;
}

/** Flags of every command. */
export interface SettingFlags {
  readonly url?: string;
  readonly key?: string;
  readonly tenant?: string;
  readonly dialect?: string;
  readonly config?: string;
}

export const CONFIG_FILE = '.posthorn.json';
const NAMES = ['url', 'key', 'tenant', 'dialect'] as const;

/** Where settings come from. */
interface Source {
  readonly name: string;
  /** Whether it came with a directory that somebody may have got from elsewhere, as a repository. */
  readonly isForeign?: boolean;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Where the platform is and who calls it: each setting from its flag, else from the environment (`POSTHORN_URL`, …),
 * else from the configuration file of the working directory, else from that of the home directory.
 * @param places the working directory, then the home directory
 * @throws UsageError where url or key is nowhere, or a file cannot be read; or where a key would be sent to where a file
 *   of the working directory says that did not bring it: whoever wrote that file would get the key
 */
export function readSettings(
  flags: SettingFlags,
  environment: NodeJS.ProcessEnv,
  places: readonly string[] = [process.cwd(), homedir()],
): Settings {
  const variables = NAMES.map((name) => [name, environment[variableOf(name)]]);
  const sources: readonly Source[] = [
    { name: 'a flag', values: { ...flags } },
    { name: 'the environment', values: Object.fromEntries(variables) },
    ...readConfigs(flags.config, places),
  ];
  const sourceOf = (name: string) => sources.find(({ values }) => values[name]);
  for (const name of ['url', 'key'] as const) {
    if (sourceOf(name)) continue;
    throw new UsageError(
      `${name} is missing. Give --${name}, ${variableOf(name)}, or "${name}" in ${CONFIG_FILE}.`,
    );
  }
  checkKeyStays(sourceOf('url') as Source, sourceOf('key') as Source, flags);
  return Object.fromEntries(NAMES.map((name) => [name, sourceOf(name)?.values[name]])) as unknown as Settings;
}

function variableOf(name: string): string {
  return `POSTHORN_${name.toUpperCase()}`;
}

function checkKeyStays(url: Source, key: Source, flags: SettingFlags): void {
  if (!url.isForeign || key === url || flags.key) return;
  throw new UsageError(
    `url is ${JSON.stringify(url.values.url)}, from ${url.name}, and the key is from ${key.name}: ` +
      'it is not sent where the working directory says. Where that is right, give --url or POSTHORN_URL, or put "key" beside "url".',
  );
}

/** The file that was named; else those that are there. */
function readConfigs(named: string | undefined, places: readonly string[]): Source[] {
  if (named !== undefined) return [readConfig(resolve(named), false)];
  const files = places.map((place) => join(place, CONFIG_FILE)).filter((file) => existsSync(file));
  // Reached by two names where somebody works in the home directory.
  const paths = [...new Set(files.map((file) => realpathSync(file)))];
  const home = join(places.at(-1) ?? '', CONFIG_FILE);
  const own = existsSync(home) ? realpathSync(home) : undefined;
  return paths.map((path) => readConfig(path, path !== own));
}

function readConfig(path: string, isForeign: boolean): Source {
  try {
    const values = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof values === 'object' && values !== null && !Array.isArray(values)) {
      return { name: path, isForeign, values };
    }
  } catch (cause) {
    // JSON.parse's own message would quote the file, which holds a key.
    const reason = cause instanceof SyntaxError ? 'it is not JSON' : (cause as NodeJS.ErrnoException).code;
    throw new UsageError(`The configuration file ${path} cannot be read: ${reason}.`, { cause });
  }
  throw new UsageError(`The configuration file ${path} must hold a JSON object.`);
}
