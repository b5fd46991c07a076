import { expect, test } from '@jest/globals';
import type { Dialect } from '../../../core/dialects/dialect.ts';
import { DIALECTS } from '../../../core/dialects/index.ts';

/** Seconds from the first attempt to each attempt, where every attempt fails at once. */
function attemptTimes(dialect: Dialect): number[] {
  const times = [0];
  for (const delay of dialect.retryDelays) times.push(times.at(-1)! + delay);
  return times;
}

function clock(seconds: number): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

const STANDARD = '0:00:00 0:00:05 0:05:05 0:35:05 2:35:05 7:35:05 17:35:05 31:35:05 51:35:05 75:35:05';

test.each([
  { dialect: DIALECTS.arka, attempts: 4, times: '0:00:00 0:00:05 0:00:30 0:02:35', jitter: 0 },
  { dialect: DIALECTS.arky, attempts: 10, times: STANDARD, jitter: 0.1 },
  {
    dialect: DIALECTS.promptha,
    attempts: 6,
    times: '0:00:00 0:00:05 0:00:35 0:05:35 0:35:35 2:35:35',
    jitter: 0,
  },
  { dialect: DIALECTS.generic, attempts: 5, times: '0:00:00 0:00:30 0:05:30 0:35:30 2:35:30', jitter: 0 },
  { dialect: DIALECTS.arken, attempts: 3, times: '0:00:00 0:00:30 0:05:30', jitter: 0 },
  { dialect: DIALECTS.standard, attempts: 10, times: STANDARD, jitter: 0.1 },
])('$dialect.name makes $attempts attempts, at $times', ({ dialect, attempts, times, jitter }) => {
  expect(attemptTimes(dialect).map(clock).join(' ')).toBe(times);
  expect(dialect.retryDelays.length + 1).toBe(attempts);
  expect(dialect.jitter).toBe(jitter);
});

test.each(Object.values(DIALECTS))('$name never shortens from one delay to the next', ({ retryDelays }) => {
  expect([...retryDelays]).toEqual(retryDelays.toSorted((a, b) => a - b));
});
