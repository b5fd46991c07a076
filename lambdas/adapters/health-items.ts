import type { Circuit, EndpointHealth } from '../../core/circuit.ts';
import { FIRST_WINDOW } from '../../core/drain.ts';
import type { Item } from './dynamodb.ts';

/** The attributes that count failures: a person who mends an endpoint removes them. */
export const COUNTED_FAILURES = ['run', 'failing_since', 'failed_at'];

/** The attributes that a success removes; it alone ends what was told. */
export const FAILURES = [...COUNTED_FAILURES, 'failing_told'];

/** Reads what the attempts of an endpoint left on its item. */
export function readHealth(item: Item): EndpointHealth {
  return {
    run: numberOf(item.run) ?? 0,
    failingSince: numberOf(item.failing_since),
    failedAt: numberOf(item.failed_at),
    told: numberOf(item.failing_told),
    circuit: item.circuit?.M && readCircuit(item.circuit.M),
  };
}

function readCircuit(map: Item): Circuit {
  return {
    id: numberOf(map.id) ?? 0,
    state: map.state?.S === 'open' ? 'open' : 'draining',
    since: numberOf(map.since) ?? 0,
    probes: numberOf(map.probes) ?? 0,
    turn: numberOf(map.turn) ?? 0,
    turnAt: numberOf(map.turn_at) ?? 0,
    window: numberOf(map.window) ?? FIRST_WINDOW,
    failedAt: numberOf(map.failed_at),
  };
}

/** A circuit as the map that stands on the endpoint's item. */
export function printCircuit({ state, turnAt, failedAt, ...numbers }: Circuit): Item {
  const named = { ...numbers, turn_at: turnAt, ...(failedAt !== undefined && { failed_at: failedAt }) };
  const members = Object.entries(named).map(([name, value]) => [name, { N: String(value) }] as const);
  return { state: { S: state }, ...Object.fromEntries(members) };
}

function numberOf(value: Item[string] | undefined): number | undefined {
  return value?.N === undefined ? undefined : Number(value.N);
}
