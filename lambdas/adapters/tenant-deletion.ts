import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { batchDelete, batchPut, dynamodb, type Item } from './dynamodb.ts';
import { deletedKey, endpointKey } from './endpoint-items.ts';
import { listEndpointIds } from './endpoint-lists.ts';
import { endpointTombstone } from './endpoint-store.ts';
import { readEnvironment, readOptionalEnvironment } from './environment.ts';
import { logInfo } from './log.ts';
import { deleteFound, findersByEndpoint, findersOf } from './tenant-belongings.ts';
import { type DeletionRound, queueDeletion, type TenantDeletion } from './tenant-deletion-queue.ts';
import { tenantKey } from './tenant-store.ts';

/** Half of the function's time; what is left is for a step that was begun. */
const WORK_MS = 30_000;
const ENDPOINTS_AT_ONCE = 100;

/** What comes after a round, and how long after. */
const NEXT: Partial<Record<DeletionRound, { readonly round: DeletionRound; readonly afterMs: number }>> = {
  // The longest that a container may know the tenant as active (60 s), and the longest request (29 s).
  first: { round: 'settled', afterMs: 90_000 },
  // The streams are read on for six hours, and statistics are written a window of 15 minutes later at most.
  settled: { round: 'late', afterMs: 6.5 * 3_600_000 },
};

const DAY_SECONDS = 86_400;
/** A week after they left the list events are kept, and TTL deletes within days of the time; only then is the id free. */
const LONGER_DAYS = 14;

/**
 * Deletes a piece of what a tenant owns and queues the rest, round after round. After the second a tombstone takes the
 * tenant's place. What is found by something is deleted before it, so any step may be cut off and repeated.
 * @param startedAt when the function began: all deletions of a batch share its time
 */
export async function continueDeletion(deletion: TenantDeletion, startedAt: number): Promise<void> {
  const { deleteTenant, round, notBefore = 0 } = deletion;
  if (notBefore > Date.now()) return queueDeletion(deletion);
  const rest = await deleteBelongings(deletion, startedAt + WORK_MS);
  if (rest !== undefined) return queueDeletion(rest);
  if (round === 'settled' && (await putTombstone(deleteTenant, Date.now())))
    logInfo('a tenant was deleted', { tenantId: deleteTenant });
  const next = NEXT[round];
  if (next) await queueDeletion({ deleteTenant, round: next.round, notBefore: Date.now() + next.afterMs });
}

/** @returns what is left to do of the round when its time ended */
async function deleteBelongings(
  { deleteTenant, round, after }: TenantDeletion,
  until: number,
): Promise<TenantDeletion | undefined> {
  const rest = (reached = after) => ({ deleteTenant, round, after: reached });
  if (!(await buryEndpoints(deleteTenant, until))) return rest();
  for (const find of findersOf(deleteTenant)) {
    if (!(await deleteFound(find, until))) return rest();
  }
  return deleteByEndpoints({ deleteTenant, round, after }, until);
}

/** Puts a tombstone in each endpoint's place: nothing is sent there any more, and its deliveries are still found. */
async function buryEndpoints(tenantId: string, until: number): Promise<boolean> {
  const table = readEnvironment('directoryTable');
  for (;;) {
    if (Date.now() > until) return false;
    const { ids, nextKey } = await listEndpointIds(
      tenantId,
      'ENDPOINT#',
      ENDPOINTS_AT_ONCE,
      undefined,
      false,
    );
    await batchPut(
      table,
      ids.map((id) => endpointTombstone({ tenantId, id }, Date.now())),
    );
    await batchDelete(
      table,
      ids.map((id) => endpointKey(tenantId, id)),
    );
    if (nextKey === undefined) return true;
  }
}

/** Goes through the tombstones of a tenant's endpoints. The last round takes them with it: nobody looks for them again. */
async function deleteByEndpoints(
  { deleteTenant, round, after }: TenantDeletion,
  until: number,
): Promise<TenantDeletion | undefined> {
  let reached = after;
  for (;;) {
    const startKey = reached === undefined ? undefined : deletedKey(deleteTenant, reached);
    const { ids, nextKey } = await listEndpointIds(
      deleteTenant,
      'DELETED#',
      ENDPOINTS_AT_ONCE,
      startKey,
      false,
    );
    for (const id of ids) {
      const found = await Promise.all(findersByEndpoint(id).map((find) => deleteFound(find, until)));
      if (found.includes(false)) return { deleteTenant, round, after: reached };
      if (round === 'late')
        await batchDelete(readEnvironment('directoryTable'), [deletedKey(deleteTenant, id)]);
      reached = id;
    }
    if (nextKey === undefined) return undefined;
  }
}

/**
 * Puts a tombstone in a tenant's place: with it go the data key, without which no copy of a secret can be opened, and
 * the tenant's entry in the list. It keeps the id from being taken while something may be found under it.
 * @returns false where that was done before
 */
async function putTombstone(tenantId: string, now: number): Promise<boolean> {
  const keptDays = Number(readOptionalEnvironment('retentionDays') ?? 30) + LONGER_DAYS;
  const Item: Item = {
    ...tenantKey(tenantId),
    status: { S: 'deleted' },
    version: { N: '0' },
    deleted_at: { N: String(now) },
    ttl: { N: String(Math.floor(now / 1000) + keptDays * DAY_SECONDS) },
  };
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: readEnvironment('directoryTable'),
        Item,
        ConditionExpression: '#status = :deleting',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':deleting': { S: 'deleting' } },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
