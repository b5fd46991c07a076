import { timingSafeEqual } from 'node:crypto';
import { type Credentials, hashSecretKey, readAuthorization, sameText } from '../../core/api-key.ts';
import { PosthornError } from '../../core/errors.ts';
import { TimedCache } from '../adapters/cache.ts';
import { getKey, type StoredKey, type TenantKeyScope } from '../adapters/key-store.ts';
import { readOperatorKey } from '../adapters/operator-key.ts';

/** Who makes a request. */
export type Caller = CallerKey &
  (
    | { readonly kind: 'operator' }
    | { readonly kind: 'tenant'; readonly tenantId: string; readonly scope: TenantKeyScope }
  );

interface CallerKey {
  /** The key's public half; the operator's first key, in Secrets Manager, has none. */
  readonly accessKey?: string;
}

/** How long a revoked key may still work, and a new one be unknown to a container that asked too early. */
export const KEY_CACHE_MS = 60_000;
const UNKNOWN_KEY_CACHE_MS = 5_000;

const keys = new TimedCache<StoredKey>(10_000, KEY_CACHE_MS);
/** Somebody who guesses keys costs a read per key and five seconds, and no more memory than this. */
const unknownKeys = new TimedCache<true>(1_000, UNKNOWN_KEY_CACHE_MS);

/**
 * Finds out who makes a request.
 * @throws PosthornError `unauthorized`; it does not say which half was wrong
 */
export async function authenticate(authorization: string | undefined): Promise<Caller> {
  const credentials = readAuthorization(authorization);
  if (credentials === undefined) {
    throw new PosthornError(
      'unauthorized',
      'No key was sent. Send it as "Authorization: Bearer <key>", or the access key and the secret key by HTTP Basic.',
    );
  }
  const caller =
    credentials.kind === 'key' ? await findHolder(credentials) : await findOperator(credentials.text);
  if (caller === undefined) throw new PosthornError('unauthorized', 'The key is unknown, or was revoked.');
  return caller;
}

async function findOperator(text: string): Promise<Caller | undefined> {
  return sameText(text, await readOperatorKey()) ? { kind: 'operator' } : undefined;
}

async function findHolder(credentials: Extract<Credentials, { kind: 'key' }>): Promise<Caller | undefined> {
  const key = await findKey(credentials.accessKey);
  if (key === undefined || !timingSafeEqual(hashSecretKey(credentials.secretKey), key.secretHash))
    return undefined;
  if (key.expiresAt !== undefined && key.expiresAt <= Date.now()) return undefined;
  const { accessKey } = key;
  if (key.scope === 'operator') return { kind: 'operator', accessKey };
  return { kind: 'tenant', tenantId: key.tenantId, scope: key.scope, accessKey };
}

async function findKey(accessKey: string): Promise<StoredKey | undefined> {
  const cached = keys.get(accessKey);
  if (cached !== undefined || unknownKeys.get(accessKey)) return cached;
  const key = await getKey(accessKey);
  if (key === undefined) unknownKeys.set(accessKey, true);
  else keys.set(accessKey, key);
  return key;
}
