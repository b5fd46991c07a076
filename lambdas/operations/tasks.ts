import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { PosthornError, quote, refuse } from '../../core/errors.ts';
import { ID_RANDOM_BYTES, makeId } from '../../core/ids.ts';
import { countLeft, startTask, TASK_ID_PREFIX, type Task, type TaskKind } from '../../core/task.ts';
import { requireDialect } from '../adapters/dialects.ts';
import type { StoredEndpoint } from '../adapters/endpoint-items.ts';
import { queueTask } from '../adapters/task-queue.ts';
import { createTask, getTask, listTasks } from '../adapters/task-store.ts';
import { knownTenant, ownId, page, readCursor, showTime, tenantQuery, writeCursor } from './common.ts';
import { requireEndpoint } from './endpoints.ts';
import { defineOperation } from './operation.ts';
import { startedTaskExample, taskListSchema, taskRange, taskSchema } from './task-schemas.ts';

/** The first message is to find the task, which is stored after it. */
const STORED_SECONDS = 1;

export const taskOperations = [
  startOperation({
    kind: 'recover',
    path: '/v1/webhooks/{id}/recover',
    summary: "Deliver again, in the background, everything that failed of an endpoint's since a time",
    description:
      'Each failed delivery of an event that was accepted in that time gets a whole new schedule of attempts; tests are ' +
      'left alone. There is no limit to how many. Read the task by `GET /v1/tasks/{id}`.',
  }),
  startOperation({
    kind: 'send_missed',
    path: '/v1/webhooks/{id}/send-missed',
    summary: 'Deliver, in the background, the events since a time that an endpoint never got',
    description:
      'For an endpoint that was disabled for a while or created later than the events: each listed event of that time that ' +
      'matches its types and filters as they are now, and that has no delivery to it or a discarded one, gets a whole ' +
      'schedule of attempts. It begins once the list of events is known to be complete up to now. Read the task by ' +
      '`GET /v1/tasks/{id}`.',
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/tasks',
    access: 'portal',
    summary: 'List tasks, newest first',
    description:
      'Tasks are kept for 30 days. With `webhook_id` a page may be short, or empty, although more follow.',
    query: z.strictObject({
      ...page,
      ...tenantQuery,
      webhook_id: ownId.optional().meta({ description: 'Only tasks of this endpoint.' }),
    }),
    status: 200,
    response: taskListSchema,
    run: async ({ caller, query }) => {
      const after = readCursor(query.cursor, z.tuple([ownId]))?.[0];
      const options = { endpointId: query.webhook_id, after };
      const { tasks, nextId } = await listTasks(
        await knownTenant(caller, query.tenant_id),
        query.limit,
        options,
      );
      return { tasks: tasks.map(showTask), next_cursor: nextId === undefined ? null : writeCursor([nextId]) };
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/tasks/{id}',
    access: 'portal',
    summary: 'Read a task: what is done, left and failed',
    query: z.strictObject(tenantQuery),
    status: 200,
    response: taskSchema,
    run: async ({ caller, params: { id = '' }, query }) => {
      const tenantId = await knownTenant(caller, query.tenant_id);
      const task = ownId.safeParse(id).success ? await getTask(tenantId, id) : undefined;
      if (task === undefined) throw new PosthornError('not_found', `There is no task ${quote(id)}.`);
      return showTask(task);
    },
  }),
];

interface TaskOperation {
  readonly kind: TaskKind;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
}

function startOperation({ kind, ...described }: TaskOperation) {
  return defineOperation({
    method: 'POST',
    ...described,
    access: 'portal',
    body: taskRange,
    query: z.strictObject(tenantQuery),
    status: 202,
    response: taskSchema,
    examples: { body: { since: '2026-01-15T12:30:00Z' }, response: startedTaskExample(kind) },
    run: async ({ caller, params, query, body, now }) => {
      const tenantId = await knownTenant(caller, query.tenant_id ?? body.tenant_id);
      const endpoint = await requireEndpoint(tenantId, params.id);
      const range = checkRange(body.since, body.until ?? now, now);
      checkEndpoint(kind, endpoint);
      const id = makeId(TASK_ID_PREFIX, now, randomBytes(ID_RANDOM_BYTES));
      const task = startTask({ id, tenantId, kind, endpointId: endpoint.id, ...range }, now);
      // First the message, which waits for the task a while: a task that can be read has somebody who works on it.
      await queueTask({ taskId: id, tenantId, queuedAt: now }, STORED_SECONDS);
      await createTask(task);
      return showTask(task);
    },
  });
}

function checkRange(since: number, until: number, now: number): { since: number; until: number } {
  const shown = (time: number) => quote(new Date(time).toISOString());
  if (until > now) {
    throw refuse('invalid_request', 'until', `until is ${shown(until)}: it must not be in the future.`);
  }
  if (since < until) return { since: Math.max(0, since), until };
  const message = `since is ${shown(since)}: it must be before until, which is ${shown(until)}.`;
  throw refuse('invalid_request', 'since', message);
}

/** A guide that knows no resending has its receivers read what they missed; both tasks would break that. */
function checkEndpoint(kind: TaskKind, { id, active, dialect, operational }: StoredEndpoint): void {
  const refusal = requireDialect(dialect).resendRefusal;
  if (refusal !== null) throw new PosthornError('conflict', refusal);
  if (!active) {
    const message = `The webhook ${quote(id)} is disabled: enable it, then ask again.`;
    throw new PosthornError('conflict', message);
  }
  if (kind === 'send_missed' && operational) {
    const message = `The webhook ${quote(id)} gets operational events. They are in no list, so no missed one is found.`;
    throw new PosthornError('conflict', message);
  }
}

function showTask(task: Task) {
  return {
    id: task.id,
    kind: task.kind,
    webhook_id: task.endpointId,
    since: showTime(task.since),
    until: showTime(task.until),
    status: task.state,
    reason: task.reason,
    done: task.done,
    left: countLeft(task) ?? null,
    failed: task.failed,
    skipped: task.skipped,
    created_at: showTime(task.createdAt),
    updated_at: showTime(task.updatedAt),
    finished_at: task.finishedAt === undefined ? undefined : showTime(task.finishedAt),
  };
}
