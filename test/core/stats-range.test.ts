import { describe, expect, test } from '@jest/globals';
import { coverSteps, cutToKept, firstKeptHour } from '../../core/stats-range.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 0, 31, 12, 30);

describe('the first hour that is kept', () => {
  test.each([
    ['within an hour', NOW, Date.UTC(2026, 0, 24, 12)],
    ['at its beginning', Date.UTC(2026, 0, 31, 12), Date.UTC(2026, 0, 24, 12)],
    ['before its end', Date.UTC(2026, 0, 31, 12, 59, 59, 999), Date.UTC(2026, 0, 24, 12)],
  ])('ended less than the days ago, %s', (_case, now, first) => {
    expect(firstKeptHour(now, 7) * HOUR).toBe(first);
  });
});

describe('a range', () => {
  const kept = firstKeptHour(NOW, 7);

  test('begins with the first kept hour, and with the first day that is kept whole', () => {
    const times = { from: NOW - 30 * DAY, to: NOW };
    expect(cutToKept(coverSteps(times, 'hour'), kept).from).toBe(kept);
    expect(cutToKept(coverSteps(times, 'day'), kept).from * HOUR).toBe(Date.UTC(2026, 0, 25));
  });

  test('that is kept stays as it is, so that of the usual month too', () => {
    const week = coverSteps({ from: NOW - 6 * DAY, to: NOW }, 'hour');
    expect(cutToKept(week, kept)).toEqual(week);
    const month = coverSteps({ to: NOW }, 'day');
    expect(cutToKept(month, firstKeptHour(NOW, 30))).toEqual(month);
  });

  test('of which nothing is kept is empty', () => {
    const gone = coverSteps({ from: NOW - 30 * DAY, to: NOW - 20 * DAY }, 'hour');
    const { from, to } = cutToKept(gone, kept);
    expect(from).toBe(to);
  });
});
