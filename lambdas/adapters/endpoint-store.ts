import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Endpoint } from '../../core/endpoint.ts';
import type { Item } from './dynamodb.ts';
import { endpointKey, type StoredEndpoint, toItem } from './endpoint-items.ts';
import { readEnvironment, readOptionalEnvironment } from './environment.ts';
import { tenantKey } from './tenant-store.ts';
import { transact } from './transact.ts';

/**
 * Stores a new endpoint, and lets every cache of the tenant's endpoints know.
 * @param tenantVersion the tenant's version that must not have changed; any where absent
 * @returns false where it exists, the tenant does not, or its endpoints were changed
 */
export function createEndpoint(endpoint: StoredEndpoint, tenantVersion?: number): Promise<boolean> {
  const put = { ...table(), Item: toItem(endpoint), ConditionExpression: 'attribute_not_exists(pk)' };
  return changeEndpoints(endpoint.tenantId, [{ Put: put }], tenantVersion);
}

/** Replaces an endpoint that was read at `readAt`. @returns false where it was changed or deleted since */
export function replaceEndpoint(endpoint: StoredEndpoint, readAt: number): Promise<boolean> {
  return changeEndpoints(endpoint.tenantId, [
    {
      Put: {
        ...table(),
        Item: toItem(endpoint),
        ConditionExpression: 'updated_at = :read',
        ExpressionAttributeValues: { ':read': { N: String(readAt) } },
      },
    },
  ]);
}

/** Disables an endpoint because of what it answered. @returns false where it is gone or disabled already */
export function disableEndpoint(
  tenantId: string,
  endpointId: string,
  reason: string,
  now: number,
): Promise<boolean> {
  return changeEndpoints(tenantId, [
    {
      Update: {
        ...table(),
        Key: endpointKey(tenantId, endpointId),
        UpdateExpression: 'SET active = :off, disabled_reason = :reason, updated_at = :now',
        ConditionExpression: 'active = :on',
        ExpressionAttributeValues: {
          ':on': { BOOL: true },
          ':off': { BOOL: false },
          ':reason': { S: reason },
          ':now': { N: String(now) },
        },
      },
    },
  ]);
}

/**
 * Deletes an endpoint. What it was stays readable beside its deliveries for as long as they are kept.
 * @returns false where there is none
 */
export function deleteEndpoint(endpoint: Endpoint, now: number): Promise<boolean> {
  const Key = endpointKey(endpoint.tenantId, endpoint.id);
  const keptSeconds = 86_400 * Number(readOptionalEnvironment('retentionDays') ?? 30);
  const gone: Item = {
    pk: Key.pk as Item[string],
    sk: { S: `DELETED#${endpoint.id}` },
    url: { S: endpoint.url },
    deleted_at: { N: String(now) },
    ttl: { N: String(Math.floor(now / 1000) + keptSeconds) },
  };
  return changeEndpoints(endpoint.tenantId, [
    { Delete: { ...table(), Key, ConditionExpression: 'attribute_exists(pk)' } },
    { Put: { ...table(), Item: gone } },
  ]);
}

/** Writes endpoints and the tenant's next version together: a dispatch after it sees both or neither. */
async function changeEndpoints(
  tenantId: string,
  changes: TransactWriteItem[],
  tenantVersion?: number,
): Promise<boolean> {
  const nextVersion: TransactWriteItem = {
    Update: {
      ...table(),
      Key: tenantKey(tenantId),
      UpdateExpression: 'ADD version :one',
      ConditionExpression: tenantVersion === undefined ? 'attribute_exists(pk)' : 'version = :read',
      ExpressionAttributeValues: {
        ':one': { N: '1' },
        ...(tenantVersion !== undefined && { ':read': { N: String(tenantVersion) } }),
      },
    },
  };
  return (await transact([...changes, nextVersion])) === undefined;
}

function table(): { TableName: string } {
  return { TableName: readEnvironment('directoryTable') };
}
