import { setTimeout as sleep } from 'node:timers/promises';
import {
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { Endpoint, EndpointAuth } from '../../core/endpoint.ts';
import { PosthornError } from '../../core/errors.ts';
import type { EventFilters, Subscription } from '../../core/match.ts';
import type { Secret } from '../../core/sign.ts';
import { batchGet, dynamodb, type Item, keyAfter, project } from './dynamodb.ts';
import { readEnvironment, readOptionalEnvironment } from './environment.ts';
import { open, seal } from './secret-box.ts';
import { tenantKey } from './tenant-store.ts';

/** What an endpoint keeps secret, sealed as one text. */
export interface EndpointSecrets {
  /** Signing keys, oldest first. */
  readonly signing: readonly Secret[];
  readonly auth?: EndpointAuth;
  /** Headers of the tenant's own; they may hold credentials. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An endpoint as it is kept. */
export interface StoredEndpoint extends Endpoint {
  readonly sealed: Uint8Array;
  readonly wrappedKey: Uint8Array;
}

/** What dispatching needs of an endpoint. */
export interface EndpointSubscription extends Subscription {
  readonly id: string;
}

export function endpointKey(tenantId: string, endpointId: string): Item {
  return { pk: { S: `TENANT#${tenantId}` }, sk: { S: `ENDPOINT#${endpointId}` } };
}

/** Encrypts an endpoint's secrets for its item. */
export function sealSecrets(endpoint: Endpoint, wrappedKey: Uint8Array, secrets: EndpointSecrets) {
  return seal({ tenantId: endpoint.tenantId, endpointId: endpoint.id, wrappedKey }, JSON.stringify(secrets));
}

/** Decrypts an endpoint's secrets. */
export async function openSecrets(endpoint: StoredEndpoint): Promise<EndpointSecrets> {
  const owner = { tenantId: endpoint.tenantId, endpointId: endpoint.id, wrappedKey: endpoint.wrappedKey };
  return JSON.parse(await open(owner, endpoint.sealed)) as EndpointSecrets;
}

/** Stores a new endpoint, and lets every cache of the tenant's endpoints know. @returns false where it exists */
export function createEndpoint(endpoint: StoredEndpoint): Promise<boolean> {
  return changeEndpoints(endpoint.tenantId, [
    { Put: { ...table(), Item: toItem(endpoint), ConditionExpression: 'attribute_not_exists(pk)' } },
  ]);
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

/** Reads one endpoint, with everything written before. */
export async function getEndpoint(tenantId: string, endpointId: string): Promise<StoredEndpoint | undefined> {
  const { TableName } = table();
  const keys = [endpointKey(tenantId, endpointId)];
  const [item] = (await batchGet([{ table: TableName, keys, consistent: true }])).get(TableName) ?? [];
  return item && fromItem(item);
}

/** Lists a tenant's endpoints, oldest first, with everything written before. */
export async function listEndpoints(
  tenantId: string,
  limit: number,
  startKey?: Item,
): Promise<{ endpoints: StoredEndpoint[]; nextKey?: Item }> {
  const { items, nextKey } = await queryEndpoints(tenantId, 'ENDPOINT#', limit, startKey);
  return { endpoints: items.map(fromItem), nextKey };
}

/** Lists the ids of a tenant's endpoints that are there, or were while deliveries of theirs are kept. */
export async function listEndpointIds(
  tenantId: string,
  kind: 'ENDPOINT#' | 'DELETED#',
  limit: number,
  startKey?: Item,
): Promise<{ ids: string[]; nextKey?: Item }> {
  const { items, nextKey } = await queryEndpoints(tenantId, kind, limit, startKey, ['pk', 'sk']);
  return { ids: items.map((item) => keyAfter(kind, item.sk)), nextKey };
}

const SUBSCRIPTION_ATTRIBUTES = ['pk', 'sk', 'active', 'events', 'filters'];

/** Reads a page of what dispatching needs of a tenant's endpoints, with everything written before. */
export async function listSubscriptions(
  tenantId: string,
  limit: number,
  startKey?: Item,
): Promise<{ subscriptions: EndpointSubscription[]; nextKey?: Item }> {
  const { items, nextKey } = await queryEndpoints(
    tenantId,
    'ENDPOINT#',
    limit,
    startKey,
    SUBSCRIPTION_ATTRIBUTES,
  );
  return { subscriptions: items.map(toSubscription), nextKey };
}

async function queryEndpoints(
  tenantId: string,
  prefix: string,
  limit: number,
  startKey?: Item,
  attributes?: string[],
) {
  const { ExpressionAttributeNames, ...projection } = project(attributes);
  const { Items, LastEvaluatedKey } = await dynamodb.send(
    new QueryCommand({
      ...table(),
      KeyConditionExpression: 'pk = :tenant AND begins_with(sk, :kind)',
      ExpressionAttributeValues: { ':tenant': { S: `TENANT#${tenantId}` }, ':kind': { S: prefix } },
      ExpressionAttributeNames,
      ...projection,
      ConsistentRead: true,
      Limit: limit,
      ExclusiveStartKey: startKey,
    }),
  );
  return { items: Items ?? [], nextKey: LastEvaluatedKey };
}

/**
 * Two changes of one tenant's endpoints at the same moment conflict, and the SDK does not try again (DynamoDB developer
 * guide, transaction conflict handling). Ten in a row are through within these waits.
 */
const CONFLICT_WAITS_MS = [10, 20, 40, 80, 160, 320, 640, 1280];

/** Writes endpoints and the tenant's next version together: a dispatch after it sees both or neither. */
async function changeEndpoints(tenantId: string, changes: TransactWriteItem[]): Promise<boolean> {
  const nextVersion: TransactWriteItem = {
    Update: {
      ...table(),
      Key: tenantKey(tenantId),
      UpdateExpression: 'ADD version :one',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    },
  };
  for (const wait of CONFLICT_WAITS_MS) {
    try {
      await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [...changes, nextVersion] }));
      return true;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = error.CancellationReasons?.map((reason) => reason.Code) ?? [];
      if (codes.includes('ConditionalCheckFailed')) return false;
      if (!codes.includes('TransactionConflict')) throw error;
    }
    await sleep(wait * (0.5 + Math.random()));
  }
  throw new PosthornError('unavailable', 'Others are changing endpoints of this tenant. Try again.');
}

