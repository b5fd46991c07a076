import { DRAIN_TURN_MS, FIRST_WINDOW, MAX_WINDOW, nextWindow, type Progress } from './drain.ts';
import type { AttemptFailure } from './notice.ts';

/** How an endpoint's circuit behaves. */
export interface CircuitSettings {
  /** Failed attempts in a row that open it. */
  readonly failures: number;
  /** The first probe comes this long after it opened, milliseconds; each further one after twice as long. */
  readonly firstProbeMs: number;
  /** The longest that a probe is put off. */
  readonly longestProbeMs: number;
  /** An endpoint that has failed for this long, with nothing delivered, is disabled. */
  readonly disableAfterMs: number;
}

/** What a deployment has unless it is told otherwise. */
export const DEFAULT_CIRCUIT: CircuitSettings = {
  failures: 20,
  firstProbeMs: 30_000,
  longestProbeMs: 900_000,
  disableAfterMs: 5 * 86_400_000,
};

/** What stands on an endpoint whose circuit is not closed. */
export interface Circuit {
  /** When it opened first, milliseconds since 1970: tells it from an earlier circuit of the same endpoint. */
  readonly id: number;
  /** `open`: deliveries wait. `draining`: those that waited are sent, and new ones go straight out. */
  readonly state: 'open' | 'draining';
  /** Since when it is in this state. */
  readonly since: number;
  /** Probes made since it opened. */
  readonly probes: number;
  /** The number of the next turn: one message at a time takes it. */
  readonly turn: number;
  /** When that turn is due. */
  readonly turnAt: number;
  /** Deliveries that draining may have under way. */
  readonly window: number;
  /** When the last failure ended that a turn of draining has seen. */
  readonly failedAt?: number;
}

/** What an endpoint's attempts say of it. Nothing is kept of an endpoint whose last attempt succeeded. */
export interface EndpointHealth {
  /** Failed attempts in a row. */
  readonly run: number;
  /** When the first and the last of them ended, milliseconds since 1970. */
  readonly failingSince?: number;
  readonly failedAt?: number;
  /** When it was told that the endpoint fails, where it was not told since that it recovered. */
  readonly told?: number;
  readonly circuit?: Circuit;
}

/** One attempt's result, as the circuit sees it. */
export interface AttemptResult {
  readonly delivered: boolean;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
  /** Why it failed, for those who are told. */
  readonly failure?: AttemptFailure;
}

/** What the results of several attempts come to. */
export interface Tally {
  readonly succeeded: boolean;
  /** Failures behind the last success, or all of them. */
  readonly failures: number;
  /** When the first of these failures ended, and why the last of them failed. */
  readonly firstAt?: number;
  readonly lastFailure?: AttemptFailure;
  /** When the last failure of all ended, though a success came after it. */
  readonly lastAt?: number;
}

/** Counts results: only what came after the last success is a run of failures. */
export function tally(results: readonly AttemptResult[]): Tally {
  const inOrder = results.toSorted((a, b) => a.endedAt - b.endedAt);
  const run = inOrder.slice(inOrder.findLastIndex(({ delivered }) => delivered) + 1);
  return {
    succeeded: run.length < results.length,
    failures: run.length,
    firstAt: run[0]?.endedAt,
    lastFailure: run.at(-1)?.failure,
    lastAt: inOrder.findLast(({ delivered }) => !delivered)?.endedAt,
  };
}

/** Whether results with a success among them change what is kept of an endpoint. While it drains, a failure before does, too. */
export function isSuccessNoted({ run, told, circuit }: EndpointHealth, { lastAt }: Tally): boolean {
  const isKnown = run > 0 || told !== undefined || circuit?.state === 'open';
  return isKnown || (circuit?.state === 'draining' && lastAt !== undefined);
}

/**
 * Two failures that lie further apart than this are not one run: nothing was tried in between. The longest delay of a
 * dialect is 24 hours.
 */
export const LONGEST_GAP_MS = 2 * 86_400_000;

/** Whether a failure at `now` begins a run of its own, since the one before was long ago. */
export function beginsNewRun({ failedAt }: EndpointHealth, now: number): boolean {
  return failedAt !== undefined && now - failedAt > LONGEST_GAP_MS;
}

