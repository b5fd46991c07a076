import { arka } from './arka.ts';
import { arken } from './arken.ts';
import { arky } from './arky.ts';
import type { Dialect } from './dialect.ts';
import { generic } from './generic.ts';
import { promptha } from './promptha.ts';
import { standard } from './standard.ts';

/** Every dialect that ships with the platform, by name. */
export const DIALECTS = { arka, arky, promptha, generic, arken, standard } as const satisfies Readonly<
  Record<string, Dialect>
>;

/**
 * The dialect of that name, or undefined. A built-in name always means the built-in dialect: an operator's extra
 * one never changes what existing receivers see.
 */
export function resolveDialect(name: string, extra: readonly Dialect[] = []): Dialect | undefined {
  return [...Object.values(DIALECTS), ...extra].find((dialect) => dialect.name === name);
}
