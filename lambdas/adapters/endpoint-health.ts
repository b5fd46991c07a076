import {
  type AttemptResult,
  beginsNewRun,
  drainCircuit,
  type EndpointHealth,
  hasFailedTooLong,
  isSuccessNoted,
  isTurnLost,
  openCircuit,
  probeDelay,
  type Tally,
  tally,
} from '../../core/circuit.ts';
import type { AttemptFailure } from '../../core/notice.ts';
import { nextTurn, queueTurn } from './circuit-queue.ts';
import { announceSoon } from './endpoint-changes-store.ts';
import type { ReadEndpoint } from './endpoint-items.ts';
import { disableEndpoint } from './endpoint-store.ts';
import { circuitSettings, retryGraceMs } from './environment.ts';
import {
  addFailures,
  type EndpointPlace,
  forgetFailures,
  moveCircuit,
  putCircuit,
  renewTurn,
} from './health-store.ts';
import { logInfo } from './log.ts';
import { measure } from './metrics.ts';
import { forgetPlan } from './pace-store.ts';

/**
 * Notes on an endpoint what its attempts say of it: opens its circuit after a run of failures, lets it drain after a
 * success, disables it after days of nothing but failures. An endpoint whose attempts succeed costs no call.
 * @param endpoint as it was read before the attempts
 */
export async function noteResults(endpoint: ReadEndpoint, results: readonly AttemptResult[]): Promise<void> {
  const { tenantId, id: endpointId, health } = endpoint;
  const place = { tenantId, endpointId };
  const counted = tally(results);
  if (counted.succeeded && isSuccessNoted(health, counted)) {
    await noteSuccess(place, health, counted);
  } else if (counted.failures > 0) {
    await noteFailures(place, endpoint, counted);
  }
}

async function noteSuccess(place: EndpointPlace, health: EndpointHealth, counted: Tally): Promise<void> {
  const now = Date.now();
  const { circuit, told, failingSince } = health;
  const recovered =
    told === undefined ? undefined : ({ kind: 'recovered', at: now, since: failingSince } as const);
  if (recovered) await announceSoon(place);
  if (circuit?.state === 'open') {
    const moved = await moveCircuit(place, 'open', drainCircuit(circuit, now), 0, recovered);
    // The turns go on whatever happens here; this one only spares the wait for the next probe.
    if (moved?.circuit) {
      logInfo('an endpoint recovered; what waited for it is sent on', { ...place });
      await queueTurn(nextTurn(place, moved.circuit), moved.circuit.turnAt, now);
      return;
    }
  }
  // One that was read as open and could not be moved: another success was first, and it drains.
  const drains = circuit !== undefined;
  if (recovered && (await forgetFailures(place, counted, drains, recovered))) return;
  await forgetFailures(place, counted, drains);
}

async function noteFailures(place: EndpointPlace, read: ReadEndpoint, counted: Tally): Promise<void> {
  const settings = circuitSettings();
  const { firstAt = 0, lastAt = 0, lastFailure } = counted;
  const health = await addFailures(place, counted, beginsNewRun(read.health, firstAt));
  if (health === undefined) return;
  if (health.failingSince !== undefined && hasFailedTooLong(health.failingSince, lastAt, settings)) {
    const days = Math.floor((lastAt - health.failingSince) / 86_400_000);
    const last = lastFailure?.reason === undefined ? '' : ` The last one: ${lastFailure.reason}`;
    const reason = `Nothing was delivered for ${days} days: every attempt failed.${last}`;
    await disableEndpoint(place, { ...lastFailure, reason, at: lastAt, since: health.failingSince });
  } else if (health.run >= settings.failures && health.circuit?.state !== 'open') {
    // What is planned comes back to wait; it would keep the hours that it was planned for from everybody later.
    if (read.rateLimit?.perSecond !== undefined) await forgetPlan(read.id);
    await open(place, health, lastFailure);
  }
}

/** Opens a circuit, anew or again while it drains. What was told already, since nothing got through, is not told again. */
async function open(place: EndpointPlace, health: EndpointHealth, last?: AttemptFailure): Promise<void> {
  const now = Date.now();
  const { circuit: draining, told, failingSince } = health;
  const failing =
    told === undefined ? ({ kind: 'failing', at: now, since: failingSince, ...last } as const) : undefined;
  if (failing) await announceSoon(place);
  const circuit = openCircuit(now, circuitSettings(), draining);
  // The first probe is asked for before the circuit opens: it does not open without one.
  if (draining === undefined) await queueTurn(nextTurn(place, circuit), circuit.turnAt, now);
  const opened = draining
    ? await moveCircuit(place, 'draining', circuit, undefined, failing)
    : await putCircuit(place, circuit, failing);
  if (opened?.circuit === undefined) return;
  measure('circuitOpenings', 1);
  logInfo('an endpoint fails again and again; what comes for it waits', { ...place, run: opened.run });
  if (draining) await queueTurn(nextTurn(place, opened.circuit), circuit.turnAt, now);
}

/** Asks anew for the turn of a circuit whose message was lost. */
export async function reviveTurn(endpoint: ReadEndpoint): Promise<void> {
  const { tenantId, id: endpointId, health } = endpoint;
  const now = Date.now();
  if (health.circuit === undefined || !isTurnLost(health.circuit, now, retryGraceMs())) return;
  const place = { tenantId, endpointId };
  const renewed = await renewTurn(place, health.circuit, now + probeDelay(0, circuitSettings()));
  if (renewed?.circuit === undefined) return;
  logInfo('a turn of a circuit was lost and is asked for again', { ...place });
  await queueTurn(nextTurn(place, renewed.circuit), renewed.circuit.turnAt, now);
}
