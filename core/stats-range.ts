import { addTallies, EMPTY_TALLY, type Tally } from './tally.ts';

const HOURS = { hour: 1, day: 24 } as const;
export type Step = keyof typeof HOURS;

/** The most steps that one answer has: a week of hours, a month of days. */
export const MAX_STEPS = { hour: 168, day: 31 } as const satisfies Record<Step, number>;
/** How many steps are answered where no beginning is asked for: a day of hours, a month of days. */
export const USUAL_STEPS = { hour: 24, day: 30 } as const satisfies Record<Step, number>;

const HOUR_MS = 3_600_000;

/** Whole steps in UTC: `from` is the first hour since 1970, `to` the one behind the last. */
export interface StatsRange {
  readonly step: Step;
  readonly from: number;
  readonly to: number;
}

/**
 * The whole steps that a range of times touches.
 * @param times milliseconds since 1970; without `from` the usual number of steps up to `to`
 */
export function coverSteps(times: { readonly from?: number; readonly to: number }, step: Step): StatsRange {
  const size = HOURS[step];
  const to = Math.ceil(times.to / HOUR_MS / size) * size;
  if (times.from === undefined) return { step, from: to - USUAL_STEPS[step] * size, to };
  return { step, from: Math.floor(times.from / HOUR_MS / size) * size, to };
}

/** The first hour since 1970 that statistics which are kept for so many days have. @param now milliseconds since 1970 */
export function firstKeptHour(now: number, days: number): number {
  // An hour's statistics are deleted the days after its end.
  return Math.floor(now / HOUR_MS) - 24 * days;
}

/** The part of a range that is still known: whole steps from the first kept hour on. It may be empty. */
export function cutToKept(range: StatsRange, firstHour: number): StatsRange {
  const size = HOURS[range.step];
  const from = Math.max(range.from, Math.ceil(firstHour / size) * size);
  return { ...range, from: Math.min(from, range.to) };
}

export function countSteps({ step, from, to }: StatsRange): number {
  return (to - from) / HOURS[step];
}

/** The tally of each step, the empty ones too. @param hours tallies by hours since 1970 */
export function groupSteps(
  { step, from, to }: StatsRange,
  hours: ReadonlyMap<number, Tally>,
): { readonly at: number; readonly tally: Tally }[] {
  const size = HOURS[step];
  return Array.from({ length: (to - from) / size }, (_, i) => {
    const first = from + i * size;
    const tallies = Array.from({ length: size }, (_, hour) => hours.get(first + hour) ?? EMPTY_TALLY);
    return { at: first * HOUR_MS, tally: tallies.reduce(addTallies) };
  });
}
