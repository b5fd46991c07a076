import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamodb, type Item } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';

export type KeyScope = 'tenant' | 'publish';

/** An API key, without its secret half. */
export interface StoredKey {
  readonly id: string;
  readonly tenantId: string;
  readonly accessKey: string;
  readonly scope: KeyScope;
  /** SHA-256 of the secret key; a slow hash would add nothing to 256 bits of chance. */
  readonly secretHash: Uint8Array;
  readonly createdAt: number;
}

function keyKey(accessKey: string): Item {
  return { pk: { S: `KEY#${accessKey}` }, sk: { S: 'KEY' } };
}

/** Stores a new key. */
export async function putKey(key: StoredKey): Promise<void> {
  await dynamodb.send(
    new PutItemCommand({
      TableName: readEnvironment('directoryTable'),
      Item: {
        ...keyKey(key.accessKey),
        kpk: { S: `KEYS#${key.tenantId}` },
        ksk: { S: key.id },
        id: { S: key.id },
        tenant_id: { S: key.tenantId },
        scope: { S: key.scope },
        secret_hash: { B: key.secretHash },
        created_at: { N: String(key.createdAt) },
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    }),
  );
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
  if (Item === undefined) return undefined;
  return {
    id: Item.id?.S as string,
    tenantId: Item.tenant_id?.S as string,
    accessKey,
    scope: Item.scope?.S as KeyScope,
    secretHash: Item.secret_hash?.B as Uint8Array,
    createdAt: Number(Item.created_at?.N),
  };
}
