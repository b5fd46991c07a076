import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * The halves of an API key. As a bearer token they are joined by a full stop; HTTP Basic sends them as user and
 * password.
 */
export interface ApiKeyParts {
  /** Public: names the key. */
  readonly accessKey: string;
  /** Known to its owner alone; only its hash is stored. */
  readonly secretKey: string;
}

/** What a request shows to say who makes it: a tenant's key, or some other text that may be the operator's. */
export type Credentials =
  | ({ readonly kind: 'key' } & ApiKeyParts)
  | { readonly kind: 'other'; readonly text: string };

/** What a key is begins its public half: a tenant's, an operator's, or a portal link's token. */
const ACCESS_KEY = /^(?:ak|ok|pl)_[0-9A-Za-z]{22}$/;

/** Makes a key out of chance. @param accessId from makeId, behind `ak_`, `ok_` or `pl_` @param chance 32 random bytes */
export function makeApiKey(accessId: string, chance: Uint8Array): ApiKeyParts & { readonly key: string } {
  const secretKey = Buffer.from(chance).toString('base64url');
  return { accessKey: accessId, secretKey, key: `${accessId}.${secretKey}` };
}

/** SHA-256 of a secret key. */
export function hashSecretKey(secretKey: string): Buffer {
  return createHash('sha256').update(secretKey).digest();
}

/** Compares two texts without telling by the time it takes where they differ. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(hashSecretKey(a), hashSecretKey(b));
}

/** Reads the header `Authorization`: `Bearer <key>` (RFC 6750) or `Basic <access:secret>` (RFC 7617). */
export function readAuthorization(header: string | undefined): Credentials | undefined {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(header?.trim() ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return splitKey(value, '.');
  if (scheme.toLowerCase() !== 'basic') return undefined;
  return splitKey(Buffer.from(value, 'base64').toString('utf8'), ':');
}

function splitKey(text: string, separator: '.' | ':'): Credentials {
  const [accessKey = '', secretKey, ...rest] = text.split(separator);
  if (ACCESS_KEY.test(accessKey) && secretKey !== undefined && rest.length === 0) {
    return { kind: 'key', accessKey, secretKey };
  }
  // HTTP Basic with the operator's key as the password, whatever the user is called.
  return { kind: 'other', text: separator === ':' ? text.slice(text.indexOf(':') + 1) : text };
}
