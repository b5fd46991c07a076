import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DIALECTS } from '../../core/dialects/index.ts';
import { deliveryExpiry, eventExpiry, isListed, SPARE_DAYS } from '../../core/retention.ts';

const ACCEPTED_AT = Date.UTC(2026, 0, 15);
const DAY_MS = 86_400_000;

test('a delivery is deleted its days after it changed last', () => {
  const changedAt = ACCEPTED_AT + 3 * DAY_MS;
  expect(deliveryExpiry(changedAt, eventExpiry(ACCEPTED_AT, 30), 30) * 1000).toBe(changedAt + 30 * DAY_MS);
});

test('no event is deleted before a delivery of it, whenever that changes', () => {
  const later = fc.integer({ min: 0, max: 400 * DAY_MS });
  const days = fc.integer({ min: 1, max: 3650 });
  fc.assert(
    // The days may be others by the time that it changes.
    fc.property(later, days, days, (after, then, now) => {
      const eventExpiresAt = eventExpiry(ACCEPTED_AT, then);
      return deliveryExpiry(ACCEPTED_AT + after, eventExpiresAt, now) <= eventExpiresAt;
    }),
  );
});

test.each(Object.values(DIALECTS))('every retry of $name finds its event, kept for a day', (dialect) => {
  const delays = dialect.retryDelays.reduce((sum, delay) => sum + delay * (1 + dialect.jitter), 0);
  expect(delays).toBeLessThan((1 + SPARE_DAYS) * 86_400);
});

test('an event is listed for its days, and for ever where it has none of its own', () => {
  const now = ACCEPTED_AT + 2 * DAY_MS;
  expect(isListed({ acceptedAt: ACCEPTED_AT, keptDays: 2 }, now)).toBe(false);
  expect(isListed({ acceptedAt: ACCEPTED_AT + 1, keptDays: 2 }, now)).toBe(true);
  expect(isListed({ acceptedAt: 0 }, now)).toBe(true);
});
