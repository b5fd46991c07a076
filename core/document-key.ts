import { BY_SEGMENT, type DocumentPrefixes, USUAL_PREFIXES } from './document-prefixes.ts';
import { ID_PATTERN } from './event.ts';

/** S3's limit for a whole key, prefix and all, in bytes of UTF-8. */
export const MAX_KEY_BYTES = 1024;

/** Whose a document is, and where among the tenant's it lies. */
export interface DocumentPlace {
  readonly tenantId: string;
  /** Of at least one character, and never ending in a slash: such objects are what consoles make for folders. */
  readonly path: string;
}

/**
 * Whose an object is, by its key alone. Of several prefixes that fit, the longest decides.
 * @param key as it is, not URL-encoded
 * @returns undefined for what is no document: no tenant's prefix, or a folder's marker
 */
export function placeOfKey(
  key: string,
  prefixes: DocumentPrefixes = USUAL_PREFIXES,
): DocumentPlace | undefined {
  const prefix = longestPrefix(key, prefixes);
  if (prefix === undefined) return undefined;
  const owner = prefixes[prefix] as string;
  const rest = key.slice(prefix.length);
  const place = owner === BY_SEGMENT ? splitSegment(rest, prefixes) : { tenantId: owner, path: rest };
  if (place === undefined || place.path === '' || place.path.endsWith('/')) return undefined;
  return place;
}

/** The key that {@link placeOfKey} reads back; undefined where no prefix is the tenant's. */
export function keyOfPlace(
  { tenantId, path }: DocumentPlace,
  prefixes: DocumentPrefixes = USUAL_PREFIXES,
): string | undefined {
  const prefixOf = (owner: string) => Object.keys(prefixes).find((prefix) => prefixes[prefix] === owner);
  const own = prefixOf(tenantId);
  if (own !== undefined) return own + path;
  const common = prefixOf(BY_SEGMENT);
  return common === undefined ? undefined : `${common}${tenantId}/${path}`;
}

function longestPrefix(key: string, prefixes: DocumentPrefixes): string | undefined {
  return Object.keys(prefixes)
    .filter((prefix) => key.startsWith(prefix))
    .reduce<string | undefined>((longest, prefix) => {
      return longest === undefined || prefix.length > longest.length ? prefix : longest;
    }, undefined);
}

/** A tenant with a prefix of its own has no second one: two keys would be the same document. */
function splitSegment(rest: string, prefixes: DocumentPrefixes): DocumentPlace | undefined {
  const slash = rest.indexOf('/');
  const tenantId = rest.slice(0, Math.max(slash, 0));
  if (!ID_PATTERN.test(tenantId) || Object.values(prefixes).includes(tenantId)) return undefined;
  return { tenantId, path: rest.slice(slash + 1) };
}

/** What stands before the last slash is folders, what stands behind it the file's name. */
export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * What is wrong with a path that somebody wants to upload to, in words that follow its name; undefined where nothing is.
 * What is in the bucket already may be called otherwise.
 */
export function faultOfPath(
  place: DocumentPlace,
  prefixes: DocumentPrefixes = USUAL_PREFIXES,
): string | undefined {
  const { path } = place;
  if (!path.isWellFormed()) return 'must be well-formed Unicode, without half of a surrogate pair';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/.test(path))
    return 'must have no control characters';
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    return 'must be names joined by single slashes, none of them "." or ".."';
  // A POST to S3 puts the name of whatever file is sent in its place.
  if (/\$\{filename\}/.test(path)) return `must not have "\${filename}" in it`;
  const key = keyOfPlace(place, prefixes);
  if (key === undefined) return 'has no place: no prefix of the bucket is this tenant’s';
  // Where one tenant's prefix begins with another's.
  if (placeOfKey(key, prefixes)?.tenantId !== place.tenantId) return "leads into another tenant's prefix";
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) return `makes a key of ${bytes} bytes; at most ${MAX_KEY_BYTES} are accepted`;
  return undefined;
}
