import { fileURLToPath } from 'node:url';
import { DEFAULT_CIRCUIT } from '../core/circuit.ts';
import type { Dialect } from '../core/dialects/dialect.ts';
import { DIALECTS } from '../core/dialects/index.ts';
import { playOutage } from './outage.ts';
import type { OutageResult } from './outage-result.ts';
import type { Capacity } from './receiver.ts';

/**
 * How a backlog drains into a receiver that is well again and takes only so much, as the table in docs/architecture.md:
 * `node bench/drain-table.ts`. Nothing of it may fail but what used its attempts up during the outage, as a probe.
 */
const OUTAGE = { events: 5_000, outageMs: 3_600_000, answerMs: 100 };
/** The dialects with few attempts, and the most used one. */
const SHOWN = [DIALECTS.standard, DIALECTS.generic, DIALECTS.arka, DIALECTS.arken];
const CAPACITIES: readonly Capacity[] = [1, 5, 20, 100].flatMap((perSecond) => [
  { perSecond, beyond: 'queues' },
  { perSecond, beyond: 'refuses' },
]);

export function playDrain(dialect: Dialect, capacity: Capacity): OutageResult {
  return playOutage({ ...OUTAGE, dialect, capacity, circuit: DEFAULT_CIRCUIT });
}

/** The table, in Markdown. */
export function printDrainTable(): string {
  const rows = CAPACITIES.map((capacity) => {
    const results = SHOWN.map((dialect) => playDrain(dialect, capacity));
    const cells = results.map(({ failed, vain, deliveredAt }) => {
      const last = deliveredAt.toSorted((a, b) => a - b)[Math.ceil(deliveredAt.length * 0.99) - 1] ?? 0;
      return `${failed} / ${vain} / ${Math.ceil((last - OUTAGE.outageMs) / 60_000)} min`;
    });
    return `| ${capacity.perSecond}/s, ${capacity.beyond} what is more | ${cells.join(' | ')} |`;
  });
  const names = SHOWN.map(({ name }) => `\`${name}\``).join(' | ');
  return [`| It takes | ${names} |`, `|---|${'---|'.repeat(SHOWN.length)}`, ...rows].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(printDrainTable());
