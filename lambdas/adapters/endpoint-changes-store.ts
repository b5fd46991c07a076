import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { EndpointChange } from '../../core/notice.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { endpointKey, printList } from './endpoint-items.ts';
import { readEnvironment } from './environment.ts';

/**
 * What a write that changes an endpoint adds, so that the change is announced: an outbox on the endpoint's own item.
 * Whoever made the write then queues an `endpoint` notice; should it die before, so does whoever next finds changes there.
 */
export function noteChange(change: EndpointChange): { readonly set: string; readonly values: Item } {
  return {
    set: 'changes = list_append(if_not_exists(changes, :none), :change)',
    values: { ':none': printList([]), ':change': printList([change]) },
  };
}

/** Takes off what was announced. @returns false where more was added meanwhile, or the endpoint is gone */
export async function clearChanges(
  tenantId: string,
  endpointId: string,
  announced: readonly EndpointChange[],
): Promise<boolean> {
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: readEnvironment('directoryTable'),
        Key: endpointKey(tenantId, endpointId),
        UpdateExpression: 'REMOVE changes',
        ConditionExpression: 'changes = :changes',
        ExpressionAttributeValues: { ':changes': printList(announced) },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
