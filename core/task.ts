/** What a task does for one endpoint: deliver again what failed, or deliver what it never got. */
export type TaskKind = 'recover' | 'send_missed';

/** `stopped`: it could not go on, and its reason says why. */
export type TaskState = 'running' | 'done' | 'stopped';

/** What became of what a task looked at. */
export interface TaskCounts {
  /** Deliveries that were queued, each with a whole schedule before it. */
  readonly done: number;
  /** Looked at, and nothing was to be done. */
  readonly skipped: number;
  /** Could not be queued: the event is gone or cannot be read. */
  readonly failed: number;
}

/** A page of deliveries that are being queued. */
export interface PlannedPage extends TaskCounts {
  /** Where the next page begins. */
  readonly to: string;
}

/**
 * Work in the background that is too much for one call. Its progress is saved with every page, so it goes on wherever a
 * function that works on it ends.
 */
export interface Task extends TaskCounts {
  readonly id: string;
  readonly tenantId: string;
  readonly kind: TaskKind;
  readonly endpointId: string;
  /** Events accepted then or later, milliseconds since 1970. */
  readonly since: number;
  /** Events accepted before. */
  readonly until: number;
  readonly state: TaskState;
  /** Why it stopped. */
  readonly reason?: string;
  /** How much there is to look at, as far as that is counted. */
  readonly found: number;
  /** Whether all is counted; the work begins then. */
  readonly counted: boolean;
  /** Where it goes on, in words of its kind; empty at its start. */
  readonly place: string;
  /** Saved before anything of it is queued: after a crash it is queued again, and counted once. */
  readonly page?: PlannedPage;
  /** Rises with every change: of two that work on a task, one can save. */
  readonly revision: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt?: number;
}

export const TASK_ID_PREFIX = 'task_';

/** What a new task is made of. */
export type NewTask = Pick<Task, 'id' | 'tenantId' | 'kind' | 'endpointId' | 'since' | 'until'>;

/** A task of which nothing is done. */
export function startTask(wanted: NewTask, now: number): Task {
  const nothing = { found: 0, counted: false, done: 0, skipped: 0, failed: 0, place: '' };
  return { ...wanted, ...nothing, state: 'running', revision: 1, createdAt: now, updatedAt: now };
}

/** What is left to look at; undefined while that is being counted. Deliveries change meanwhile, so it is never negative. */
export function countLeft({ state, counted, found, done, skipped, failed }: Task): number | undefined {
  if (state === 'done') return 0;
  return counted ? Math.max(0, found - done - skipped - failed) : undefined;
}

/** The task when a page of it is queued. */
export function passPage(task: Task, { to, done, skipped, failed }: PlannedPage): Task {
  return {
    ...task,
    done: task.done + done,
    skipped: task.skipped + skipped,
    failed: task.failed + failed,
    place: to,
    page: undefined,
  };
}
