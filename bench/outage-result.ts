import type { CircuitSettings } from '../core/circuit.ts';
import type { Dialect } from '../core/dialects/dialect.ts';
import type { Capacity } from './receiver.ts';

/** An outage of one endpoint: it answers nothing until `outageMs`, and everything after. */
export interface Outage {
  readonly dialect: Dialect;
  /** Events, spread evenly over the outage. */
  readonly events: number;
  readonly outageMs: number;
  /** How long the endpoint takes where it answers. */
  readonly answerMs: number;
  /** What it takes where it answers; anything where absent. */
  readonly capacity?: Capacity;
  /** Absent for a platform without circuits. */
  readonly circuit?: CircuitSettings;
}

/** What an outage came to. */
export interface OutageResult {
  requests: number;
  /** Those that were made to find out whether it is well again. */
  probes: number;
  /** Those that nobody answered, or that were refused; and how long all of them took. */
  vain: number;
  attemptMs: number;
  schedules: number;
  /** Messages that were put on a queue, and those of them that the delivering function received. */
  messages: number;
  received: number;
  /** Write units: deliveries with their index and attempts; endpoints. */
  deliveryWrites: number;
  endpointWrites: number;
  /** Messages of the circuit's own: turns. */
  turns: number;
  /** Times that the circuit opened. */
  openings: number;
  succeeded: number;
  failed: number;
  /** Requests at one time, at most. */
  mostUnderWay: number;
  /** When each was delivered, milliseconds. */
  readonly deliveredAt: number[];
}

/** The result before anything happened. */
export function noResult(): OutageResult {
  return {
    requests: 0,
    probes: 0,
    vain: 0,
    attemptMs: 0,
    schedules: 0,
    messages: 0,
    received: 0,
    deliveryWrites: 0,
    endpointWrites: 0,
    turns: 0,
    openings: 0,
    succeeded: 0,
    failed: 0,
    mostUnderWay: 0,
    deliveredAt: [],
  };
}
