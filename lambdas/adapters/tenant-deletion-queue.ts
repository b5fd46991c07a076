import { sendAll } from './delivery-queue.ts';
import { readEnvironment } from './environment.ts';

/**
 * A tenant's things are gone through three times: at once; when no container knows the tenant as active any more; and when
 * nothing that lagged (a stream, a window of statistics) can add to them.
 */
const ROUNDS = ['first', 'settled', 'late'] as const;
export type DeletionRound = (typeof ROUNDS)[number];

/** Asks for what a tenant owns to be deleted. */
export interface TenantDeletion {
  readonly deleteTenant: string;
  readonly round: DeletionRound;
  /** The endpoint up to which the round has come. */
  readonly after?: string;
  /** When it is to go on, milliseconds since 1970; at once where absent. */
  readonly notBefore?: number;
}

/** A queue's longest delay. What has longer to wait comes by in between, and is queued again. */
const MAX_DELAY_SECONDS = 900;

/** Queues a deletion beside the fan-outs: both work through what is many, a piece at a time. */
export async function queueDeletion(deletion: TenantDeletion): Promise<void> {
  const left = Math.ceil(((deletion.notBefore ?? 0) - Date.now()) / 1000);
  const delaySeconds = Math.min(left, MAX_DELAY_SECONDS);
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
  const { deleteTenant, round, after, notBefore } = JSON.parse(body) as Partial<TenantDeletion>;
  if (typeof deleteTenant !== 'string') return undefined;
  // What names no round is done from the beginning, which harms nothing.
  return { deleteTenant, round: ROUNDS.find((one) => one === round) ?? 'first', after, notBefore };
}
