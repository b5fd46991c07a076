import type { StoredEvent } from './event.ts';
import { isRawNumber } from './json.ts';

/** Members of `data` (dotted paths) and the values of which one must stand there. */
export type EventFilters = Readonly<Record<string, readonly (string | number | boolean | null)[]>>;

/** What decides whether an endpoint gets an event. */
export interface Subscription {
  readonly active: boolean;
  readonly events: readonly string[];
  readonly filters?: EventFilters;
  /** Whether it wants what the platform says of itself, and nothing else. */
  readonly operational?: boolean;
}

/** `order.paid`, `order.*` (everything below), or `*`. */
export const EVENT_PATTERN = /^(?:\*|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?:\.\*)?)$/;

/**
 * Whether an endpoint gets an event.
 * @param data parsed lazily: most endpoints have no filter
 */
export function matches(
  endpoint: Subscription,
  { type, operational = false }: Pick<StoredEvent, 'type' | 'operational'>,
  data: () => unknown,
): boolean {
  if (!endpoint.active || (endpoint.operational ?? false) !== operational) return false;
  if (!endpoint.events.some((pattern) => matchesType(pattern, type))) return false;
  return endpoint.filters === undefined || passesFilters(endpoint.filters, data());
}

/** Whether a pattern names a type: exact, `order.*`, or `*`. */
export function matchesType(pattern: string, type: string): boolean {
  if (pattern === '*' || pattern === type) return true;
  return pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1));
}

/** Whether every filtered member of the data is one of the wanted values (or a list that holds one). */
export function passesFilters(filters: EventFilters, data: unknown): boolean {
  return Object.entries(filters).every(([path, wanted]) => {
    const found = readPath(data, path);
    const values = Array.isArray(found) ? found : [found];
    return values.some((value) => wanted.some((candidate) => equals(value, candidate)));
  });
}

/** A member named as written wins over a path of members: `a.b` may be one key. */
function readPath(data: unknown, path: string): unknown {
  let value: unknown = data;
  if (isRecord(value) && Object.hasOwn(value, path)) return value[path];
  for (const key of path.split('.')) {
    if (!isRecord(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A number too long for a double is wanted by its digits, as text. */
function equals(value: unknown, wanted: string | number | boolean | null): boolean {
  return isRawNumber(value) ? value.rawJSON === wanted : value === wanted;
}
