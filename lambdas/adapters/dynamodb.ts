import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  type BatchStatementError,
  type BatchStatementRequest,
  BatchWriteItemCommand,
  type BatchWriteItemCommandOutput,
  DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';

export type Item = Record<string, AttributeValue>;

/**
 * One client per container, connections kept alive. A lost answer costs at most the request timeout before the SDK
 * tries again, well within every function's time.
 */
export const dynamodb = new DynamoDBClient({
  maxAttempts: 5,
  requestHandler: AWS_TIMEOUTS,
});

/** BatchGetItem's and BatchExecuteStatement's limits (DynamoDB API reference). */
const KEYS_PER_READ = 100;
const STATEMENTS_PER_CALL = 25;
const PUTS_PER_CALL = 25;
/** A table that throttles for longer than these waits fails the call, and the caller's retry takes over. */
const BACKOFF_MS = [50, 100, 200, 400, 800, 1600];

/** The keys wanted of one table. */
export interface TableKeys {
  readonly table: string;
  readonly keys: readonly Item[];
  readonly consistent: boolean;
  /** Attributes wanted; all where absent. */
  readonly attributes?: readonly string[];
}

/**
 * Reads items of several tables in as few calls as possible; keys that were left out by DynamoDB are asked again.
 * Missing items are simply not there; keys named twice are read once.
 */
export async function batchGet(wanted: readonly TableKeys[]): Promise<Map<string, Item[]>> {
  const found = new Map<string, Item[]>(wanted.map(({ table }) => [table, []]));
  for (const request of chunkReads(wanted)) {
    let pending: typeof request | undefined = request;
    for (let round = 0; pending !== undefined && Object.keys(pending).length > 0; round++) {
      await pause(round, 'BatchGetItem');
      const answer = await dynamodb.send(new BatchGetItemCommand({ RequestItems: pending }));
      for (const [table, items] of Object.entries(answer.Responses ?? {})) found.get(table)?.push(...items);
      pending = answer.UnprocessedKeys as typeof request | undefined;
    }
  }
  return found;
}

type ReadRequest = Record<
  string,
  {
    Keys: Item[];
    ConsistentRead: boolean;
    ProjectionExpression?: string;
    ExpressionAttributeNames?: Record<string, string>;
  }
>;

function chunkReads(wanted: readonly TableKeys[]): ReadRequest[] {
  const requests: ReadRequest[] = [];
  let room = 0;
  for (const { table, keys, consistent, attributes } of wanted) {
    const unique = new Map(keys.map((key) => [JSON.stringify(key), key]));
    for (const key of unique.values()) {
      if (room === 0) {
        requests.push({});
        room = KEYS_PER_READ;
      }
      const request = requests.at(-1) as ReadRequest;
      request[table] ??= { Keys: [], ConsistentRead: consistent, ...project(attributes) };
      request[table].Keys.push(key);
      room--;
    }
  }
  return requests;
}

/** A projection by placeholders, since attribute names may be reserved words. */
export function project(attributes: readonly string[] | undefined): {
  ProjectionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
} {
  if (attributes === undefined) return {};
  return {
    ProjectionExpression: attributes.map((_, i) => `#p${i}`).join(','),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name, i) => [`#p${i}`, name])),
  };
}

/** What came of one statement: nothing, or why it was refused. */
export type StatementResult = { readonly error?: BatchStatementError };

/** Errors that say "not now"; the statement changed nothing and is made again. */
const TRANSIENT = new Set([
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'InternalServerError',
  'TransactionConflict',
]);

/** Runs PartiQL writes, 25 to a call; each succeeds or fails alone, and the results come in the statements' order. */
export async function executeStatements(
  statements: readonly BatchStatementRequest[],
): Promise<StatementResult[]> {
  const results: StatementResult[] = statements.map(() => ({}));
  let pending = statements.map((_, index) => index);
  for (let round = 0; pending.length > 0; round++) {
    await pause(round, 'BatchExecuteStatement');
    const again: number[] = [];
    for (let start = 0; start < pending.length; start += STATEMENTS_PER_CALL) {
      const indexes = pending.slice(start, start + STATEMENTS_PER_CALL);
      const Statements = indexes.map((index) => statements[index] as BatchStatementRequest);
      const answer = await dynamodb.send(new BatchExecuteStatementCommand({ Statements }));
      for (const [i, index] of indexes.entries()) {
        const error = answer.Responses?.[i]?.Error;
        if (error !== undefined && TRANSIENT.has(String(error.Code))) again.push(index);
        else results[index] = error === undefined ? {} : { error };
      }
    }
    pending = again;
  }
  return results;
}

/** Puts items whatever stands there, 25 to a call. */
export async function batchPut(table: string, items: readonly Item[]): Promise<void> {
  for (let start = 0; start < items.length; start += PUTS_PER_CALL) {
    const puts = items.slice(start, start + PUTS_PER_CALL).map((Item) => ({ PutRequest: { Item } }));
    await batchWrite(table, puts);
  }
}

/** Deletes items by their keys, 25 to a call; those that are gone already are no error, nor is a key that is named twice. */
export async function batchDelete(table: string, keys: readonly Item[]): Promise<void> {
  const unique = [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
  for (let start = 0; start < unique.length; start += PUTS_PER_CALL) {
    const deletes = unique.slice(start, start + PUTS_PER_CALL).map((Key) => ({ DeleteRequest: { Key } }));
    await batchWrite(table, deletes);
  }
}

async function batchWrite(table: string, requests: WriteRequest[]): Promise<void> {
  let pending: Record<string, WriteRequest[]> | undefined = { [table]: requests };
  for (let round = 0; pending !== undefined && Object.keys(pending).length > 0; round++) {
    await pause(round, 'BatchWriteItem');
    const answer: BatchWriteItemCommandOutput = await dynamodb.send(
      new BatchWriteItemCommand({ RequestItems: pending }),
    );
    pending = answer.UnprocessedItems;
  }
}

/** Whether a write was refused because its condition did not hold (DuplicateItem is PartiQL's word for an INSERT). */
export function isConditionFailure(error: BatchStatementError | undefined): boolean {
  return error?.Code === 'DuplicateItem' || error?.Code === 'ConditionalCheckFailed';
}

/** Waits before a repeated round. @throws Error when the rounds are used up */
async function pause(round: number, call: string): Promise<void> {
  if (round === 0) return;
  const wait = BACKOFF_MS[round - 1];
  if (wait === undefined) throw new Error(`DynamoDB left work of ${call} undone ${round} times.`);
  await sleep(wait / 2 + (Math.random() * wait) / 2);
}

/** The part of a key behind its prefix: `ENDPOINT#wh_1` is `wh_1`. */
export function keyAfter(prefix: string, key: AttributeValue | undefined): string {
  return (key?.S ?? '').slice(prefix.length);
}
