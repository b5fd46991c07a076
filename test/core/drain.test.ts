import { describe, expect, test } from '@jest/globals';
import { advanceLap, FIRST_LAP, LOST_AFTER_MS, MAX_WINDOW, nextWindow, turnPause } from '../../core/drain.ts';

const NOW = 1768480200_000;

describe('the window of what is under way', () => {
  const windowAfter = (
    window: number,
    sent: number,
    underWay: number,
    failed = false,
    failedBefore = false,
  ) => nextWindow(window, { sent, underWay, failed, failedBefore }, MAX_WINDOW);

  test.each([
    ['grows by a fourth where half of it and more is done', windowAfter(40, 40, 20), 50],
    ['grows by little where something failed before', windowAfter(40, 40, 20, false, true), 42.5],
    ['stays where less than half is done: it takes longer than two turns', windowAfter(40, 40, 21), 40],
    ['stays where it was not filled', windowAfter(40, 12, 0), 40],
    ['is halved by a failure, whatever else is done', windowAfter(40, 40, 0, true), 20],
    ['is never less than one', windowAfter(1, 1, 0, true), 1],
    ['counts the whole ones of a fraction', windowAfter(1.5, 1, 0), 1.875],
    ['is never more than a turn can read', windowAfter(490, 490, 0), MAX_WINDOW],
  ])('%s', (_name, window, expected) => expect(window).toBe(expected));

  test('follows a limit of the endpoint at once, down too', () => {
    const progress = { sent: 80, underWay: 0, failed: false, failedBefore: false };
    expect(nextWindow(80, progress, 3)).toBe(3);
    expect(nextWindow(80, { ...progress, failed: true }, 3)).toBe(3);
  });
});

test('the next turn comes later where there is no room, and where even two at a time are too many', () => {
  expect(turnPause(40, false, 12)).toBe(1_000);
  expect(turnPause(40, true, 12)).toBe(1_000);
  expect(turnPause(40, false, 0)).toBe(5_000);
  expect(turnPause(1.9, true, 1)).toBe(5_000);
  expect(turnPause(1.9, false, 1)).toBe(1_000);
});

describe('a lap', () => {
  test('goes on behind what was sent on, and counts it with what is under way', () => {
    const first = advanceLap(FIRST_LAP, 0, ['a', 'b'], NOW);
    expect(first).toMatchObject({ after: 'b', sent: 2, lost: undefined });
    expect(advanceLap(first, 1, ['c'], NOW)).toMatchObject({ after: 'c', sent: 2 });
    expect(advanceLap(first, 2, [], NOW)).toMatchObject({ after: 'b', sent: 2 });
  });

  test('takes for lost what was sent on a quarter to half an hour ago, so that it holds nothing up', () => {
    const first = advanceLap(FIRST_LAP, 0, ['a', 'b'], NOW);
    const second = advanceLap(first, 2, ['c'], NOW + LOST_AFTER_MS - 1);
    expect(second.lost).toBeUndefined();
    const third = advanceLap(second, 3, ['d'], NOW + LOST_AFTER_MS);
    expect(third).toMatchObject({ lost: 'b', mark: 'd' });
    expect(advanceLap(third, 2, [], NOW + 2 * LOST_AFTER_MS)).toMatchObject({ lost: 'd' });
  });
});
