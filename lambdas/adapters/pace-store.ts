import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { slotsWithin } from '../../core/pace.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';

/**
 * `plan`: when what is queued is to come, so that nobody asks again and again. `gate`: when a request may begin. What was
 * planned may come late; the gate keeps those that do from passing all at once.
 */
export type Track = 'plan' | 'gate';

/** Others may reserve at the same moment; what loses as often as this goes back on the queue. */
const TRIES = 6;
/** The longest that a slot can lie ahead and the item be there still, seconds. */
const KEPT_SECONDS = 30 * 86_400;
/** Longer than a delivering function runs: a place that a crash left taken is free again then. */
const PLACE_HELD_MS = 60_000;
/** Far more than any backlog: a plan has no end. */
const ANY_TIME_MS = 1e12;

export function paceKey(endpointId: string): Item {
  return { pk: { S: `PACE#${endpointId}` }, sk: { S: 'PACE' } };
}

/**
 * Reserves slots of an endpoint, evenly spaced, in one write where nobody is in the way.
 * @param withinMs only slots that are no further away
 * @returns as many slots as there were, in order, milliseconds since 1970
 */
export async function reserveSlots(
  endpointId: string,
  track: Track,
  count: number,
  interval: number,
  withinMs = ANY_TIME_MS,
): Promise<number[]> {
  let next: number | undefined;
  // A plan by another rate is none: whoever is in it is planned anew.
  const isPlan = track === 'plan';
  const [same, other] = isPlan ? [' AND plan_step = :interval', ' OR plan_step <> :interval'] : ['', ''];
  const spacing = isPlan ? numbers({ ':interval': interval }) : {};
  for (let round = 0; round < TRIES; round++) {
    const now = Date.now();
    const wanted = Math.min(count, slotsWithin(next, interval, now, withinMs));
    if (wanted === 0) return [];
    const busy = next !== undefined && next >= now;
    const latest = now + withinMs - (wanted - 1) * interval;
    const { before, after } = busy
      ? await pace(endpointId, `#track = #track + :step`, `#track BETWEEN :now AND :latest${same}`, track, {
          ...spacing,
          ...numbers({
            ':step': wanted * interval,
            ':now': now,
            ':latest': Math.max(latest, next as number),
          }),
        })
      : await pace(
          endpointId,
          `#track = :next${isPlan ? ', plan_step = :interval' : ''}`,
          `attribute_not_exists(#track) OR #track < :now${other}`,
          track,
          { ...spacing, ...numbers({ ':next': now + wanted * interval, ':now': now }) },
        );
    if (after !== undefined) {
      const first = Number(after[track]?.N) - wanted * interval;
      return Array.from({ length: wanted }, (_, i) => first + i * interval);
    }
    const isOther = isPlan && Number(before?.plan_step?.N) !== interval;
    next = before?.[track]?.N === undefined || isOther ? undefined : Number(before[track].N);
  }
  return [];
}

/** Forgets what was planned: whoever has a slot keeps it, and who comes next has the first that is free at the gate. */
export async function forgetPlan(endpointId: string): Promise<void> {
  await pace(endpointId, '#track = :none', 'attribute_exists(#track)', 'plan', numbers({ ':none': 0 }));
}

/**
 * Takes places among the requests that an endpoint may have under way.
 * @param names what the places are taken by, new ones: as many as are wanted
 * @returns those that got a place
 */
export async function takePlaces(
  endpointId: string,
  names: readonly string[],
  concurrent: number,
): Promise<readonly string[]> {
  let held: Item | undefined;
  for (let round = 0; round < TRIES; round++) {
    const now = Date.now();
    const ended = Object.entries(held ?? {}).filter(([, until]) => Number(until.N) < now);
    const free = concurrent - (Object.keys(held ?? {}).length - ended.length);
    const taken = names.slice(0, Math.max(0, free));
    if (taken.length === 0) return [];
    const until = { N: String(now + PLACE_HELD_MS) };
    const values: Item =
      held === undefined
        ? { ':places': { M: Object.fromEntries(taken.map((name) => [name, until])) } }
        : { ':until': until, ':held': { N: String(Object.keys(held).length) } };
    const { before, after } =
      held === undefined
        ? await pace(endpointId, '#track = :places', 'attribute_not_exists(#track)', 'places', values)
        : await pace(
            endpointId,
            taken.map((name) => `#track.${name} = :until`).join(', '),
            // Of those who counted the same places, one takes them.
            ['size(#track) = :held', ...ended.map(([name], i) => `#track.${name} = :e${i}`)].join(' AND '),
            'places',
            { ...values, ...Object.fromEntries(ended.map(([, until], i) => [`:e${i}`, until])) },
            ended.map(([name]) => name),
          );
    if (after !== undefined) return taken;
    held = before?.places?.M;
  }
  return [];
}

/** Gives places back. Those that a crash kept are free by themselves after a minute. */
export async function freePlaces(endpointId: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await pace(endpointId, '', 'attribute_exists(#track)', 'places', {}, names);
}

/** One write of an endpoint's pace; `before` is what stood there where the condition did not hold. */
async function pace(
  endpointId: string,
  set: string,
  condition: string,
  track: Track | 'places',
  values: Item,
  removed: readonly string[] = [],
): Promise<{ before?: Item; after?: Item }> {
  const sets = [...(set === '' ? [] : [set]), '#ttl = :ttl'];
  const remove = removed.length === 0 ? '' : ` REMOVE ${removed.map((name) => `#track.${name}`).join(', ')}`;
  try {
    const { Attributes = {} } = await dynamodb.send(
      new UpdateItemCommand({
        TableName: readEnvironment('directoryTable'),
        Key: paceKey(endpointId),
        UpdateExpression: `SET ${sets.join(', ')}${remove}`,
        ConditionExpression: condition,
        ExpressionAttributeNames: { '#track': track, '#ttl': 'ttl' },
        ExpressionAttributeValues: {
          ...values,
          ...numbers({ ':ttl': Math.floor(Date.now() / 1000) + KEPT_SECONDS }),
        },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { after: Attributes };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return { before: error.Item ?? {} };
    throw error;
  }
}

function numbers(values: Readonly<Record<string, number>>): Item {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { N: String(value) }]));
}
