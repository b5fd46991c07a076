import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { playOutage } from '../../bench/outage.ts';
import { OUTAGE, printOutageTable } from '../../bench/outage-table.ts';
import { DEFAULT_CIRCUIT } from '../../core/circuit.ts';
import { DIALECTS } from '../../core/dialects/index.ts';

test('the table of an outage in the documentation is what the rules come to', () => {
  const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
  expect(page).toContain(`\n${printOutageTable()}\n`);
}, 120_000);

test.each(Object.values(DIALECTS))(
  'with a circuit, an outage costs $name no more deliveries than there were probes',
  (dialect) => {
    const result = playOutage({ ...OUTAGE, dialect, events: 10_000, circuit: DEFAULT_CIRCUIT });
    expect(result.succeeded + result.failed).toBe(10_000);
    expect(result.failed).toBeLessThanOrEqual(result.timeouts);
    expect(result.timeouts).toBeLessThan(300);
  },
  60_000,
);

test('an outage that is over before the circuit opens is retried as ever', () => {
  const outage = { ...OUTAGE, events: 10, outageMs: 60_000 };
  const result = playOutage({ ...outage, circuit: DEFAULT_CIRCUIT });
  expect(result).toEqual({ ...playOutage(outage), endpointWrites: result.endpointWrites });
  expect(result.openings).toBe(0);
});
