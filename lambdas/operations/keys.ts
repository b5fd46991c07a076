import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { hashSecretKey, makeApiKey } from '../../core/api-key.ts';
import { PosthornError, quote } from '../../core/errors.ts';
import { ID_RANDOM_BYTES, makeId } from '../../core/ids.ts';
import {
  deleteKey,
  getKey,
  type KeyOwner,
  type KeyRing,
  listKeys,
  putKey,
  type StoredKey,
} from '../adapters/key-store.ts';
import { queueNotices } from '../adapters/notice-queue.ts';
import { page, readCursor, requireTenant, showTime, text, writeCursor } from './common.ts';
import { keyListSchema, newKeySchema, operatorKeyExample } from './key-schemas.ts';
import { defineOperation } from './operation.ts';

/** A key's id is its public half behind `key_`, so that one read by its id needs no index. */
const ID_PREFIX = 'key_';
const KEY_ID = /^key_([0-9A-Za-z]{22})$/;

const keyName = text(100).min(1).optional().meta({ example: 'shop' });

const tenantKeyOperations = [
  defineOperation({
    method: 'POST',
    path: '/v1/tenants/{id}/api-keys',
    access: 'tenant',
    summary: 'Create an API key; its secret is shown here and nowhere else',
    body: z.strictObject({ scope: z.enum(['tenant', 'publish']), name: keyName }),
    status: 201,
    response: newKeySchema,
    run: async ({ caller, params, body, now }) => {
      const tenant = await requireTenant(caller, params.id, 'id');
      return makeKey({ scope: body.scope, tenantId: tenant.id }, body.name, now);
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/tenants/{id}/api-keys',
    access: 'tenant',
    summary: 'List API keys, oldest first, without their secrets',
    description: 'A key that was just made is listed after a moment.',
    query: z.strictObject(page),
    status: 200,
    response: keyListSchema,
    run: async ({ caller, params, query }) => {
      const tenant = await requireTenant(caller, params.id, 'id');
      return showKeys({ tenantId: tenant.id }, 'ak_', query.limit, query.cursor);
    },
  }),
  defineOperation({
    method: 'DELETE',
    path: '/v1/tenants/{id}/api-keys/{key_id}',
    access: 'tenant',
    summary: 'Revoke an API key',
    description: 'Within 60 seconds it is refused everywhere.',
    status: 204,
    response: null,
    run: async ({ caller, params, now }) => {
      const tenant = await requireTenant(caller, params.id, 'id');
      await revokeKey({ tenantId: tenant.id }, 'ak_', params.key_id, now);
    },
  }),
];

const operatorKeyOperations = [
  defineOperation({
    method: 'POST',
    path: '/v1/operator-keys',
    access: 'operator',
    summary: "Create an operator's key; its secret is shown here and nowhere else",
    body: z.strictObject({ name: keyName }),
    status: 201,
    response: newKeySchema,
    examples: { response: operatorKeyExample },
    run: ({ body, now }) => makeKey({ scope: 'operator' }, body.name, now),
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/operator-keys',
    access: 'operator',
    summary: "List operators' keys, oldest first, without their secrets",
    description: 'The first one, which the deployment made, is in Secrets Manager and not listed.',
    query: z.strictObject(page),
    status: 200,
    response: keyListSchema,
    run: ({ query }) => showKeys('operators', 'ok_', query.limit, query.cursor),
  }),
  defineOperation({
    method: 'DELETE',
    path: '/v1/operator-keys/{key_id}',
    access: 'operator',
    summary: "Revoke an operator's key",
    description:
      'Within 60 seconds it is refused everywhere. The first one cannot be revoked here: put another value into its secret in Secrets Manager.',
    status: 204,
    response: null,
    run: ({ params, now }) => revokeKey('operators', 'ok_', params.key_id, now),
  }),
];

export const keyOperations = [...tenantKeyOperations, ...operatorKeyOperations];

type KeyPrefix = 'ak_' | 'ok_';

/** A key that is not stored yet. @param prefix what its kind's public half begins with */
export function newKey(prefix: KeyPrefix | 'pl_', now: number) {
  const tail = makeId('', now, randomBytes(ID_RANDOM_BYTES));
  const made = makeApiKey(prefix + tail, randomBytes(32));
  return { tail, made, stored: { accessKey: made.accessKey, secretHash: hashSecretKey(made.secretKey) } };
}

async function makeKey(owner: KeyOwner, name: string | undefined, now: number) {
  const { tail, made, stored } = newKey(owner.scope === 'operator' ? 'ok_' : 'ak_', now);
  const key: StoredKey = { ...stored, ...owner, id: ID_PREFIX + tail, name, createdAt: now };
  await putKey(key);
  return { ...showKey(key), key: made.key, secret_key: made.secretKey };
}

/** A key as the API shows it; its secret was shown when it was made. */
function showKey({ id, name, accessKey, scope, createdAt }: StoredKey) {
  // Portal links have ids of another prefix, so none is in a list of keys.
  const keyScope = scope as Exclude<typeof scope, 'portal'>;
  return { id, name, access_key: accessKey, scope: keyScope, created_at: showTime(createdAt) };
}

async function showKeys(ring: KeyRing, prefix: KeyPrefix, limit: number, cursor: string | undefined) {
  const after = readCursor(cursor, z.tuple([z.string().regex(KEY_ID)]))?.[0];
  const { keys, more } = await listKeys(ring, ID_PREFIX, limit, after && publicHalf(prefix, after));
  const last = keys.at(-1);
  return {
    keys: keys.map(showKey),
    next_cursor: more && last !== undefined ? writeCursor([last.id]) : null,
  };
}

async function revokeKey(
  ring: KeyRing,
  prefix: KeyPrefix,
  id: string | undefined,
  now: number,
): Promise<void> {
  const accessKey = publicHalf(prefix, id ?? '');
  const key = accessKey === undefined ? undefined : await getKey(accessKey);
  if (key !== undefined && isOf(key, ring)) {
    const { scope, name } = key;
    const owner = ring === 'operators' ? {} : ring;
    // Before the key is deleted, so that no revocation goes untold; it is told once the key is gone.
    await queueNotices(
      [{ kind: 'key', ...owner, keyId: key.id, accessKey: key.accessKey, scope, name, at: now }],
      now,
      now + 1_000,
    );
    // It was there: where it is not any more, an answer to this very call was lost, or somebody else revoked it too.
    await deleteKey(ring, key.accessKey);
    return;
  }
  throw new PosthornError('not_found', `There is no key ${quote(id ?? '')}.`);
}

function isOf(key: StoredKey, ring: KeyRing): boolean {
  return key.scope === 'operator'
    ? ring === 'operators'
    : ring !== 'operators' && ring.tenantId === key.tenantId;
}

function publicHalf(prefix: KeyPrefix, id: string): string | undefined {
  const tail = KEY_ID.exec(id)?.[1];
  return tail && prefix + tail;
}
