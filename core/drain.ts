/** What a drain has under way at first, and at most. It is also what a turn reads and queues at most. */
export const FIRST_WINDOW = 2;
export const MAX_WINDOW = 500;
/** A turn of draining follows the other by the smallest delay that a queue has, or by a longer one. */
export const DRAIN_TURN_MS = 1_000;
const SLOW_TURN_MS = 5_000;
/** What was sent on this long ago, or up to twice as long, is lost: a queue delays by 15 minutes at most. */
export const LOST_AFTER_MS = 900_000;

/** What became of the deliveries that earlier turns sent on. */
export interface Progress {
  /** How many were under way when the last turn ended, and how many of them still are. */
  readonly sent: number;
  readonly underWay: number;
  /** Whether an attempt failed since the last turn, and whether one did before, since draining began. */
  readonly failed: boolean;
  readonly failedBefore: boolean;
}

/** By how much the window grows: fast until a failure shows where the end is, then slowly towards it. */
const GROWTH = { first: 1 / 4, careful: 1 / 16 };

/**
 * How many deliveries may be under way; a fraction counts as soon as it is a whole one. Half where an attempt failed. More
 * where a full window lost half of itself since the last turn: a receiver that queues takes longer and longer, and so is
 * never filled beyond two seconds' worth.
 */
export function nextWindow(window: number, { sent, underWay, ...seen }: Progress, most: number): number {
  if (seen.failed) return Math.max(1, Math.min(most, window / 2));
  const isTaken = sent >= Math.floor(window) && underWay <= sent / 2;
  const growth = seen.failedBefore ? GROWTH.careful : GROWTH.first;
  return Math.min(most, isTaken ? window * (1 + growth) : window);
}

/**
 * How long after a turn the next one is taken, milliseconds: later where there was no room, and where even two at a time are
 * too many, since the retries of what failed need a place, too.
 */
export function turnPause(window: number, failedBefore: boolean, sentOn: number): number {
  return sentOn === 0 || (failedBefore && window < 2) ? SLOW_TURN_MS : DRAIN_TURN_MS;
}

/** One going through of what waits, in order of age. Orders are those of deliveries. */
export interface Lap {
  /** The last that was sent on. */
  readonly after?: string;
  /** Up to here nothing counts as under way any more: what still waits was lost, and is sent again by the next lap. */
  readonly lost?: string;
  /** What {@link after} was at a time: later it becomes {@link lost}. */
  readonly mark?: string;
  readonly markedAt?: number;
  /** How many were under way when the last turn ended. */
  readonly sent: number;
  /** Whether it is the last look, for what began to wait meanwhile. */
  readonly sweep?: true;
}

export const FIRST_LAP: Lap = { sent: 0 };

/** A lap after a turn: how many of the earlier ones were still under way, and the orders that it sent on. */
export function advanceLap(lap: Lap, underWay: number, page: readonly string[], now: number): Lap {
  const after = page.at(-1) ?? lap.after;
  const next = { ...lap, after, sent: underWay + page.length };
  if (after === undefined || now < (lap.markedAt ?? 0) + LOST_AFTER_MS) return next;
  return { ...next, lost: lap.mark, mark: after, markedAt: now };
}
