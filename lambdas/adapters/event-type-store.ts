import { GetItemCommand, QueryCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type EventType, MAX_EVENT_TYPES } from '../../core/event-type.ts';
import { parseJson, printJson } from '../../core/json.ts';
import { dynamodb, type Item, keyAfter, project } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';
import { tenantKey } from './tenant-store.ts';
import { transact } from './transact.ts';

/** A declared type as it is kept. */
export interface StoredEventType extends EventType {
  readonly createdAt: number;
  readonly updatedAt: number;
}

const PREFIX = 'EVENT_TYPE#';

function typeKey(tenantId: string, type: string) {
  return { ...tenantKey(tenantId), sk: { S: PREFIX + type } };
}

/** Stores a new type. @returns why not, where it was not */
export async function createEventType(
  tenantId: string,
  type: StoredEventType,
): Promise<'exists' | 'full' | undefined> {
  const failed = await transact([
    { Put: { ...table(), Item: toItem(tenantId, type), ConditionExpression: 'attribute_not_exists(pk)' } },
    countTypes(tenantId, 1),
  ]);
  if (failed === undefined) return undefined;
  return failed[0] ? 'exists' : 'full';
}

/** Replaces a type that was read at `readAt`. @returns false where it was changed since */
export async function replaceEventType(
  tenantId: string,
  type: StoredEventType,
  readAt: number,
): Promise<boolean> {
  const failed = await transact([
    { Put: { ...table(), Item: toItem(tenantId, type), ...wasNotChanged(readAt) } },
    countTypes(tenantId, 0),
  ]);
  return failed === undefined;
}

/** Deletes a type that was read at `readAt`. @returns false where it was changed since, or is gone */
export async function deleteEventType(tenantId: string, type: string, readAt: number): Promise<boolean> {
  const failed = await transact([
    { Delete: { ...table(), Key: typeKey(tenantId, type), ...wasNotChanged(readAt) } },
    countTypes(tenantId, -1),
  ]);
  return failed === undefined;
}

function wasNotChanged(readAt: number) {
  return {
    ConditionExpression: 'updated_at = :read',
    ExpressionAttributeValues: { ':read': { N: String(readAt) } },
  };
}

/**
 * The tenant's version of its types goes up with every change: by it publishing knows that what it read is old.
 * @param more by how many there are more of them
 */
function countTypes(tenantId: string, more: number): TransactWriteItem {
  return {
    Update: {
      ...table(),
      Key: tenantKey(tenantId),
      UpdateExpression: 'ADD types_count :more, types_version :one',
      ConditionExpression:
        'attribute_exists(pk) AND (attribute_not_exists(types_count) OR types_count <= :most)',
      ExpressionAttributeValues: {
        ':more': { N: String(more) },
        ':one': { N: '1' },
        ':most': { N: String(MAX_EVENT_TYPES - more) },
      },
    },
  };
}

/** Reads a type, with everything written before. */
export async function getEventType(tenantId: string, type: string): Promise<StoredEventType | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ ...table(), Key: typeKey(tenantId, type), ConsistentRead: true }),
  );
  return Item && fromItem(Item);
}

/** Lists a tenant's types by name, with everything written before. @param names nothing but names and `archived` */
export async function listEventTypes(
  tenantId: string,
  limit: number,
  options: { readonly after?: string; readonly names?: boolean } = {},
): Promise<{ types: StoredEventType[]; more: boolean }> {
  const { ExpressionAttributeNames, ...projection } = project(options.names ? ['sk', 'archived'] : undefined);
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(
    new QueryCommand({
      ...table(),
      KeyConditionExpression: 'pk = :tenant AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':tenant': { S: `TENANT#${tenantId}` }, ':prefix': { S: PREFIX } },
      ExpressionAttributeNames,
      ...projection,
      ConsistentRead: true,
      Limit: limit,
      ExclusiveStartKey: options.after === undefined ? undefined : typeKey(tenantId, options.after),
    }),
  );
  return { types: Items.map(fromItem), more: LastEvaluatedKey !== undefined };
}

function toItem(tenantId: string, type: StoredEventType): Item {
  return {
    ...typeKey(tenantId, type.type),
    ...(type.description !== undefined && { description: { S: type.description } }),
    ...(type.schema && { schema: { S: printJson(type.schema) } }),
    ...(type.example && { example: { S: printJson(type.example) } }),
    archived: { BOOL: type.archived },
    created_at: { N: String(type.createdAt) },
    updated_at: { N: String(type.updatedAt) },
  };
}

function fromItem(item: Item): StoredEventType {
  const readObject = (text: string | undefined) =>
    text === undefined ? undefined : (parseJson(text) as Record<string, unknown>);
  return {
    type: keyAfter(PREFIX, item.sk),
    description: item.description?.S,
    schema: readObject(item.schema?.S),
    example: readObject(item.example?.S),
    archived: item.archived?.BOOL === true,
    createdAt: Number(item.created_at?.N),
    updatedAt: Number(item.updated_at?.N),
  };
}

function table(): { TableName: string } {
  return { TableName: readEnvironment('directoryTable') };
}
