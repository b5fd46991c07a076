import type { EndState, FailureKind, ObservedChange } from './observed-change.ts';

/** Counts of what happened to an endpoint, or to all of a tenant's, in some time. Sums of tallies are tallies. */
export interface Tally {
  readonly attempts: number;
  readonly successes: number;
  readonly failures: Counts<FailureKind>;
  /** Deliveries, by how they ended. */
  readonly ended: Counts<EndState>;
  /** How many answers took how long: answers per bin of the latency sketch. */
  readonly latencies: Counts<string>;
  /** When attempts ended last, milliseconds since 1970. */
  readonly lastSuccessAt?: number;
  readonly lastFailureAt?: number;
}

export type Counts<Key extends string> = Readonly<Partial<Record<Key, number>>>;

export const EMPTY_TALLY: Tally = { attempts: 0, successes: 0, failures: {}, ended: {}, latencies: {} };

/**
 * The tally of one change.
 * @param at when it happened, milliseconds since 1970
 * @param binOf the sketch's bin of a time in milliseconds
 */
export function tallyChange(
  { attempt, ended }: ObservedChange,
  at: number,
  binOf: (ms: number) => string,
): Tally {
  const failed = attempt?.failure !== undefined;
  const succeeded = attempt !== undefined && !failed;
  return {
    attempts: attempt === undefined ? 0 : 1,
    successes: succeeded ? 1 : 0,
    failures: attempt?.failure === undefined ? {} : { [attempt.failure]: 1 },
    ended: ended === undefined ? {} : { [ended]: 1 },
    latencies: attempt?.answeredInMs === undefined ? {} : { [binOf(attempt.answeredInMs)]: 1 },
    ...(succeeded && { lastSuccessAt: at }),
    ...(failed && { lastFailureAt: at }),
  };
}

/** The tally of what two tallies counted. */
export function addTallies(a: Tally, b: Tally): Tally {
  const lastSuccessAt = latest(a.lastSuccessAt, b.lastSuccessAt);
  const lastFailureAt = latest(a.lastFailureAt, b.lastFailureAt);
  return {
    attempts: a.attempts + b.attempts,
    successes: a.successes + b.successes,
    failures: addCounts(a.failures, b.failures),
    ended: addCounts(a.ended, b.ended),
    latencies: addCounts(a.latencies, b.latencies),
    ...(lastSuccessAt !== undefined && { lastSuccessAt }),
    ...(lastFailureAt !== undefined && { lastFailureAt }),
  };
}

/** Successes by attempts, cut after the fourth digit so that 1 means all; undefined where there was no attempt. */
export function successRate({ attempts, successes }: Tally): number | undefined {
  return attempts === 0 ? undefined : Math.floor((successes / attempts) * 10_000) / 10_000;
}

function addCounts<Key extends string>(a: Counts<Key>, b: Counts<Key>): Counts<Key> {
  const sum: Partial<Record<Key, number>> = { ...a };
  for (const key of Object.keys(b) as Key[]) sum[key] = (sum[key] ?? 0) + (b[key] ?? 0);
  return sum;
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : Math.max(a, b ?? a);
}
