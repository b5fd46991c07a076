import type { Circuit } from '../../core/circuit.ts';
import type { Lap } from '../../core/drain.ts';
import { MAX_QUEUE_DELAY_SECONDS } from '../../core/next-attempt.ts';
import { sendAll } from './delivery-queue.ts';
import { readEnvironment } from './environment.ts';
import type { EndpointPlace } from './health-store.ts';

/** Asks for the next turn of an endpoint's circuit: a probe while it is open, a page of draining after. */
export interface CircuitTurn extends EndpointPlace {
  /** Which circuit, and the turn's number in it. */
  readonly circuit: number;
  readonly turn: number;
  /** Of draining: which one, and how far it has come. */
  readonly since?: number;
  readonly lap?: Lap;
}

/** Queues a turn beside the fan-outs. One that is due later than a queue can wait comes early, and is put off again. */
export async function queueTurn(turn: CircuitTurn, dueAt: number, now: number): Promise<void> {
  const seconds = Math.min(MAX_QUEUE_DELAY_SECONDS, Math.max(0, Math.ceil((dueAt - now) / 1000)));
  await sendAll(readEnvironment('fanOutQueueUrl'), [
    {
      MessageBody: JSON.stringify(turn),
      MessageGroupId: turn.endpointId,
      ...(seconds > 0 && { DelaySeconds: seconds }),
    },
  ]);
}

/** The turn that an endpoint's circuit wants next. */
export function nextTurn({ tenantId, endpointId }: EndpointPlace, { id, turn }: Circuit): CircuitTurn {
  return { tenantId, endpointId, circuit: id, turn };
}

/** Reads a message of the fan-out queue, or undefined where it asks for something else. */
export function readTurn(body: string): CircuitTurn | undefined {
  const turn = JSON.parse(body) as Partial<CircuitTurn>;
  return Number.isSafeInteger(turn.circuit) && Number.isSafeInteger(turn.turn)
    ? (turn as CircuitTurn)
    : undefined;
}
