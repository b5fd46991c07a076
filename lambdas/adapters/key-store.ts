import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { dynamodb, type Item, keyAfter } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';
import { putNew } from './put-new.ts';

/** What a tenant's key may do: everything, publish, or (a portal link's token) what its dashboard does. */
export type TenantKeyScope = 'tenant' | 'publish' | 'portal';

interface KeyIdentity {
  readonly id: string;
  readonly accessKey: string;
  readonly name?: string;
  /** SHA-256 of the secret key; a slow hash would add nothing to 256 bits of chance. */
  readonly secretHash: Uint8Array;
  readonly createdAt: number;
  /** Milliseconds since 1970, where the key ends by itself. */
  readonly expiresAt?: number;
}

/** Whose key it is, and what it may do. */
export type KeyOwner =
  | { readonly scope: 'operator' }
  | { readonly scope: TenantKeyScope; readonly tenantId: string };

/** A key, without its secret half. */
export type StoredKey = KeyIdentity & KeyOwner;

/** Whose keys: a tenant's by its id, or the operators'. */
export type KeyRing = { readonly tenantId: string } | 'operators';

function keyKey(accessKey: string): Item {
  return { pk: { S: `KEY#${accessKey}` }, sk: { S: 'KEY' } };
}

/** Where the keys of one owner are listed in the index by-kind. */
function ringKey(ring: KeyRing): string {
  return ring === 'operators' ? 'OPERATOR_KEYS' : `KEYS#${ring.tenantId}`;
}

/** Stores a new key. One that expires is removed by the table's TTL. */
export async function putKey(key: StoredKey): Promise<void> {
  const ring = key.scope === 'operator' ? 'operators' : key;
  const Item: Item = {
    ...keyKey(key.accessKey),
    kpk: { S: ringKey(ring) },
    ksk: { S: key.id },
    id: { S: key.id },
    scope: { S: key.scope },
    secret_hash: { B: key.secretHash },
    created_at: { N: String(key.createdAt) },
    ...(key.scope !== 'operator' && { tenant_id: { S: key.tenantId } }),
    ...(key.name !== undefined && { name: { S: key.name } }),
    ...(key.expiresAt !== undefined && {
      expires_at: { N: String(key.expiresAt) },
      ttl: { N: String(Math.ceil(key.expiresAt / 1000)) },
    }),
  };
  if (await putNew(readEnvironment('directoryTable'), Item, ['secret_hash'])) return;
  throw new Error(`There is a key ${key.accessKey} already.`);
}

/** Reads a key by its public half, with everything written before: a new key works at once. */
export async function getKey(accessKey: string): Promise<StoredKey | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: readEnvironment('directoryTable'),
      Key: keyKey(accessKey),
      ConsistentRead: true,
    }),
  );
  return Item && fromItem({ ...Item, ...keyKey(accessKey) });
}

/** Lists keys of one owner by age, by an index that follows the table in a moment. @param prefix of their ids */
export async function listKeys(
  ring: KeyRing,
  prefix: string,
  limit: number,
  afterAccessKey?: string,
): Promise<{ keys: StoredKey[]; more: boolean }> {
  const kpk = { S: ringKey(ring) };
  const start = afterAccessKey && {
    ...keyKey(afterAccessKey),
    kpk,
    ksk: { S: prefix + afterAccessKey.slice('ak_'.length) },
  };
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(
    new QueryCommand({
      TableName: readEnvironment('directoryTable'),
      IndexName: 'by-kind',
      KeyConditionExpression: 'kpk = :ring AND begins_with(ksk, :prefix)',
      ExpressionAttributeValues: { ':ring': kpk, ':prefix': { S: prefix } },
      Limit: limit,
      ExclusiveStartKey: start || undefined,
    }),
  );
  return { keys: Items.map(fromItem), more: LastEvaluatedKey !== undefined };
}

/** Deletes a key. @returns false where its owner has none of that public half */
export async function deleteKey(ring: KeyRing, accessKey: string): Promise<boolean> {
  const [attribute, owner] = ring === 'operators' ? ['scope', 'operator'] : ['tenant_id', ring.tenantId];
  try {
    await dynamodb.send(
      new DeleteItemCommand({
        TableName: readEnvironment('directoryTable'),
        Key: keyKey(accessKey),
        ConditionExpression: '#attribute = :owner',
        ExpressionAttributeNames: { '#attribute': attribute },
        ExpressionAttributeValues: { ':owner': { S: owner } },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function fromItem(item: Item): StoredKey {
  const scope = item.scope?.S as StoredKey['scope'];
  return {
    id: item.id?.S as string,
    accessKey: keyAfter('KEY#', item.pk),
    name: item.name?.S,
    secretHash: item.secret_hash?.B as Uint8Array,
    createdAt: Number(item.created_at?.N),
    expiresAt: item.expires_at?.N === undefined ? undefined : Number(item.expires_at.N),
    ...(scope === 'operator' ? { scope } : { scope, tenantId: item.tenant_id?.S as string }),
  };
}
