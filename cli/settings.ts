import { existsSync, readFileSync } from 'node:fs';
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

/**
 * Where the platform is and who calls it: each setting from its flag, else from the environment (`POSTHORN_URL`, …),
 * else from the configuration file.
 * @throws UsageError where url or key is nowhere, or the file cannot be read
 */
export function readSettings(
  flags: SettingFlags,
  environment: NodeJS.ProcessEnv,
  places: readonly string[] = [process.cwd(), homedir()],
): Settings {
  const file = readConfig(flags.config, places);
  const found = Object.fromEntries(
    NAMES.map((name) => [name, flags[name] || environment[`POSTHORN_${name.toUpperCase()}`] || file[name]]),
  );
  for (const name of ['url', 'key'] as const) {
    if (found[name]) continue;
    throw new UsageError(
      `${name} is missing. Give --${name}, POSTHORN_${name.toUpperCase()}, or "${name}" in ${CONFIG_FILE}.`,
    );
  }
  return found as unknown as Settings;
}

function readConfig(named: string | undefined, places: readonly string[]): Partial<Settings> {
  const path =
    named === undefined ? places.map((place) => join(place, CONFIG_FILE)).find(existsSync) : resolve(named);
  if (path === undefined) return {};
  try {
    const config = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config;
  } catch (cause) {
    // JSON.parse's own message would quote the file, which holds a key.
    const reason = cause instanceof SyntaxError ? 'it is not JSON' : (cause as NodeJS.ErrnoException).code;
    throw new UsageError(`The configuration file ${path} cannot be read: ${reason}.`, { cause });
  }
  throw new UsageError(`The configuration file ${path} must hold a JSON object.`);
}
