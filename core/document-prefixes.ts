import { quote } from './errors.ts';
import { ID_PATTERN } from './event.ts';

/** Whose the keys are that begin so: a tenant's id, or {@link BY_SEGMENT}. */
export type DocumentPrefixes = Readonly<Record<string, string>>;

/** What stands between the prefix and the next slash is the tenant's id. */
export const BY_SEGMENT = '*';

/** Keys are `{tenant id}/{path}`. */
export const USUAL_PREFIXES: DocumentPrefixes = { '': BY_SEGMENT };

/** What is wrong with a mapping, quoted; undefined where nothing is. */
export function faultOfPrefixes(prefixes: DocumentPrefixes): string | undefined {
  const owners = Object.values(prefixes);
  if (owners.length === 0) return 'an empty mapping';
  const bad = Object.entries(prefixes).find(([prefix, owner]) => !isPrefix(prefix) || !isOwner(owner));
  if (bad !== undefined) return `${quote(bad[0])}: ${quote(bad[1])}`;
  const twice = owners.find((owner, i) => owners.indexOf(owner) !== i);
  return twice === undefined ? undefined : `two prefixes for ${quote(twice)}`;
}

function isPrefix(prefix: string): boolean {
  return prefix === '' || (prefix.endsWith('/') && !prefix.startsWith('/') && !/[*?$]/.test(prefix));
}

function isOwner(owner: unknown): boolean {
  return typeof owner === 'string' && (owner === BY_SEGMENT || ID_PATTERN.test(owner));
}
