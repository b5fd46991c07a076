import { describe, expect, test } from '@jest/globals';
import { backOff, intervalOf, mostUnderWay, slotsWithin } from '../../core/pace.ts';

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

test('who finds no place comes back after some seconds, however long it has waited', () => {
  expect([1, 2, 3, 8, 50, 100_000].map((refusals) => backOff(refusals, 1) / 1_000)).toEqual([
    4.5, 5, 5.5, 8, 8, 8,
  ]);
  expect([1, 100_000].map((refusals) => backOff(refusals, 0) / 1_000)).toEqual([2.25, 4]);
});

test.each([
  [{ perSecond: 1.5 }, 3],
  [{ perSecond: 0.1 }, 1],
  [{ perSecond: 900 }, 500],
  [{ concurrent: 2 }, 4],
  [{ perSecond: 30, concurrent: 2 }, 4],
])('an endpoint with %j has %i under way while it drains', (limit, most) => {
  expect(mostUnderWay(limit, 500)).toBe(most);
});
