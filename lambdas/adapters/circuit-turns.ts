import { type Circuit, drainCircuit, isTurnLost, planTurn } from '../../core/circuit.ts';
import { advanceLap, FIRST_LAP, type Lap, MAX_WINDOW, turnPause } from '../../core/drain.ts';
import { mostUnderWay } from '../../core/pace.ts';
import { type CircuitTurn, nextTurn, queueTurn } from './circuit-queue.ts';
import { queueDeliveries } from './delivery-queue.ts';
import { reviveTurn } from './endpoint-health.ts';
import type { ReadEndpoint } from './endpoint-items.ts';
import { getEndpoint } from './endpoint-lists.ts';
import { circuitSettings, readEnvironment, retryGraceMs } from './environment.ts';
import { claimTurn, closeCircuit, moveCircuit } from './health-store.ts';
import { logInfo } from './log.ts';
import { measure } from './metrics.ts';
import { findWaiting, type WaitingDelivery } from './waiting-list.ts';

/** A claim that was refused is tried again: the circuit may have changed its state since it was read. */
const READS = 3;
/**
 * Takes a turn of an endpoint's circuit: makes a probe while it is open, sends on some of what waited while it drains. One chain
 * of turns exists for a circuit. A message that crashed takes its turn again; a second message for the same turn, or one of a
 * circuit that is closed, does nothing.
 */
export async function takeTurn(turn: CircuitTurn, messageId: string): Promise<void> {
  for (let read = 0; read < READS; read++) {
    const endpoint = await getEndpoint(turn.tenantId, turn.endpointId);
    if (endpoint === undefined) return abandon(turn);
    const { circuit } = endpoint.health;
    if (circuit?.id !== turn.circuit) return;
    const now = Date.now();
    // What draining sent on waits until it is recorded: what still does is under way.
    const lap = (turn.since === circuit.since && turn.lap) || FIRST_LAP;
    const underWay = await findUnderWay(turn.endpointId, lap);
    const { does, next } = planNext(endpoint, circuit, { sent: lap.sent, underWay: underWay.length }, now);
    const claimed = await claimTurn(turn, turn.turn, messageId, circuit, next);
    if (claimed === undefined && isTurnLost(circuit, now, retryGraceMs())) return reviveTurn(endpoint);
    if (claimed === undefined) continue;
    const left = { ...next, turn: turn.turn + 1 };
    if (does === 'drain') return drain(turn, left, lap, underWay, now);
    if (does === 'probe') await probe(turn, left, now);
    return queueTurn(nextTurn(turn, left), left.turnAt, now);
  }
}

function planNext(
  { active, rateLimit, health }: ReadEndpoint,
  circuit: Circuit,
  progress: { readonly sent: number; readonly underWay: number },
  now: number,
) {
  const most = rateLimit && mostUnderWay(rateLimit, MAX_WINDOW);
  return planTurn(circuit, { active, failedAt: health.failedAt, progress, most }, now, circuitSettings());
}

function findUnderWay(endpointId: string, { after, lost }: Lap): Promise<WaitingDelivery[]> {
  // Where all that was sent on is lost there is no range to ask for, and DynamoDB refuses bounds that are the wrong way round.
  if (after === undefined || (lost !== undefined && lost >= after)) return Promise.resolve([]);
  return findWaiting(endpointId, MAX_WINDOW, { after: lost, upTo: after });
}

/** Lets the oldest delivery that is due make its attempt. Where none waits at all, the next that comes is the probe. */
async function probe(turn: CircuitTurn, circuit: Circuit, now: number): Promise<void> {
  const [oldest] = await findWaiting(turn.endpointId, 1, { dueBy: now });
  if (oldest !== undefined) {
    measureOldest(oldest, now);
    return queueDeliveries([{ message: { ...oldest.message, probe: true }, delaySeconds: 0 }]);
  }
  if ((await findWaiting(turn.endpointId, 1)).length > 0) return;
  // One more failure opens it again.
  const moved = await moveCircuit(turn, 'open', drainCircuit(circuit, now), circuitSettings().failures - 1);
  if (moved?.circuit) await queueTurn(nextTurn(turn, moved.circuit), moved.circuit.turnAt, now);
}

/**
 * Sends on what waited, in order of age, as far as there is room beside what is under way. When the end is reached and no
 * function runs any more that read the circuit as open, a last lap finds what began to wait meanwhile and what was lost; then
 * the circuit is closed.
 */
async function drain(
  turn: CircuitTurn,
  circuit: Circuit,
  lap: Lap,
  underWay: readonly WaitingDelivery[],
  now: number,
): Promise<void> {
  const room = Math.floor(circuit.window) - underWay.length;
  const page = room > 0 ? await sendOn(turn.endpointId, room, lap.after) : [];
  const next = { ...nextTurn(turn, circuit), since: circuit.since };
  const [oldest] = [...underWay, ...page];
  if (oldest !== undefined) {
    measureOldest(oldest, now);
    const orders = page.map(({ order }) => order);
    const pause = turnPause(circuit.window, circuit.failedAt !== undefined, page.length);
    return queueTurn({ ...next, lap: advanceLap(lap, underWay.length, orders, now) }, now + pause, now);
  }
  const settledAt = circuit.since + settledAfterMs();
  if (!lap.sweep || now < settledAt) {
    const sweep = { ...FIRST_LAP, sweep: true } as const;
    return queueTurn({ ...next, lap: sweep }, Math.max(circuit.turnAt, settledAt), now);
  }
  if (await closeCircuit(turn, circuit, circuit.turn)) {
    return logInfo('the circuit of an endpoint closed', { ...placeOf(turn) });
  }
  await queueTurn(next, circuit.turnAt, now);
}

/** Hands on what waited for an endpoint that was deleted: delivering discards it, with the reason. */
async function abandon({ lap = FIRST_LAP, ...turn }: CircuitTurn): Promise<void> {
  const now = Date.now();
  const page = await sendOn(turn.endpointId, MAX_WINDOW, lap.after);
  if (page.length === MAX_WINDOW) {
    return queueTurn({ ...turn, lap: { ...lap, after: page.at(-1)?.order } }, now + 1_000, now);
  }
  if (lap.sweep) return;
  await queueTurn({ ...turn, lap: { ...FIRST_LAP, sweep: true } }, now + settledAfterMs(), now);
}

/** @returns what was sent on */
async function sendOn(endpointId: string, limit: number, after?: string): Promise<WaitingDelivery[]> {
  const page = await findWaiting(endpointId, limit, { after });
  // First attempts too are counted under the endpoint: its tenant's other deliveries do not wait behind what rested.
  await queueDeliveries(page.map(({ message }) => ({ message, delaySeconds: 0, group: endpointId })));
  return page;
}

/** Nothing else shows what rests: it is on no queue. */
function measureOldest({ message }: WaitingDelivery, now: number): void {
  measure('restingAge', now - message.acceptedAt);
}

function settledAfterMs(): number {
  return Number(readEnvironment('settledAfterSeconds')) * 1000;
}

function placeOf({ tenantId, endpointId }: CircuitTurn) {
  return { tenantId, endpointId };
}
