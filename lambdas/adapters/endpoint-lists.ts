import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { batchGet, dynamodb, type Item, keyAfter, project } from './dynamodb.ts';
import {
  deletedKey,
  type EndpointSubscription,
  endpointKey,
  fromItem,
  type ReadEndpoint,
  toSubscription,
} from './endpoint-items.ts';
import { readEnvironment } from './environment.ts';

/** Reads one endpoint, with everything written before. */
export async function getEndpoint(tenantId: string, endpointId: string): Promise<ReadEndpoint | undefined> {
  const { TableName } = table();
  const keys = [endpointKey(tenantId, endpointId)];
  const [item] = (await batchGet([{ table: TableName, keys, consistent: true }])).get(TableName) ?? [];
  return item && fromItem(item);
}

/** What is known of an endpoint that was deleted while its deliveries are kept. */
export type DeletedEndpoint = Pick<ReadEndpoint, 'tenantId' | 'id' | 'url' | 'dialect' | 'operational'>;

/** Reads what is kept of a deleted endpoint. */
export async function getDeletedEndpoint(
  tenantId: string,
  endpointId: string,
): Promise<DeletedEndpoint | undefined> {
  const { TableName } = table();
  const keys = [deletedKey(tenantId, endpointId)];
  const [item] = (await batchGet([{ table: TableName, keys, consistent: true }])).get(TableName) ?? [];
  // One that was deleted before its dialect was kept is not known well enough.
  if (item?.dialect?.S === undefined) return undefined;
  return { ...fromItem(item), id: endpointId };
}

/** Lists a tenant's endpoints, oldest first, with everything written before. */
export async function listEndpoints(
  tenantId: string,
  limit: number,
  startKey?: Item,
): Promise<{ endpoints: ReadEndpoint[]; nextKey?: Item }> {
  const { items, nextKey } = await queryEndpoints(tenantId, 'ENDPOINT#', limit, startKey);
  return { endpoints: items.map(fromItem), nextKey };
}

/** Lists the ids of a tenant's endpoints that are there, or were while deliveries of theirs are kept; oldest first or last. */
export async function listEndpointIds(
  tenantId: string,
  kind: 'ENDPOINT#' | 'DELETED#',
  limit: number,
  startKey: Item | undefined,
  newestFirst: boolean,
): Promise<{ ids: string[]; nextKey?: Item }> {
  const attributes = ['pk', 'sk'];
  const { items, nextKey } = await queryEndpoints(tenantId, kind, limit, startKey, attributes, newestFirst);
  return { ids: items.map((item) => keyAfter(kind, item.sk)), nextKey };
}

const SUBSCRIPTION_ATTRIBUTES = ['pk', 'sk', 'active', 'events', 'filters', 'operational'];

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
  newestFirst = false,
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
      ScanIndexForward: !newestFirst,
      Limit: limit,
      ExclusiveStartKey: startKey,
    }),
  );
  return { items: Items ?? [], nextKey: LastEvaluatedKey };
}

function table(): { TableName: string } {
  return { TableName: readEnvironment('directoryTable') };
}
