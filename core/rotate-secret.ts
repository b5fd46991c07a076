import { PosthornError } from './errors.ts';
import { liveSecrets, type Secret } from './sign.ts';

const HOUR_MS = 3_600_000;

/** How long an old secret goes on signing where nobody says otherwise, and at most; hours. */
export const DEFAULT_OVERLAP_HOURS = 24;
export const MAX_OVERLAP_HOURS = 168;

/**
 * Older secrets that may still sign. Each adds 48 bytes (ed25519: 93) to the header of `standard`, of which receivers take
 * 8 KB of all headers together, or as little as 4.
 */
export const MAX_OLDER_SECRETS = 5;

/**
 * The secrets of an endpoint after its current one was replaced, oldest first. Those that signed go on until the overlap
 * ends, or until an earlier rotation's does; those that had ended are gone.
 * @param now milliseconds since 1970
 * @throws PosthornError `conflict` where too many would go on
 */
export function rotateSecret(
  secrets: readonly Secret[],
  fresh: Secret,
  now: number,
  overlapHours: number,
): Secret[] {
  const until = now + overlapHours * HOUR_MS;
  const shortened = liveSecrets(secrets, now).map((secret) => ({
    ...secret,
    expiresAt: Math.min(secret.expiresAt ?? until, until),
  }));
  const older = liveSecrets(shortened, now);
  if (older.length <= MAX_OLDER_SECRETS) return [...older, fresh];
  const firstEnd = new Date(Math.min(...older.map(({ expiresAt = until }) => expiresAt))).toISOString();
  throw new PosthornError(
    'conflict',
    `With the current secret ${older.length} older ones would go on signing; at most ${MAX_OLDER_SECRETS} may. Send overlap_hours: 0, which ends all of them now, or rotate after ${firstEnd}, when the next one ends.`,
  );
}
