import { ConditionalCheckFailedException, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { PlannedPage, Task, TaskKind, TaskState } from '../../core/task.ts';
import { batchGet, dynamodb, type Item, keyAfter } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';
import { putNew } from './put-new.ts';

/** How long a task is kept after it changed last: a month, to be looked at. */
const KEPT_SECONDS = 30 * 86_400;
const PREFIX = 'TASK#';

/** Beside its tenant's other things, so that it goes with them. */
function taskKey(tenantId: string, taskId: string): Item {
  return { pk: { S: `TENANT#${tenantId}` }, sk: { S: PREFIX + taskId } };
}

/** Stores a new task. */
export async function createTask(task: Task): Promise<void> {
  // Its id is random, and who works on it already changes neither of these.
  if (await putNew(table().TableName, toItem(task), ['created_at', 'endpoint_id'])) return;
  throw new Error(`There is a task ${task.id} already.`);
}

/** Reads a task, with everything written before. */
export async function getTask(tenantId: string, taskId: string): Promise<Task | undefined> {
  const { TableName } = table();
  const keys = [taskKey(tenantId, taskId)];
  const [item] = (await batchGet([{ table: TableName, keys, consistent: true }])).get(TableName) ?? [];
  return item && fromItem(item);
}

/**
 * Saves what became of a task that was read, as its next revision.
 * @returns the task as it is now; undefined where somebody else saved it meanwhile, or it is gone
 */
export async function saveTask(task: Task, now: number): Promise<Task | undefined> {
  const finishedAt = task.state === 'running' ? undefined : now;
  const next = { ...task, revision: task.revision + 1, updatedAt: now, finishedAt };
  try {
    await dynamodb.send(
      new PutItemCommand({
        ...table(),
        Item: toItem(next),
        ConditionExpression: 'revision = :read',
        ExpressionAttributeValues: { ':read': { N: String(task.revision) } },
      }),
    );
    return next;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/** Lists a tenant's tasks, newest first. @param endpointId only its tasks; a page may then be short although more follow */
export async function listTasks(
  tenantId: string,
  limit: number,
  options: { readonly endpointId?: string; readonly after?: string } = {},
): Promise<{ tasks: Task[]; nextId?: string }> {
  const { endpointId, after } = options;
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(
    new QueryCommand({
      ...table(),
      KeyConditionExpression: 'pk = :tenant AND begins_with(sk, :prefix)',
      ...(endpointId !== undefined && { FilterExpression: 'endpoint_id = :endpoint' }),
      ExpressionAttributeValues: {
        ':tenant': { S: `TENANT#${tenantId}` },
        ':prefix': { S: PREFIX },
        ...(endpointId !== undefined && { ':endpoint': { S: endpointId } }),
      },
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: limit,
      ExclusiveStartKey: after === undefined ? undefined : taskKey(tenantId, after),
    }),
  );
  return {
    tasks: Items.map(fromItem),
    nextId: LastEvaluatedKey && keyAfter(PREFIX, LastEvaluatedKey.sk),
  };
}

function toItem(task: Task): Item {
  const number = (value: number) => ({ N: String(value) });
  return {
    ...taskKey(task.tenantId, task.id),
    kind: { S: task.kind },
    endpoint_id: { S: task.endpointId },
    since: number(task.since),
    until: number(task.until),
    state: { S: task.state },
    ...(task.reason !== undefined && { reason: { S: task.reason } }),
    found: number(task.found),
    counted: { BOOL: task.counted },
    done: number(task.done),
    skipped: number(task.skipped),
    failed: number(task.failed),
    place: { S: task.place },
    ...(task.page && { page: { S: JSON.stringify(task.page) } }),
    revision: number(task.revision),
    created_at: number(task.createdAt),
    updated_at: number(task.updatedAt),
    ...(task.finishedAt !== undefined && { finished_at: number(task.finishedAt) }),
    ttl: number(Math.floor(task.updatedAt / 1000) + KEPT_SECONDS),
  };
}

function fromItem(item: Item): Task {
  const number = (name: string) => Number(item[name]?.N);
  return {
    id: keyAfter(PREFIX, item.sk),
    tenantId: keyAfter('TENANT#', item.pk),
    kind: item.kind?.S as TaskKind,
    endpointId: item.endpoint_id?.S ?? '',
    since: number('since'),
    until: number('until'),
    state: item.state?.S as TaskState,
    reason: item.reason?.S,
    found: number('found'),
    counted: item.counted?.BOOL === true,
    done: number('done'),
    skipped: number('skipped'),
    failed: number('failed'),
    place: item.place?.S ?? '',
    page: item.page?.S === undefined ? undefined : (JSON.parse(item.page.S) as PlannedPage),
    revision: number('revision'),
    createdAt: number('created_at'),
    updatedAt: number('updated_at'),
    finishedAt: item.finished_at?.N === undefined ? undefined : number('finished_at'),
  };
}

function table(): { TableName: string } {
  return { TableName: readEnvironment('directoryTable') };
}
