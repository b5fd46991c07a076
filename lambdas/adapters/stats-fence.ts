import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { batchGet, dynamodb, type Item } from './dynamodb.ts';
import { expiry, tableName } from './stats-store.ts';

/**
 * A shard's fence is a number that is raised before anything of a window is written. While it is what it was when a window
 * began, nothing was written since, and no key of the window need be looked up again: one read for a call instead of one
 * for each key.
 */
export async function readFence(shard: string): Promise<number> {
  const table = tableName();
  const [item] = (await batchGet([{ table, keys: [fenceKey(shard)], consistent: true }])).get(table) ?? [];
  return Number(item?.n?.N ?? 0);
}

export async function raiseFence(shard: string): Promise<void> {
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: tableName(),
      Key: fenceKey(shard),
      UpdateExpression: 'ADD #n :one SET #ttl = :ttl',
      ExpressionAttributeNames: { '#n': 'n', '#ttl': 'ttl' },
      // A shard of the stream lives for a day at most; a window begins within that.
      ExpressionAttributeValues: { ':one': { N: '1' }, ':ttl': { N: String(expiry(Date.now())) } },
    }),
  );
}

function fenceKey(shard: string): Item {
  return { pk: { S: `S#${shard}` }, sk: { S: 'FENCE' } };
}
