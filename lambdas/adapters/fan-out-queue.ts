import { sendAll } from './delivery-queue.ts';
import { readEnvironment } from './environment.ts';

/** Asks for an event to be dispatched to the endpoints behind a certain one. */
export interface Continuation {
  readonly tenantId: string;
  readonly eventId: string;
  readonly acceptedAt: number;
  /** The last endpoint that was dispatched to; absent at the start. */
  readonly afterEndpointId?: string;
  /** Whether this repeats an old dispatch: endpoints that were created later then get nothing. */
  readonly again?: boolean;
}

/** Queues continuations. */
export async function queueContinuations(continuations: readonly Continuation[]): Promise<void> {
  await sendAll(
    readEnvironment('fanOutQueueUrl'),
    continuations.map((continuation) => ({
      MessageBody: JSON.stringify(continuation),
      MessageGroupId: continuation.tenantId,
    })),
  );
}

/** @throws Error where the text is no continuation */
export function readContinuation(body: string): Continuation {
  const continuation = JSON.parse(body) as Continuation;
  const { tenantId, eventId, acceptedAt } = continuation;
  if (typeof tenantId !== 'string' || typeof eventId !== 'string' || !Number.isSafeInteger(acceptedAt)) {
    throw new Error(`Not a continuation: ${body.slice(0, 200)}`);
  }
  return continuation;
}
