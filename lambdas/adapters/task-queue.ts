import { sendAll } from './delivery-queue.ts';
import { readEnvironment } from './environment.ts';

/** Asks for a task to be gone on with. */
export interface TaskMessage {
  readonly taskId: string;
  readonly tenantId: string;
  /** When it was first asked for, milliseconds since 1970. */
  readonly queuedAt: number;
}

/** Queues a task beside the fan-outs and the deletions, which are worked through a piece at a time as well. */
export async function queueTask(message: TaskMessage, delaySeconds: number): Promise<void> {
  await sendAll(readEnvironment('fanOutQueueUrl'), [
    {
      MessageBody: JSON.stringify(message),
      MessageGroupId: message.tenantId,
      ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
    },
  ]);
}

/** Reads a message of the fan-out queue, or undefined where it asks for something else. */
export function readTaskMessage(body: string): TaskMessage | undefined {
  const { taskId, tenantId, queuedAt } = JSON.parse(body) as Partial<TaskMessage>;
  if (typeof taskId !== 'string' || typeof tenantId !== 'string') return undefined;
  return { taskId, tenantId, queuedAt: Number(queuedAt) };
}
