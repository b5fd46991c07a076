import { ConditionalCheckFailedException, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Tally } from '../../core/tally.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { endpointOwner, expiry, HOUR_MS, readHours, tableName } from './stats-store.ts';

/** When attempts of an endpoint ended last, milliseconds since 1970. */
export type LastTimes = Pick<Tally, 'lastSuccessAt' | 'lastFailureAt'>;

/** The attributes that name the last hours, each by a time in it. */
const ATTRIBUTES = { lastSuccessAt: 's', lastFailureAt: 'f' } as const;
const KINDS = Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[];
/** A change of the hour touches every endpoint at once. */
const AT_ONCE = 25;

/**
 * Notes the last hour in which an endpoint had a success, and a failure: once per hour and shard, when the first is
 * written. The hour's own items know the minute.
 */
export async function noteLast(
  writes: readonly { readonly owner: string; readonly old: Tally | undefined; readonly now: Tally }[],
): Promise<void> {
  const notes = writes.flatMap(({ owner, old, now }) =>
    KINDS.flatMap((kind) => {
      const at = now[kind];
      const isFirst = at !== undefined && old?.[kind] === undefined;
      return isFirst && owner.startsWith('E#') ? [{ owner, kind, at }] : [];
    }),
  );
  for (let start = 0; start < notes.length; start += AT_ONCE)
    await Promise.all(notes.slice(start, start + AT_ONCE).map(note));
}

async function note({
  owner,
  kind,
  at,
}: {
  owner: string;
  kind: keyof LastTimes;
  at: number;
}): Promise<void> {
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName(),
        Key: lastKey(owner),
        UpdateExpression: 'SET #kind = :at, #ttl = :ttl',
        ConditionExpression: 'attribute_not_exists(#kind) OR #kind < :at',
        ExpressionAttributeNames: { '#kind': ATTRIBUTES[kind], '#ttl': 'ttl' },
        ExpressionAttributeValues: { ':at': { N: String(at) }, ':ttl': { N: String(expiry(at)) } },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/** Reads when attempts of an endpoint ended last, as far back as statistics are kept. */
export async function readLast(endpointId: string): Promise<LastTimes> {
  const owner = endpointOwner(endpointId);
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: tableName(), Key: lastKey(owner) }));
  const times = await Promise.all(
    KINDS.map(async (kind) => {
      const noted = Item?.[ATTRIBUTES[kind]]?.N;
      if (noted === undefined) return [kind, undefined];
      const hour = Math.floor(Number(noted) / HOUR_MS);
      const tally = (await readHours(owner, hour, hour)).get(hour);
      return [kind, Math.max(Number(noted), tally?.[kind] ?? 0)];
    }),
  );
  return Object.fromEntries(times);
}

function lastKey(owner: string): Item {
  return { pk: { S: owner }, sk: { S: 'LAST' } };
}
