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
 * Whose an object is, by its key alone: `{tenant id}/{path}`.
 * @param key as it is, not URL-encoded
 * @returns undefined for what is no document: no tenant's prefix, or a folder's marker
 */
export function placeOfKey(key: string): DocumentPlace | undefined {
  const slash = key.indexOf('/');
  const [tenantId, path] = [key.slice(0, Math.max(slash, 0)), key.slice(slash + 1)];
  if (!ID_PATTERN.test(tenantId) || path === '' || path.endsWith('/')) return undefined;
  return { tenantId, path };
}

/** The key that {@link placeOfKey} reads back. */
export function keyOfPlace({ tenantId, path }: DocumentPlace): string {
  return `${tenantId}/${path}`;
}

/** What stands before the last slash is folders, what stands behind it the file's name. */
export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * What is wrong with a path that somebody wants to upload to, in words that follow its name; undefined where nothing is.
 * What is in the bucket already may be called otherwise.
 */
export function faultOfPath(place: DocumentPlace): string | undefined {
  const { path } = place;
  if (!path.isWellFormed()) return 'must be well-formed Unicode, without half of a surrogate pair';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/.test(path))
    return 'must have no control characters';
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    return 'must be names joined by single slashes, none of them "." or ".."';
  // A POST to S3 puts the name of whatever file is sent in its place.
  if (/\$\{filename\}/.test(path)) return `must not have "\${filename}" in it`;
  const bytes = Buffer.byteLength(keyOfPlace(place));
  if (bytes > MAX_KEY_BYTES) return `makes a key of ${bytes} bytes; at most ${MAX_KEY_BYTES} are accepted`;
  return undefined;
}
