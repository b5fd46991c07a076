import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { playDrain, printDrainTable } from '../../bench/drain-table.ts';
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
    expect(result.failed).toBeLessThanOrEqual(result.vain);
    expect(result.vain).toBeLessThan(300);
  },
  60_000,
);

test('the table of a drain in the documentation is what the rules come to', () => {
  const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
  expect(page).toContain(`\n${printDrainTable()}\n`);
}, 120_000);

const CAPACITIES = [1, 2, 5, 20, 100].flatMap((perSecond) => [
  { perSecond, beyond: 'queues' as const },
  { perSecond, beyond: 'refuses' as const },
]);

test.each(Object.values(DIALECTS))(
  'a backlog of $name drains into a receiver of any capacity, and fails none but probes',
  (dialect) => {
    for (const capacity of CAPACITIES) {
      const result = playDrain(dialect, capacity);
      expect(result).toMatchObject({ openings: 1 });
      expect(result.succeeded + result.failed).toBe(5_000);
      expect(result.failed).toBeLessThanOrEqual(result.probes);
      // Never more than two seconds' worth, but for what was under way when the circuit opened.
      const atOpening = Math.ceil((dialect.timeoutMs * 5_000) / 3_600_000) + 20;
      expect(result.mostUnderWay).toBeLessThan(Math.max(3 * capacity.perSecond, atOpening));
    }
  },
  60_000,
);

test('an outage that is over before the circuit opens is retried as ever', () => {
  const outage = { ...OUTAGE, events: 10, outageMs: 60_000 };
  const result = playOutage({ ...outage, circuit: DEFAULT_CIRCUIT });
  expect(result).toEqual({ ...playOutage(outage), endpointWrites: result.endpointWrites });
  expect(result.openings).toBe(0);
});
