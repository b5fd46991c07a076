import { describe, expect, test } from '@jest/globals';
import { DIALECTS, resolveDialect } from '../../core/dialects/index.ts';
import { chooseCarrier, nextAttemptAt } from '../../core/next-attempt.ts';

const START = Date.UTC(2026, 0, 15, 12, 30);
const MIDDLE = 0.5;

/** When the attempts of a delivery are due, seconds from the first, where each fails at the moment it is made. */
function dueTimes(name: string, chance: number): number[] {
  const times = [0];
  for (let attempt = 1; ; attempt++) {
    const endedAt = START + times.at(-1)! * 1000;
    const due = nextAttemptAt(resolveDialect(name)!, { attempt, endedAt }, chance);
    if (due === undefined) return times;
    times.push((due - START) / 1000);
  }
}

const STANDARD = [0, 5, 305, 2_105, 9_305, 27_305, 63_305, 113_705, 185_705, 272_105];

describe('the schedule, in seconds from the first attempt', () => {
  test.each([
    ['arka', [0, 5, 30, 155]],
    ['arky', STANDARD],
    ['promptha', [0, 5, 35, 335, 2_135, 9_335]],
    ['generic', [0, 30, 330, 2_130, 9_330]],
    ['arken', [0, 30, 330]],
    ['standard', STANDARD],
  ])('%s: %j', (name, times) => {
    expect(dueTimes(name, MIDDLE)).toEqual(times);
  });

  test('every dialect has its schedule in this table', () => {
    expect(Object.keys(DIALECTS)).toHaveLength(6);
  });

  test.each(['arka', 'promptha', 'generic', 'arken'])('%s: chance changes nothing', (name) => {
    expect([0, 0.3, 1].map((chance) => dueTimes(name, chance))).toEqual(
      Array(3).fill(dueTimes(name, MIDDLE)),
    );
  });

  test.each(['arky', 'standard'])('%s: chance moves each delay by a tenth at most', (name) => {
    expect(dueTimes(name, 0)).toEqual(STANDARD.map((seconds) => expect.closeTo(0.9 * seconds, 2)));
    expect(dueTimes(name, 1)).toEqual(STANDARD.map((seconds) => expect.closeTo(1.1 * seconds, 2)));
    expect(dueTimes(name, 0.75)).toEqual(STANDARD.map((seconds) => expect.closeTo(1.05 * seconds, 2)));
  });
});

test('a delay counts from the end of the failed attempt, not from its beginning', () => {
  expect(nextAttemptAt(DIALECTS.arka, { attempt: 1, endedAt: START + 9_876 }, MIDDLE)).toBe(START + 14_876);
});

describe('Retry-After', () => {
  const date = (seconds: number) => new Date(START + seconds * 1000).toUTCString();

  // generic: 30 s after its first attempt, 7,200 s at most.
  test.each([
    [503, '120', 120],
    [429, '120', 120],
    [429, ' 120 ', 120],
    [429, '10', 30],
    [429, '0', 30],
    [429, '7200', 7_200],
    [429, '7201', 7_200],
    [503, '999999999999999999999', 7_200],
    [503, date(120), 120],
    [429, date(120).replace('Thu, 15 Jan 2026', 'Thursday, 15-Jan-26'), 120],
    [503, date(10), 30],
    [503, date(-3600), 30],
    [503, date(86_400), 7_200],
    [429, '-5', 30],
    [429, '1.5', 30],
    [429, 'soon', 30],
    [429, '', 30],
    [500, '120', 30],
    [502, date(120), 30],
    [404, '120', 30],
    [301, '120', 30],
    [undefined, '120', 30],
  ])('of a %p that says %j: the next attempt comes after %i s', (status, retryAfter, seconds) => {
    const due = nextAttemptAt(DIALECTS.generic, { attempt: 1, endedAt: START, status, retryAfter }, MIDDLE);
    expect((due! - START) / 1000).toBe(seconds);
  });

  test('never puts off an attempt past the last delay of the dialect', () => {
    const due = (name: string) =>
      nextAttemptAt(
        resolveDialect(name)!,
        { attempt: 1, endedAt: START, status: 429, retryAfter: '9999999' },
        MIDDLE,
      )! - START;
    const last = { arka: 125, arky: 86_400, promptha: 7_200, generic: 7_200, arken: 300, standard: 86_400 };
    expect(Object.fromEntries(Object.keys(last).map((name) => [name, due(name) / 1000]))).toEqual(last);
  });

  test('grants no attempt beyond the schedule', () => {
    const failed = { attempt: 4, endedAt: START, status: 429, retryAfter: '60' };
    expect(nextAttemptAt(DIALECTS.arka, failed, MIDDLE)).toBeUndefined();
  });
});

describe('what carries a retry', () => {
  const inSeconds = (seconds: number) => START + seconds * 1000;

  test.each([
    [0, 0],
    [-60, 0],
    [0.001, 1],
    [5, 5],
    [899, 899],
    [899.5, 900],
    [900, 900],
  ])('%p s: the queue, with a delay of %i s that is never too short', (seconds, delaySeconds) => {
    expect(chooseCarrier(inSeconds(seconds), START)).toEqual({ by: 'queue', delaySeconds });
  });

  test.each([900.001, 901, 86_400])('%p s: a schedule at the moment that it is due', (seconds) => {
    expect(chooseCarrier(inSeconds(seconds), START)).toEqual({ by: 'schedule', at: inSeconds(seconds) });
  });

  test('a deployment may let schedules take over sooner', () => {
    expect(chooseCarrier(inSeconds(2), START, 2)).toEqual({ by: 'queue', delaySeconds: 2 });
    expect(chooseCarrier(inSeconds(3), START, 2)).toEqual({ by: 'schedule', at: inSeconds(3) });
  });
});
