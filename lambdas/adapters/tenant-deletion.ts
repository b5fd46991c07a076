import { ConditionalCheckFailedException, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { findDocumentKeys } from './document-deletion.ts';
import { batchDelete, dynamodb, type Item } from './dynamodb.ts';
import { readEnvironment, readOptionalEnvironment } from './environment.ts';
import { logInfo } from './log.ts';
import { queueDeletion, type TenantDeletion } from './tenant-deletion-queue.ts';
import { tenantKey } from './tenant-store.ts';

/** Half of the function's time; what is left is another message's. */
const WORK_MS = 30_000;
/** The longest that a container may know the tenant as active (60 s), and the longest request (29 s). */
const SETTLED_SECONDS = 90;
const DAY_SECONDS = 86_400;
/** Events are kept for a week beyond the retention, and TTL deletes within days of the time; only then is the id free. */
const LONGER_DAYS = 14;
const ITEMS_AT_ONCE = 200;

/**
 * Deletes a piece of what a tenant owns and queues the rest. It is done twice, the second time when no cache knows the
 * tenant as active any more; then a tombstone takes the tenant's place. Any step may be repeated.
 */
export async function continueDeletion({ deleteTenant, last }: TenantDeletion, now: number): Promise<void> {
  const until = now + WORK_MS;
  for (const find of finders(deleteTenant)) {
    if (!(await deleteFound(find, until))) return queueDeletion({ deleteTenant, last }, 0);
  }
  if (!last) return queueDeletion({ deleteTenant, last: true }, SETTLED_SECONDS);
  if (await putTombstone(deleteTenant, now)) logInfo('a tenant was deleted', { tenantId: deleteTenant });
}

interface Finder {
  readonly table: string;
  readonly find: (startKey: Item | undefined) => Promise<{ keys: Item[]; nextKey?: Item }>;
}

/** Ways to find what a tenant owns: endpoints and types, the journal, the keys, the documents. */
function finders(tenantId: string): Finder[] {
  const table = readEnvironment('directoryTable');
  const inDirectory = (name: string, value: string, index?: string): Finder => ({
    table,
    find: (startKey) => findKeys({ name, value, index }, startKey),
  });
  return [
    inDirectory('pk', `TENANT#${tenantId}`),
    inDirectory('pk', `JOURNAL#${tenantId}`),
    inDirectory('kpk', `KEYS#${tenantId}`, 'by-kind'),
    { table: readEnvironment('documentsTable'), find: (startKey) => findDocumentKeys(tenantId, startKey) },
  ];
}

async function findKeys(
  partition: { readonly name: string; readonly value: string; readonly index?: string },
  startKey: Item | undefined,
): Promise<{ keys: Item[]; nextKey?: Item }> {
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(
    new QueryCommand({
      TableName: readEnvironment('directoryTable'),
      IndexName: partition.index,
      KeyConditionExpression: `${partition.name} = :partition`,
      ExpressionAttributeValues: { ':partition': { S: partition.value } },
      ProjectionExpression: 'pk, sk',
      Limit: ITEMS_AT_ONCE,
      ExclusiveStartKey: startKey,
    }),
  );
  // The tenant itself goes last.
  const keys = Items.filter(({ sk }) => sk?.S !== 'TENANT').map(({ pk, sk }) => ({ pk, sk }) as Item);
  return { keys, nextKey: LastEvaluatedKey };
}

/** @returns whether the end was reached in time */
async function deleteFound({ table, find }: Finder, until: number): Promise<boolean> {
  let startKey: Item | undefined;
  do {
    if (Date.now() > until) return false;
    const { keys, nextKey } = await find(startKey);
    await batchDelete(table, keys);
    startKey = nextKey;
  } while (startKey !== undefined);
  return true;
}

/**
 * Puts a tombstone in a tenant's place: with it go the data key, without which no copy of a secret can be opened, and
 * the tenant's entry in the list. It keeps the id from being taken while events of it are kept.
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
