import { isDeepStrictEqual } from 'node:util';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { dynamodb, type Item } from './dynamodb.ts';

/**
 * Puts an item that is not there yet. Where the SDK lost the answer and asked again, what stands there is our own: it is
 * known by attributes that nobody else would have written.
 * @param ours the names of those attributes
 * @returns false where somebody else's stands there
 */
export async function putNew(table: string, item: Item, ours: readonly string[]): Promise<boolean> {
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: table,
        Item: item,
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
    const stored = error.Item;
    return ours.every((name) => isSame(stored[name], item[name]));
  }
}

function isSame(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  // Bytes that were read are of another class than a hash.
  return a?.B && b?.B ? Buffer.compare(a.B, b.B) === 0 : isDeepStrictEqual(a, b);
}
