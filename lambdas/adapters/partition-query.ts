import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { dynamodb, type Item, project } from './dynamodb.ts';

/** The items of a partition: of a table, or of an index by its own key. */
export interface Partition {
  readonly table: string;
  readonly value: string;
  readonly index?: { readonly name: string; readonly key: string };
  /** Attributes wanted beside the keys. */
  readonly also?: readonly string[];
}

/** Reads a page of a partition, with everything written before where it is a table's. */
export async function queryPartition(
  { table, value, index, also = [] }: Partition,
  limit: number,
  startKey: Item | undefined,
): Promise<{ items: Item[]; nextKey?: Item }> {
  const { ExpressionAttributeNames, ...projection } = project(['pk', 'sk', ...also]);
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(
    new QueryCommand({
      TableName: table,
      IndexName: index?.name,
      KeyConditionExpression: `${index?.key ?? 'pk'} = :partition`,
      ExpressionAttributeValues: { ':partition': { S: value } },
      ...projection,
      ExpressionAttributeNames,
      ConsistentRead: index === undefined,
      Limit: limit,
      ExclusiveStartKey: startKey,
    }),
  );
  return { items: Items, nextKey: LastEvaluatedKey };
}

/** An item's key, without whatever else was read of it. */
export function keyOf({ pk, sk }: Item): Item {
  return { pk, sk } as Item;
}
