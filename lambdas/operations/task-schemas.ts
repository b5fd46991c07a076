import * as z from 'zod';
import type { TaskKind } from '../../core/task.ts';
import { nextCursor, ownId, shownTime, time } from './common.ts';

/** Which events a task is about. */
export const taskRange = z.strictObject({
  since: time.meta({ description: 'Events that were accepted at this time or later.' }),
  until: time
    .optional()
    .meta({ description: 'Events that were accepted before this time; by default, before this call.' }),
  tenant_id: ownId.optional(),
});

const startedExample = {
  id: 'task_0ujsswThIGTUYm2K8FjOOf',
  webhook_id: 'ep_0ujsswThIGTUYm2K8FjOOf',
  since: '2026-01-15T12:30:00Z',
  until: '2026-01-15T18:00:00Z',
  status: 'running',
  done: 0,
  left: null,
  failed: 0,
  skipped: 0,
  created_at: '2026-01-15T18:00:00Z',
  updated_at: '2026-01-15T18:00:00Z',
};

/** What the call that starts a task answers. */
export const startedTaskExample = (kind: TaskKind) => ({ ...startedExample, kind });

export const taskSchema = z
  .object({
    id: ownId,
    kind: z.enum(['recover', 'send_missed']),
    webhook_id: ownId,
    since: shownTime,
    until: shownTime,
    status: z.enum(['running', 'done', 'stopped']).meta({
      description: '`stopped`: it could not go on, and `reason` says why.',
    }),
    reason: z.string().optional().meta({ description: 'E.g. `The webhook was disabled.`' }),
    done: z.int().meta({
      description:
        'Deliveries that were queued, each for a whole schedule; what comes of them, they show themselves.',
    }),
    left: z.int().nullable().meta({ description: 'Not looked at yet; null while that is being counted.' }),
    failed: z.int().meta({ description: 'Could not be queued, since the event is kept no longer.' }),
    skipped: z.int().meta({
      description: 'Events that the endpoint has had, or does not want by its types and filters.',
    }),
    created_at: shownTime,
    updated_at: shownTime,
    finished_at: shownTime.optional(),
  })
  .meta({
    id: 'Task',
    description: 'Work on many deliveries of an endpoint, in the background.',
    example: {
      ...startedExample,
      kind: 'recover',
      done: 250,
      left: 1_234,
      failed: 2,
      updated_at: '2026-01-15T18:00:04Z',
    },
  });

export const taskListSchema = z.object({ tasks: z.array(taskSchema), next_cursor: nextCursor });
