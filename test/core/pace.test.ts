import { describe, expect, test } from '@jest/globals';
import { backOff, intervalOf, mostPerTurn, slotsWithin } from '../../core/pace.ts';

const NOW = 1768480200_000;

describe('slots within five seconds, at ten a second', () => {
  const within = (next: number | undefined) => slotsWithin(next, intervalOf(10), NOW, 5_000);

  test.each([
    ['of an endpoint that nobody sends to', undefined, 51],
    ['of one that was sent to long ago: the past is gone', NOW - 3_600_000, 51],
    ['of one that is taken for four seconds', NOW + 4_000, 11],
    ['of one that is taken for just as long', NOW + 5_000, 1],
    ['of one that is taken for longer', NOW + 5_001, 0],
  ])('%s', (_name, next, slots) => expect(within(next)).toBe(slots));
});

test('a rate may be a fraction: 100 a minute', () => {
  expect(intervalOf(100 / 60)).toBeCloseTo(600);
  expect(slotsWithin(NOW, intervalOf(100 / 60), NOW, 60_000)).toBe(101);
});

test('who finds no place waits longer each time, up to a minute, never less than a second', () => {
  expect([1, 2, 3, 4, 5, 6, 50].map((refusals) => backOff(refusals, 1) / 1_000)).toEqual([
    4, 8, 16, 32, 60, 60, 60,
  ]);
  expect(backOff(3, 0)).toBe(8_000);
  expect(backOff(0, 0)).toBeGreaterThanOrEqual(1_000);
});

test.each([
  [{ perSecond: 1.5 }, 1],
  [{ perSecond: 0.1 }, 1],
  [{ perSecond: 900 }, 500],
  [{ concurrent: 2 }, 20],
  [{ perSecond: 30, concurrent: 2 }, 20],
])('what waited is sent on to an endpoint with %j by %i a turn', (limit, most) => {
  expect(mostPerTurn(limit, 500)).toBe(most);
});
