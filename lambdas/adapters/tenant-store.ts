import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { batchGet, dynamodb, type Item, keyAfter } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';

/** A customer who owns endpoints. */
export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly dialect: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Goes up with every change of the tenant's endpoints; caches compare it. */
  readonly version: number;
  /** The tenant's data key, wrapped by the platform's KMS key. */
  readonly wrappedKey: Uint8Array;
}

export function tenantKey(tenantId: string): Item {
  return { pk: { S: `TENANT#${tenantId}` }, sk: { S: 'TENANT' } };
}

/** Stores a new tenant. @returns false where one of that id exists */
export async function createTenant(tenant: Tenant): Promise<boolean> {
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: readEnvironment('directoryTable'),
        Item: toItem(tenant),
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Reads a tenant, with everything written before. */
export async function getTenant(tenantId: string): Promise<Tenant | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: readEnvironment('directoryTable'),
      Key: tenantKey(tenantId),
      ConsistentRead: true,
    }),
  );
  return Item && fromItem(Item);
}

/** Reads the versions of tenants, with everything written before; tenants that do not exist are not there. */
export async function readTenantVersions(tenantIds: readonly string[]): Promise<Map<string, number>> {
  const table = readEnvironment('directoryTable');
  const keys = tenantIds.map(tenantKey);
  const found = await batchGet([{ table, keys, consistent: true, attributes: ['pk', 'version'] }]);
  const items = found.get(table) ?? [];
  return new Map(items.map((item) => [keyAfter('TENANT#', item.pk), Number(item.version?.N)]));
}

/** Lists tenants by id. */
export async function listTenants(
  limit: number,
  startKey?: Item,
): Promise<{ tenants: Tenant[]; nextKey?: Item }> {
  const { Items, LastEvaluatedKey } = await dynamodb.send(
    new QueryCommand({
      TableName: readEnvironment('directoryTable'),
      IndexName: 'by-kind',
      KeyConditionExpression: 'kpk = :kind',
      ExpressionAttributeValues: { ':kind': { S: 'TENANT' } },
      Limit: limit,
      ExclusiveStartKey: startKey,
    }),
  );
  return { tenants: (Items ?? []).map(fromItem), nextKey: LastEvaluatedKey };
}

function toItem(tenant: Tenant): Item {
  return {
    ...tenantKey(tenant.id),
    kpk: { S: 'TENANT' },
    ksk: { S: tenant.id },
    name: { S: tenant.name },
    dialect: { S: tenant.dialect },
    created_at: { N: String(tenant.createdAt) },
    version: { N: String(tenant.version) },
    wrapped_key: { B: tenant.wrappedKey },
  };
}

function fromItem(item: Item): Tenant {
  return {
    id: keyAfter('TENANT#', item.pk),
    name: item.name?.S ?? '',
    dialect: item.dialect?.S ?? '',
    createdAt: Number(item.created_at?.N),
    version: Number(item.version?.N),
    wrappedKey: item.wrapped_key?.B ?? new Uint8Array(),
  };
}
