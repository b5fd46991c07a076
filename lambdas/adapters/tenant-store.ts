import {
  ConditionalCheckFailedException,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { TenantStatus } from '../../core/tenant.ts';
import { batchGet, dynamodb, type Item, keyAfter } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';
import { putNew } from './put-new.ts';

/** A customer who owns endpoints. */
export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly dialect: string;
  readonly status: TenantStatus;
  /** Whether the data of events must fit their types' schemas. */
  readonly validate: 'strict' | 'off';
  /** How many days its deliveries are kept; the platform's days where absent. */
  readonly keptDays?: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Goes up with every change of the tenant's endpoints; caches compare it. */
  readonly version: number;
  /** How many event types the tenant declared; and a number that goes up with every change of them. */
  readonly typesCount: number;
  readonly typesVersion: number;
  /** The tenant's data key, wrapped by the platform's KMS key. */
  readonly wrappedKey: Uint8Array;
}

export function tenantKey(tenantId: string): Item {
  return { pk: { S: `TENANT#${tenantId}` }, sk: { S: 'TENANT' } };
}

/** Stores a new tenant. @returns false where one of that id exists, or was deleted not long ago */
export function createTenant(tenant: Tenant): Promise<boolean> {
  // KMS makes another data key for every call.
  return putNew(readEnvironment('directoryTable'), toItem(tenant), ['wrapped_key']);
}

/** Reads a tenant, with everything written before; one whose deletion is done is not there. */
export async function getTenant(tenantId: string): Promise<Tenant | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: readEnvironment('directoryTable'),
      Key: tenantKey(tenantId),
      ConsistentRead: true,
    }),
  );
  return Item === undefined || Item.status?.S === 'deleted' ? undefined : fromItem(Item);
}

/** What may be changed of a tenant; null takes it away. */
export interface TenantChanges extends Partial<Pick<Tenant, 'name' | 'status' | 'validate'>> {
  readonly kept_days?: number | null;
}

/** Changes a tenant. @returns what it is now; undefined where there is none, or it is being deleted */
export async function updateTenant(tenantId: string, changes: TenantChanges): Promise<Tenant | undefined> {
  const changed = Object.entries(changes).filter(([, value]) => value !== undefined);
  const set = changed.filter(([, value]) => value !== null);
  const removed = changed.filter(([, value]) => value === null);
  const expression = [
    ...(set.length > 0 ? [`SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`] : []),
    ...(removed.length > 0 ? [`REMOVE ${removed.map(([name]) => `#${name}`).join(', ')}`] : []),
  ].join(' ');
  const exists = 'attribute_exists(pk)';
  const staysThere = '(attribute_not_exists(#status) OR #status IN (:active, :disabled))';
  try {
    const { Attributes } = await dynamodb.send(
      new UpdateItemCommand({
        TableName: readEnvironment('directoryTable'),
        Key: tenantKey(tenantId),
        UpdateExpression: expression === '' ? undefined : expression,
        ConditionExpression: `${exists} AND ${staysThere}`,
        ExpressionAttributeNames: {
          '#status': 'status',
          ...Object.fromEntries(changed.map(([name]) => [`#${name}`, name])),
        },
        ExpressionAttributeValues: {
          ':active': { S: 'active' },
          ':disabled': { S: 'disabled' },
          ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, attributeOf(value)])),
        },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes && fromItem(Attributes);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

function attributeOf(value: string | number): Item[string] {
  return typeof value === 'number' ? { N: String(value) } : { S: value };
}

/** Starts a tenant's end. @returns what it is now; undefined where there is none */
export async function markDeleting(tenantId: string): Promise<Tenant | undefined> {
  const isThere = 'attribute_exists(pk) AND (attribute_not_exists(#status) OR #status <> :deleted)';
  try {
    const { Attributes } = await dynamodb.send(
      new UpdateItemCommand({
        TableName: readEnvironment('directoryTable'),
        Key: tenantKey(tenantId),
        UpdateExpression: 'SET #status = :deleting',
        ConditionExpression: isThere,
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':deleting': { S: 'deleting' }, ':deleted': { S: 'deleted' } },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes && fromItem(Attributes);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
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
    status: { S: tenant.status },
    validate: { S: tenant.validate },
    ...(tenant.keptDays !== undefined && { kept_days: { N: String(tenant.keptDays) } }),
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
    status: (item.status?.S ?? 'active') as TenantStatus,
    validate: item.validate?.S === 'strict' ? 'strict' : 'off',
    keptDays: item.kept_days?.N === undefined ? undefined : Number(item.kept_days.N),
    createdAt: Number(item.created_at?.N),
    version: Number(item.version?.N),
    typesCount: Number(item.types_count?.N ?? 0),
    typesVersion: Number(item.types_version?.N ?? 0),
    wrappedKey: item.wrapped_key?.B ?? new Uint8Array(),
  };
}
