import { type BatchStatementRequest, QueryCommand } from '@aws-sdk/client-dynamodb';
import { idKey } from '../../core/ids.ts';
import { addTallies, EMPTY_TALLY, type Tally } from '../../core/tally.ts';
import { batchGet, dynamodb, type Item } from './dynamodb.ts';
import { readEnvironment, readOptionalEnvironment } from './environment.ts';
import { packText, unpackText } from './packing.ts';

const DAY_SECONDS = 86_400;
export const HOUR_MS = 3_600_000;

/** What one shard of the deliveries stream told of one endpoint, or one tenant, in one hour. Nobody else writes it. */
export interface StatsKey {
  /** {@link endpointOwner} or {@link tenantOwner}. */
  readonly owner: string;
  /** Whole hours since 1970. */
  readonly hour: number;
  readonly shard: string;
}

export interface StoredTally {
  readonly tally: Tally;
  /** The last record that is counted in it. */
  readonly mark: string;
}

export const endpointOwner = (endpointId: string) => `E#${idKey(endpointId)}`;
export const tenantOwner = (tenantId: string) => `T#${tenantId}`;

/** Reads what is stored, with everything written before. The answer has the keys' order. */
export async function getTallies(keys: readonly StatsKey[]): Promise<(StoredTally | undefined)[]> {
  const table = tableName();
  const found = await batchGet([{ table, keys: keys.map(itemKey), consistent: true }]);
  const items = new Map((found.get(table) ?? []).map((item) => [keyText(item), item]));
  return keys.map((key) => {
    const item = items.get(keyText(itemKey(key)));
    return item && { tally: tallyOf(item), mark: item.q?.S ?? '' };
  });
}

/** Reads the marks only: see {@link StoredTally}. */
export async function getMarks(keys: readonly StatsKey[]): Promise<(string | undefined)[]> {
  const table = tableName();
  const attributes = ['pk', 'sk', 'q'];
  const found = await batchGet([{ table, keys: keys.map(itemKey), consistent: true, attributes }]);
  const marks = new Map((found.get(table) ?? []).map((item) => [keyText(item), item.q?.S]));
  return keys.map((key) => marks.get(keyText(itemKey(key))));
}

/** The write of a tally, on the condition that the mark is the one that was read; none where nothing was there. */
export function putStatement(key: StatsKey, stored: StoredTally, oldMark?: string): BatchStatementRequest {
  const changes: Item = {
    q: { S: stored.mark },
    x: packText(JSON.stringify(stored.tally)),
    ttl: { N: String(expiry((key.hour + 1) * HOUR_MS)) },
  };
  if (oldMark === undefined) {
    const item = { ...itemKey(key), ...changes };
    const members = Object.keys(item).map((name) => `'${name}': ?`);
    return {
      Statement: `INSERT INTO "${tableName()}" VALUE {${members.join(', ')}}`,
      Parameters: Object.values(item),
    };
  }
  const where: Item = { ...itemKey(key), q: { S: oldMark } };
  const sets = Object.keys(changes).map((name) => `SET "${name}"=?`);
  const conditions = Object.keys(where).map((name) => `"${name}"=?`);
  return {
    Statement: `UPDATE "${tableName()}" ${sets.join(' ')} WHERE ${conditions.join(' AND ')}`,
    Parameters: [...Object.values(changes), ...Object.values(where)],
  };
}

/** Reads an owner's tallies of a range of hours, one per hour that has any; a minute or two late. */
export async function readHours(owner: string, from: number, to: number): Promise<Map<number, Tally>> {
  const hours = new Map<number, Tally>();
  let startKey: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await dynamodb.send(
      new QueryCommand({
        TableName: tableName(),
        KeyConditionExpression: 'pk = :owner AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':owner': { S: owner },
          ':from': { S: hourText(from) },
          // Behind every shard of the last hour.
          ':to': { S: `${hourText(to)}~` },
        },
        ExclusiveStartKey: startKey,
      }),
    );
    for (const item of Items) {
      const hour = Date.parse(`${item.sk?.S?.slice(0, 13)}:00:00Z`) / HOUR_MS;
      hours.set(hour, addTallies(hours.get(hour) ?? EMPTY_TALLY, tallyOf(item)));
    }
    startKey = LastEvaluatedKey;
  } while (startKey !== undefined);
  return hours;
}

function itemKey({ owner, hour, shard }: StatsKey): Item {
  return { pk: { S: owner }, sk: { S: `${hourText(hour)}#${shard}` } };
}

/** `2026-01-15T12`. */
function hourText(hour: number): string {
  return new Date(hour * HOUR_MS).toISOString().slice(0, 13);
}

function keyText({ pk, sk }: Item): string {
  return `${pk?.S} ${sk?.S}`;
}

function tallyOf(item: Item): Tally {
  return JSON.parse(unpackText(item.x)) as Tally;
}

/** When what is about a time is deleted, seconds since 1970. */
export function expiry(time: number): number {
  const retentionDays = Number(readOptionalEnvironment('retentionDays') ?? 30);
  return Math.floor(time / 1000) + retentionDays * DAY_SECONDS;
}

export function tableName(): string {
  return readEnvironment('statsTable');
}
