import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Endpoint } from '../../core/endpoint.ts';
import type { EndpointChange } from '../../core/notice.ts';
import type { EndpointName } from './alert-store.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { endpointKey, printList } from './endpoint-items.ts';
import { readEnvironment } from './environment.ts';
import { logError } from './log.ts';
import { queueNotices } from './notice-queue.ts';

/** Longer than the write takes that the notice is about. */
const SOON_MS = 2_000;
/** A change that stands there for so long was lost on its way. */
const LATE_MS = 300_000;

/**
 * Asks for an endpoint's changes to be announced. It is called before the write that adds one, so that no change goes
 * untold; where nothing was added, the notice finds nothing. A queue that would not take it holds up no delivery: the
 * change stands on the endpoint, and {@link reviveChanges} asks again.
 */
export async function announceSoon({ tenantId, endpointId }: EndpointName): Promise<void> {
  try {
    const now = Date.now();
    await queueNotices([{ kind: 'endpoint', tenantId, endpointId }], now, now + SOON_MS);
  } catch (error) {
    logError('a change of an endpoint could not be told; it is told later', error, { tenantId, endpointId });
  }
}

/** Asks again for changes to be announced that have stood on an endpoint for long. */
export async function reviveChanges({ tenantId, id, changes = [] }: Endpoint, now: number): Promise<void> {
  if (changes.some(({ at }) => now - at > LATE_MS)) await announceSoon({ tenantId, endpointId: id });
}

/**
 * What a write that changes an endpoint adds, so that the change is announced: an outbox on the endpoint's own item.
 * See {@link announceSoon}.
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
