import type { Dialect } from '../../core/dialects/dialect.ts';
import { DIALECTS, resolveDialect } from '../../core/dialects/index.ts';
import { readOptionalEnvironment } from './environment.ts';

let extra: readonly Dialect[] | undefined;

/** The dialects of this deployment: the built-in ones and those that its settings add. */
export function deployedDialects(): readonly Dialect[] {
  extra ??= JSON.parse(readOptionalEnvironment('extraDialects') ?? '[]') as Dialect[];
  return [...Object.values(DIALECTS), ...extra];
}

/** A dialect of this deployment by its name. */
export function findDialect(name: string): Dialect | undefined {
  deployedDialects();
  return resolveDialect(name, extra);
}

/**
 * The dialect that a stored tenant or endpoint names.
 * @throws Error where a later deployment no longer has it
 */
export function requireDialect(name: string): Dialect {
  const dialect = findDialect(name);
  if (dialect === undefined) throw new Error(`This deployment has no dialect named "${name}".`);
  return dialect;
}
