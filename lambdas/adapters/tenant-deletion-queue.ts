import { sendAll } from './delivery-queue.ts';
import { readEnvironment } from './environment.ts';

/** Asks for what a tenant owns to be deleted. */
export interface TenantDeletion {
  readonly deleteTenant: string;
  /** Whether no request that began before the tenant was marked can add anything any more. */
  readonly last: boolean;
}

/** Queues a deletion beside the fan-outs: both work through what is many, a piece at a time. */
export async function queueDeletion(deletion: TenantDeletion, delaySeconds: number): Promise<void> {
  await sendAll(readEnvironment('fanOutQueueUrl'), [
    {
      MessageBody: JSON.stringify(deletion),
      MessageGroupId: deletion.deleteTenant,
      ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
    },
  ]);
}

/** Reads a message of the fan-out queue, or undefined where it asks for something else. */
export function readDeletion(body: string): TenantDeletion | undefined {
  const { deleteTenant, last } = JSON.parse(body) as Partial<TenantDeletion>;
  return typeof deleteTenant === 'string' ? { deleteTenant, last: last === true } : undefined;
}
