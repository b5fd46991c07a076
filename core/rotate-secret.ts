import { liveSecrets, type Secret } from './sign.ts';

const HOUR_MS = 3_600_000;

/** How long an old secret goes on signing where nobody says otherwise, and at most; hours. */
export const DEFAULT_OVERLAP_HOURS = 24;
export const MAX_OVERLAP_HOURS = 168;

/**
 * The secrets of an endpoint after its current one was replaced, oldest first. Those that signed go on until the overlap
 * ends, or until an earlier rotation's does; those that had ended are gone.
 * @param now milliseconds since 1970
 */
export function rotateSecret(
  secrets: readonly Secret[],
  fresh: Secret,
  now: number,
  overlapHours: number,
): Secret[] {
  const until = now + overlapHours * HOUR_MS;
  const old = liveSecrets(secrets, now).map((secret) => ({
    ...secret,
    expiresAt: Math.min(secret.expiresAt ?? until, until),
  }));
  return [...liveSecrets(old, now), fresh];
}
