import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DIALECTS } from '../../core/dialects/index.ts';
import { deliveryExpiry, eventExpiry, isListed, lastAttemptAt, SPARE_DAYS } from '../../core/retention.ts';

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

describe('a delivery that waits for an endpoint that is disabled after five days', () => {
  const lastOf = (days: number, waitsAfter: number) =>
    lastAttemptAt(eventExpiry(ACCEPTED_AT, days), ACCEPTED_AT + waitsAfter, 5 * DAY_MS);
  const HOURS = DAY_MS / 24;

  test('needs no last attempt where its event lives for long enough', () => {
    expect(lastOf(30, 20 * DAY_MS)).toBeUndefined();
    expect(lastOf(1, 18 * HOURS - 1)).toBeUndefined();
  });

  test('has one six hours before its event is deleted', () => {
    expect(lastOf(1, 18 * HOURS)).toBe(ACCEPTED_AT + 8 * DAY_MS - 6 * HOURS);
    expect(lastOf(1, 4 * DAY_MS)).toBe(ACCEPTED_AT + 8 * DAY_MS - 6 * HOURS);
  });

  test('has it at once where that is past, but behind its record', () => {
    expect(lastOf(1, 8 * DAY_MS - 1)).toBe(ACCEPTED_AT + 8 * DAY_MS - 1 + 60_000);
  });
});
