/** How much an endpoint takes, at most: requests begun in a second, and requests under way at a time. */
export interface RateLimit {
  readonly perSecond?: number;
  readonly concurrent?: number;
}

/** From one slot to the next, milliseconds. */
export function intervalOf(perSecond: number): number {
  return 1_000 / perSecond;
}

/**
 * How many slots lie within a time from now. Slots are evenly spaced, from now or from where the last reservation ended,
 * whichever is later: the generic cell rate algorithm (ITU-T I.371) without a burst. What was not used in the past is gone.
 * @param next where the last reservation ended, milliseconds since 1970
 */
export function slotsWithin(
  next: number | undefined,
  interval: number,
  now: number,
  withinMs: number,
): number {
  const first = Math.max(now, next ?? 0);
  // A hair less than a whole interval is a rounding error, not a slot too few.
  return Math.max(0, Math.floor((now + withinMs - first) / interval + 1e-6) + 1);
}

/** A message that is due this soon is held; a later one goes back on the queue until then. */
export const HELD_MS = 1_000;
/** What came late is held for this long at most, so that it does not lose its place to what comes later still. */
export const LONGEST_HOLD_MS = 5_000;

/**
 * How long a message waits that found every place taken, milliseconds: 2 to 4 s at first, 4 to 8 s after some times, never two
 * alike. Hardly longer for an old one, or new ones would overtake it, and places would stand idle while it is away.
 */
export function backOff(refusals: number, chance: number): number {
  const longest = Math.min(8_000, 4_000 + 500 * refusals);
  return Math.round(longest * (0.5 + chance / 2));
}

/** What draining may have under way at an endpoint with a limit: two turns' worth, since a turn takes a second or two. */
export function mostUnderWay({ perSecond, concurrent }: RateLimit, most: number): number {
  const bySecond = perSecond === undefined ? most : Math.max(1, Math.floor(2 * perSecond));
  const byPlaces = concurrent === undefined ? most : 2 * concurrent;
  return Math.min(most, bySecond, byPlaces);
}
