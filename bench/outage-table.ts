import { fileURLToPath } from 'node:url';
import { DEFAULT_CIRCUIT } from '../core/circuit.ts';
import { DIALECTS } from '../core/dialects/index.ts';
import { playOutage } from './outage.ts';
import type { OutageResult } from './outage-result.ts';

/**
 * What a day-long outage of one endpoint costs, with and without a circuit, as the table in docs/architecture.md:
 * `node bench/outage-table.ts`.
 */
const OUTAGE_MS = 86_400_000;
export const OUTAGE = {
  dialect: DIALECTS.standard,
  events: 100_000,
  outageMs: OUTAGE_MS,
  answerMs: 100,
};

/** Dollars, us-east-1. */
const PRICE = {
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  queueRequest: 0.4e-6,
  groupedSend: 0.1e-6,
  schedule: 1e-6,
  lambdaRequest: 0.2e-6,
  gigabyteSecond: 13.3334e-6,
};
/** Event, endpoint and record of a delivery's message. */
const UNITS_READ = 2.5;
/** A message is sent, received and deleted. */
const MESSAGE = 3 * PRICE.queueRequest + PRICE.groupedSend + PRICE.lambdaRequest;

function costOf(result: OutageResult): { requests: number; duration: number } {
  const requests =
    result.messages * MESSAGE +
    result.received * UNITS_READ * PRICE.readUnit +
    result.turns * MESSAGE +
    result.schedules * PRICE.schedule +
    (result.deliveryWrites + result.endpointWrites) * PRICE.writeUnit;
  return { requests, duration: (result.attemptMs / 1000) * PRICE.gigabyteSecond };
}

/** The table, in Markdown. */
export function printOutageTable(): string {
  const [without, with_] = [playOutage(OUTAGE), playOutage({ ...OUTAGE, circuit: DEFAULT_CIRCUIT })];
  const row = (name: string, show: (result: OutageResult) => string) =>
    `| ${name} | ${show(without)} | ${show(with_)} |`;
  const count = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 0 });
  const dollars = (value: number) => `$${value.toFixed(2)}`;
  return [
    '| | Without a circuit | With it |',
    '|---|---|---|',
    row('requests to the endpoint', ({ requests }) => count(requests)),
    row('of them, in vain: a timeout each', ({ vain }) => count(vain)),
    row('schedules', ({ schedules }) => count(schedules)),
    row('messages on the delivery queue', ({ messages }) => count(messages)),
    row('turns of the circuit', ({ turns }) => count(turns)),
    row('write units: deliveries, their index, attempts', ({ deliveryWrites }) => count(deliveryWrites)),
    row('write units: the endpoint', ({ endpointWrites }) => count(endpointWrites)),
    row('requests to AWS cost', (result) => dollars(costOf(result).requests)),
    row('functions wait, 1 GB, for', ({ attemptMs }) => `${count(attemptMs / 3_600_000)} h`),
    row('which costs', (result) => dollars(costOf(result).duration)),
    row('delivered', ({ succeeded }) => count(succeeded)),
    row('half of them, after the outage, within', (result) => delay(result, 0.5)),
    row('99 % of them, within', (result) => delay(result, 0.99)),
    row('all of them, within', (result) => delay(result, 1)),
  ].join('\n');
}

/** How long after the outage a share of the deliveries was delivered, in words. */
function delay({ deliveredAt }: OutageResult, share: number): string {
  const at = deliveredAt[Math.ceil(deliveredAt.length * share) - 1] as number;
  const minutes = (at - OUTAGE_MS) / 60_000;
  return minutes < 90 ? `${minutes.toFixed(0)} min` : `${(minutes / 60).toFixed(1)} h`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(printOutageTable());
