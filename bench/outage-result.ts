import type { CircuitSettings } from '../core/circuit.ts';
import type { Dialect } from '../core/dialects/dialect.ts';

/** An outage of one endpoint: it answers nothing until `outageMs`, and everything after. */
export interface Outage {
  readonly dialect: Dialect;
  /** Events, spread evenly over the outage. */
  readonly events: number;
  readonly outageMs: number;
  /** How long the endpoint takes where it answers. */
  readonly answerMs: number;
  /** Absent for a platform without circuits. */
  readonly circuit?: CircuitSettings;
}

/** What an outage came to. */
export interface OutageResult {
  requests: number;
  /** Requests that nobody answered, and how long they were waited for. */
  timeouts: number;
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
  /** When each was delivered, milliseconds. */
  readonly deliveredAt: number[];
}

/** The result before anything happened. */
export function noResult(): OutageResult {
  return {
    requests: 0,
    timeouts: 0,
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
    deliveredAt: [],
  };
}