/** Whether an endpoint whose attempt failed at `now` has failed for so long that it is disabled. */
export function hasFailedTooLong(
  failingSince: number | undefined,
  now: number,
  { disableAfterMs }: CircuitSettings,
): boolean {
  return failingSince !== undefined && now - failingSince >= disableAfterMs;
}

/** How long after the `probes`th probe (0: after the opening) the next one is made, milliseconds. */
export function probeDelay(probes: number, { firstProbeMs, longestProbeMs }: CircuitSettings): number {
  // 2 ** 30 first delays are beyond any longest one.
  return Math.min(firstProbeMs * 2 ** Math.min(probes, 30), longestProbeMs);
}

/** A circuit that opens: anew, or again while it drains. The turns go on, so that one chain of them exists. */
export function openCircuit(now: number, settings: CircuitSettings, draining?: Circuit): Circuit {
  return {
    id: draining?.id ?? now,
    state: 'open',
    since: now,
    probes: 0,
    turn: draining?.turn ?? 1,
    turnAt: now + probeDelay(0, settings),
    window: FIRST_WINDOW,
    failedAt: draining?.failedAt,
  };
}

/** The circuit of an endpoint that took a delivery, or whose deliveries need not wait any more. */
export function drainCircuit(open: Circuit, now: number): Circuit {
  return { ...open, state: 'draining', since: now, turnAt: now + DRAIN_TURN_MS, window: FIRST_WINDOW };
}

/** What a turn of a circuit does, and the circuit after it. */
export interface TurnPlan {
  /** `early`: the turn came before its time, since the circuit has opened again meanwhile. */
  readonly does: 'probe' | 'drain' | 'early';
  readonly next: Circuit;
}

/** What a turn knows of the endpoint beside its circuit. */
export interface TurnView {
  /** Where the endpoint is not active, what waits is handed on, to be discarded. */
  readonly active: boolean;
  /** When its last failed attempt ended. */
  readonly failedAt?: number;
  /** What became of what was sent on. */
  readonly progress: Pick<Progress, 'sent' | 'underWay'>;
  /** What draining may have under way, where the endpoint has a limit. */
  readonly most?: number;
}

/** Plans the turn of a circuit that is due. */
export function planTurn(
  circuit: Circuit,
  { active, failedAt, progress, most = MAX_WINDOW }: TurnView,
  now: number,
  settings: CircuitSettings,
): TurnPlan {
  const turn = circuit.turn + 1;
  const turnAt = now + DRAIN_TURN_MS;
  if (!active) {
    const draining = circuit.state === 'draining' ? circuit : drainCircuit(circuit, now);
    return { does: 'drain', next: { ...draining, turn, turnAt, window: MAX_WINDOW } };
  }
  if (circuit.state === 'draining') {
    const failedBefore = circuit.failedAt !== undefined;
    const failed = failedAt !== undefined && failedAt !== circuit.failedAt;
    const window = nextWindow(circuit.window, { ...progress, failed, failedBefore }, most);
    return {
      does: 'drain',
      next: { ...circuit, turn, turnAt, window, failedAt: failedAt ?? circuit.failedAt },
    };
  }
  if (now < circuit.turnAt - CLOCK_SKEW_MS) return { does: 'early', next: { ...circuit, turn } };
  const probes = circuit.probes + 1;
  return { does: 'probe', next: { ...circuit, turn, probes, turnAt: now + probeDelay(probes, settings) } };
}

/** Clocks differ by less. A message that comes earlier before its time did not come by what carries retries. */
export const CLOCK_SKEW_MS = 1_000;

/** A turn of draining may be put off, for the last look by 90 s. */
const LONGEST_PAUSE_MS = 120_000;

/** Whether a circuit's next turn is so late that its message must have been lost. */
export function isTurnLost({ turnAt, state }: Circuit, now: number, graceMs: number): boolean {
  return now >= turnAt + (state === 'draining' ? Math.max(graceMs, LONGEST_PAUSE_MS) : graceMs);
}