function table(): { TableName: string } {
  return { TableName: readEnvironment('directoryTable') };
}

function toItem(endpoint: StoredEndpoint): Item {
  const { filters, metadata } = endpoint;
  return {
    ...endpointKey(endpoint.tenantId, endpoint.id),
    dialect: { S: endpoint.dialect },
    url: { S: endpoint.url },
    events: { L: endpoint.events.map((S) => ({ S })) },
    ...(filters && { filters: { S: JSON.stringify(filters) } }),
    active: { BOOL: endpoint.active },
    ...optionalText('disabled_reason', endpoint.disabledReason),
    ...optionalText('description', endpoint.description),
    ...(metadata && { metadata: { S: JSON.stringify(metadata) } }),
    ...optionalText('api_version', endpoint.apiVersion),
    created_at: { N: String(endpoint.createdAt) },
    updated_at: { N: String(endpoint.updatedAt) },
    sealed: { B: endpoint.sealed },
    wrapped_key: { B: endpoint.wrappedKey },
  };
}

function optionalText(name: string, text: string | undefined): Item {
  return text === undefined ? {} : { [name]: { S: text } };
}

/** Reads an endpoint's item. */
export function fromItem(item: Item): StoredEndpoint {
  return {
    ...toSubscription(item),
    tenantId: keyAfter('TENANT#', item.pk),
    dialect: item.dialect?.S ?? '',
    url: item.url?.S ?? '',
    disabledReason: item.disabled_reason?.S,
    description: item.description?.S,
    metadata: item.metadata?.S === undefined ? undefined : JSON.parse(item.metadata.S),
    apiVersion: item.api_version?.S,
    createdAt: Number(item.created_at?.N),
    updatedAt: Number(item.updated_at?.N),
    sealed: item.sealed?.B ?? new Uint8Array(),
    wrappedKey: item.wrapped_key?.B ?? new Uint8Array(),
  };
}

function toSubscription(item: Item): EndpointSubscription {
  return {
    id: keyAfter('ENDPOINT#', item.sk),
    active: item.active?.BOOL === true,
    events: (item.events?.L ?? []).map((value) => value.S as string),
    filters: item.filters?.S === undefined ? undefined : (JSON.parse(item.filters.S) as EventFilters),
  };
}
