import { paginateQuery, QueryCommand } from '@aws-sdk/client-dynamodb';
import { tenantPartition, versionKey } from './document-items.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';

/** Each of them is one query for its versions. */
const DOCUMENTS_AT_ONCE = 25;

/**
 * Finds the keys of a tenant's next documents and of all their versions; the versions stand first, since without its
 * document nobody would find them again.
 */
export async function findDocumentKeys(
  tenantId: string,
  startKey: Item | undefined,
): Promise<{ keys: Item[]; nextKey?: Item }> {
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(
    new QueryCommand({
      ...partition(tenantPartition(tenantId)),
      ProjectionExpression: 'pk, sk, h',
      Limit: DOCUMENTS_AT_ONCE,
      ExclusiveStartKey: startKey,
    }),
  );
  const versions = await Promise.all(Items.map(({ h }) => findVersionKeys(h?.S ?? '')));
  const documents = Items.map(({ pk, sk }) => ({ pk, sk }) as Item);
  return { keys: [...versions.flat(), ...documents], nextKey: LastEvaluatedKey };
}

async function findVersionKeys(hashId: string): Promise<Item[]> {
  const keys: Item[] = [];
  const query = { ...partition(versionKey(hashId, '').pk?.S ?? ''), ProjectionExpression: 'pk, sk' };
  for await (const { Items = [] } of paginateQuery({ client: dynamodb }, query)) keys.push(...Items);
  return keys;
}

function partition(value: string) {
  return {
    TableName: readEnvironment('documentsTable'),
    KeyConditionExpression: 'pk = :partition',
    ExpressionAttributeValues: { ':partition': { S: value } },
  };
}
