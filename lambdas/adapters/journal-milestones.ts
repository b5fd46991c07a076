import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { batchPut, dynamodb, type Item } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';
import { LATEST_LINE_MS } from './journal-store.ts';

/**
 * Milestones are how somebody finds out that the journal has come to a moment. A shard of the stream is read in its order,
 * so once the journal has passed a milestone, it has written down all that was stored before it in that shard. Which shard
 * an item goes to is a matter of its key's hash: so many leave one of twenty shards out 1 time in 18,000.
 */
const MILESTONES = 250;

/** No tenant's id begins so. */
const SIGN = '!';

/** Puts milestones into the stream of events. @param name what they are for; put again, they are the same ones */
export async function putMilestones(name: string, now: number): Promise<void> {
  const items = Array.from({ length: MILESTONES }, (_, n) => ({
    pk: { S: `${SIGN}${name}#${n}` },
    ttl: expiry(now),
  }));
  await batchPut(readEnvironment('eventsTable'), items);
}

/** Which milestone an item of the events table is, where it is one and no event. */
export function milestoneOf({ pk }: { readonly pk?: { readonly S?: string } }): string | undefined {
  return pk?.S?.startsWith(SIGN) ? pk.S.slice(SIGN.length) : undefined;
}

/** Notes that the journal has passed milestones: everything before them is written down. */
export async function noteMilestones(milestones: readonly string[], now: number): Promise<void> {
  const items = [...new Set(milestones)].map((milestone) => {
    const [name = '', n = ''] = milestone.split('#');
    return { pk: { S: passedKey(name) }, sk: { S: n }, ttl: expiry(now) };
  });
  await batchPut(readEnvironment('directoryTable'), items);
}

/** Whether the journal has passed all milestones of a name. */
export async function hasPassed(name: string): Promise<boolean> {
  const { Count } = await dynamodb.send(
    new QueryCommand({
      TableName: readEnvironment('directoryTable'),
      KeyConditionExpression: 'pk = :passed',
      ExpressionAttributeValues: { ':passed': { S: passedKey(name) } },
      Select: 'COUNT',
      ConsistentRead: true,
    }),
  );
  return Count === MILESTONES;
}

function passedKey(name: string): string {
  return `PASSED#${name}`;
}

/** Nobody waits longer than a line may take. */
function expiry(now: number): Item[string] {
  return { N: String(Math.floor((now + 2 * LATEST_LINE_MS) / 1000)) };
}
