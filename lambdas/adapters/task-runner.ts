import { passPage, type Task, type TaskKind } from '../../core/task.ts';
import { queueDeliveries } from './delivery-queue.ts';
import type { StoredEndpoint } from './endpoint-items.ts';
import { getEndpoint } from './endpoint-lists.ts';
import { logInfo } from './log.ts';
import { measure } from './metrics.ts';
import { missedWork } from './missed-work.ts';
import { recoverWork } from './recover-work.ts';
import { queueTask, type TaskMessage } from './task-queue.ts';
import { getTask, saveTask } from './task-store.ts';
import type { TaskWork } from './task-work.ts';

const WORK: Record<TaskKind, TaskWork> = { recover: recoverWork, send_missed: missedWork };

/** Of ten messages of a batch, each may take so long within the function's minute. */
const WORK_MS = 4_000;
/** Longer than a function runs: who saved the task meanwhile is done with it then, or dead. */
const LATER_SECONDS = 75;
/** A task is stored after its message was queued, within the longest request (29 s). */
const STORED_MS = 60_000;
const LOOK_AGAIN_SECONDS = 5;

/**
 * Works on a task for some seconds and queues the rest. Every step saves where it came to, on the condition that nobody
 * else did: so a message that comes twice, or again after a crash, repeats one page at most. Its deliveries are dropped by
 * their records then, and it is counted once.
 */
export async function continueTask(message: TaskMessage, now: number): Promise<void> {
  let task = await getTask(message.tenantId, message.taskId);
  if (task === undefined) {
    if (now < message.queuedAt + STORED_MS) return queueTask(message, LOOK_AGAIN_SECONDS);
    return logInfo('a task to go on with is gone', { ...message });
  }
  while (task.state === 'running') {
    if (Date.now() > now + WORK_MS) return queueTask(message, 0);
    const next = await takeStep(task);
    if (next === 'not yet') return queueTask(message, LOOK_AGAIN_SECONDS);
    // Somebody else is at it. Should they die, this message goes on; when they are done, it finds that.
    if (next === undefined) return queueTask(message, LATER_SECONDS);
    task = next;
  }
}

/** Takes a task one step on, where it can be. @returns the task, or undefined where somebody else saved it meanwhile */
async function takeStep(task: Task): Promise<Task | 'not yet' | undefined> {
  const endpoint = await getEndpoint(task.tenantId, task.endpointId);
  if (endpoint === undefined) return stop(task, 'The webhook was deleted.');
  if (!endpoint.active) return stop(task, 'The webhook was disabled.');
  if (task.counted) return await queuePage(task, endpoint);
  const count = await WORK[task.kind].count(task);
  if (count === undefined) return 'not yet';
  const { found, place, counted } = count;
  return await saveTask({ ...task, found: task.found + found, place, counted }, Date.now());
}

/** The page is saved before it is queued, and what came of it after: a crash in between repeats that page and no other. */
async function queuePage(task: Task, endpoint: StoredEndpoint): Promise<Task | undefined> {
  const read = await WORK[task.kind].readPage(task, endpoint, task.page?.to);
  if (read === undefined) return await saveTask({ ...task, state: 'done' }, Date.now());
  const { deliveries, ...found } = read;
  const page = task.page ?? found;
  if (deliveries.length === 0) return await saveTask(passPage(task, page), Date.now());
  const planned = task.page ? task : await saveTask({ ...task, page }, Date.now());
  if (planned === undefined) return undefined;
  await queueDeliveries(deliveries);
  const firsts = deliveries.filter(({ message }) => message.attempt === 1).length;
  if (firsts > 0) measure('dispatched', firsts);
  return await saveTask(passPage(planned, page), Date.now());
}

function stop(task: Task, reason: string): Promise<Task | undefined> {
  return saveTask({ ...task, state: 'stopped', reason }, Date.now());
}
