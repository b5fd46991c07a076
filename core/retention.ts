const DAY_SECONDS = 86_400;

/** Events outlive their deliveries: the longest schedule takes four days, and a resend may come at the last moment. */
export const SPARE_DAYS = 7;

/**
 * When an event is deleted, seconds since 1970.
 * @param acceptedAt milliseconds since 1970
 * @param days how long its tenant keeps deliveries
 */
export function eventExpiry(acceptedAt: number, days: number): number {
  return Math.floor(acceptedAt / 1000) + (days + SPARE_DAYS) * DAY_SECONDS;
}

/**
 * When a delivery is deleted, or the item of an attempt of it, seconds since 1970: it outlives what happened last by the
 * tenant's days, and its event never.
 * @param lastAt when it changed last, or is to be tried next, milliseconds since 1970
 * @param eventExpiresAt when its event is deleted, seconds since 1970: as stored, since the days may have been changed since
 */
export function deliveryExpiry(lastAt: number, eventExpiresAt: number, days: number): number {
  return Math.min(Math.floor(lastAt / 1000) + days * DAY_SECONDS, eventExpiresAt);
}

/** Time enough for a last attempt, behind what a limit of its endpoint holds back. */
const LAST_ATTEMPT_MS = 6 * 3_600_000;
/** Longer than it takes to send on what waited, once the endpoint is well. */
const LONGEST_DRAIN_MS = 2 * DAY_SECONDS * 1000;

/**
 * When a delivery that begins to wait for a circuit is to be tried for the last time, milliseconds since 1970: shortly before
 * its event is deleted. Undefined where the endpoint is well again or disabled before, which ends the delivery too.
 * @param eventExpiresAt seconds since 1970
 * @param now milliseconds since 1970
 * @param longestRestMs how long an endpoint fails until it is disabled
 */
export function lastAttemptAt(
  eventExpiresAt: number,
  now: number,
  longestRestMs: number,
): number | undefined {
  const at = eventExpiresAt * 1000 - LAST_ATTEMPT_MS;
  if (at > now + longestRestMs + LONGEST_DRAIN_MS) return undefined;
  // Its record is written first.
  return Math.max(at, now + 60_000);
}

/**
 * Whether an event of a tenant with days of its own is still listed: until its deliveries are deleted. From then on nobody
 * could tell what was delivered.
 * @param now milliseconds since 1970
 */
export function isListed(
  { acceptedAt, keptDays }: { readonly acceptedAt: number; readonly keptDays?: number },
  now: number,
): boolean {
  return keptDays === undefined || acceptedAt + keptDays * DAY_SECONDS * 1000 > now;
}
