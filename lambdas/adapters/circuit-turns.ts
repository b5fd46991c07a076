import { type Circuit, drainCircuit, MAX_DRAIN, planTurn } from '../../core/circuit.ts';
import { mostPerTurn } from '../../core/pace.ts';
import { type CircuitTurn, nextTurn, queueTurn } from './circuit-queue.ts';
import { queueDeliveries } from './delivery-queue.ts';
import { getEndpoint } from './endpoint-lists.ts';
import { circuitSettings, readEnvironment } from './environment.ts';
import { claimTurn, closeCircuit, moveCircuit } from './health-store.ts';
import { logInfo } from './log.ts';
import { findWaiting } from './waiting-list.ts';

/** A claim that was refused is tried again: the circuit may have changed its state since it was read. */
const READS = 3;
/** The index may be this far behind the table, and clocks differ; longer than both. */
const LAG_MS = 60_000;

/**
 * Takes a turn of an endpoint's circuit: makes a probe while it is open, sends on a page of what waited while it drains.
 * One chain of turns exists for a circuit. A message that crashed takes its turn again; a second message for the same
 * turn, or one of a circuit that is closed, does nothing.
 */
export async function takeTurn(turn: CircuitTurn, messageId: string): Promise<void> {
  for (let read = 0; read < READS; read++) {
    const endpoint = await getEndpoint(turn.tenantId, turn.endpointId);
    if (endpoint === undefined) return abandon(turn);
    const { circuit, run } = endpoint.health;
    if (circuit?.id !== turn.circuit) return;
    const now = Date.now();
    const most = endpoint.rateLimit && mostPerTurn(endpoint.rateLimit, MAX_DRAIN);
    const { does, next } = planTurn(circuit, { active: endpoint.active, run, most }, now, circuitSettings());
    const claimed = await claimTurn(turn, turn.turn, messageId, circuit, next);
    if (claimed === undefined) continue;
    const left = { ...next, turn: turn.turn + 1 };
    if (does === 'drain') return drain(turn, left, now);
    if (does === 'probe') await probe(turn, left, now);
    return queueTurn(nextTurn(turn, left), left.turnAt, now);
  }
}

/** Lets the oldest delivery that is due make its attempt. Where none waits at all, the next that comes is the probe. */
async function probe(turn: CircuitTurn, circuit: Circuit, now: number): Promise<void> {
  const [oldest] = await findWaiting(turn.endpointId, 1, { dueBy: now });
  if (oldest !== undefined) {
    return queueDeliveries([{ message: { ...oldest.message, probe: true }, delaySeconds: 0 }]);
  }
  if ((await findWaiting(turn.endpointId, 1)).length > 0) return;
  // One more failure opens it again.
  const moved = await moveCircuit(turn, 'open', drainCircuit(circuit, now), circuitSettings().failures - 1);
  if (moved?.circuit) await queueTurn(nextTurn(turn, moved.circuit), moved.circuit.turnAt, now);
}

/**
 * Sends on what waited, in order of age. When the end is reached and no function runs any more that read the circuit as
 * open, a last look finds what began to wait meanwhile; then the circuit is closed.
 */
async function drain(turn: CircuitTurn, circuit: Circuit, now: number): Promise<void> {
  const isOfThis = turn.since === circuit.since;
  const sweep = isOfThis && turn.sweep === true;
  const page = await sendOn(turn.endpointId, circuit.rate, {
    after: isOfThis ? turn.after : undefined,
    ...(sweep && { dueFrom: circuit.since - LAG_MS }),
  });
  const next = { ...nextTurn(turn, circuit), since: circuit.since };
  if (page.length >= circuit.rate) {
    return queueTurn({ ...next, after: page.at(-1), ...(sweep && { sweep }) }, circuit.turnAt, now);
  }
  const settledAt = circuit.since + settledAfterMs();
  if (!sweep || now < settledAt) {
    return queueTurn({ ...next, sweep: true }, Math.max(circuit.turnAt, settledAt), now);
  }
  if (await closeCircuit(turn, circuit, circuit.turn)) {
    return logInfo('the circuit of an endpoint closed', { ...placeOf(turn) });
  }
  await queueTurn(next, circuit.turnAt, now);
}

/** Hands on what waited for an endpoint that was deleted: delivering discards it, with the reason. */
async function abandon(turn: CircuitTurn): Promise<void> {
  const now = Date.now();
  const page = await sendOn(turn.endpointId, MAX_DRAIN, { after: turn.after });
  if (page.length === MAX_DRAIN) return queueTurn({ ...turn, after: page.at(-1) }, now + 1_000, now);
  if (turn.sweep) return;
  const { after: _, ...rest } = turn;
  await queueTurn({ ...rest, sweep: true }, now + settledAfterMs(), now);
}

/** @returns the orders of what was sent on */
async function sendOn(
  endpointId: string,
  limit: number,
  filter: Parameters<typeof findWaiting>[2],
): Promise<string[]> {
  const page = await findWaiting(endpointId, limit, filter);
  // First attempts too are counted under the endpoint: its tenant's other deliveries do not wait behind what rested.
  await queueDeliveries(page.map(({ message }) => ({ message, delaySeconds: 0, group: endpointId })));
  return page.map(({ order }) => order);
}

function settledAfterMs(): number {
  return Number(readEnvironment('settledAfterSeconds')) * 1000;
}

function placeOf({ tenantId, endpointId }: CircuitTurn) {
  return { tenantId, endpointId };
}
