import { BatchWriteItemCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { makeId } from '../../core/ids.ts';
import { endpointKey } from '../../lambdas/adapters/endpoint-items.ts';
import type { LocalOutputs } from '../../local/local-aws.ts';

/**
 * Makes many endpoints that match nothing out of one, by copying its item: the API makes them one by one. Half of them
 * sort before every endpoint of the API's and half behind. Their sealed secrets are bound to the original's id and would
 * not open, so they could not be delivered to.
 */
export async function addBystanders(
  dynamodb: DynamoDBClient,
  { stack }: LocalOutputs,
  tenantId: string,
  endpointId: string,
  count: number,
): Promise<void> {
  const TableName = stack.DirectoryTableName!;
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName, Key: endpointKey(tenantId, endpointId) }),
  );
  const copies = Array.from({ length: count }, (_, n) => {
    const id = makeId('ep_', n % 2 === 0 ? n : Date.now() + 1_000_000 + n, new Uint8Array(14));
    return { ...Item, ...endpointKey(tenantId, id), events: { L: [{ S: 'nothing.of.this.name' }] } };
  });
  for (let start = 0; start < count; start += 25) {
    const puts = copies.slice(start, start + 25).map((copy) => ({ PutRequest: { Item: copy } }));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }));
  }
}
