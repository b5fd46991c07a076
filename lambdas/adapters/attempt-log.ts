import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Attempt } from '../../core/attempt.ts';
import type { DeliveryAddress } from '../../core/ids.ts';
import { attemptKey, partition, tableName } from './delivery-store.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { unpackText } from './packing.ts';

/** A later attempt's name says which it is; six digits, so that text order is number order. */
export function attemptName(number: number, isResend: boolean): string {
  return (isResend ? 'R' : '') + String(number).padStart(6, '0');
}

/** Between which names the attempts of the schedule stand, and those that were asked for. */
const NAMES = [
  ['0', ':'],
  ['R', 'S'],
] as const;

/**
 * Reads the latest attempts of a delivery, oldest first.
 * @param first the first one, which stands in the delivery's own item
 */
export async function readAttempts(
  address: DeliveryAddress,
  first: Attempt | undefined,
  limit: number,
): Promise<Attempt[]> {
  const later = await Promise.all(NAMES.map((names) => queryLatest(address, names, limit)));
  const attempts = [...(first ? [first] : []), ...later.flat()];
  return attempts.toSorted((a, b) => a.startedAt - b.startedAt).slice(-limit);
}

/** An answer ends at 1 MB, be there as many as were asked for or not. */
async function queryLatest(
  address: DeliveryAddress,
  [from, to]: readonly [string, string],
  limit: number,
): Promise<Attempt[]> {
  const items: Item[] = [];
  let startKey: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await dynamodb.send(
      new QueryCommand({
        TableName: tableName(),
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :low AND :high',
        ExpressionAttributeValues: {
          ':pk': { S: partition(address) },
          ':low': attemptKey(address, from, '').sk,
          ':high': attemptKey(address, to, '').sk,
        },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: limit - items.length,
        ExclusiveStartKey: startKey,
      }),
    );
    items.push(...Items);
    startKey = LastEvaluatedKey;
  } while (startKey !== undefined && items.length < limit);
  return items.map(({ x }) => JSON.parse(unpackText(x)) as Attempt);
}
