import { expect, test } from '@jest/globals';
import { readRetryAfter, retryDelay } from '../../client/retry-timing.ts';

test.each([
  [1, 250, 500],
  [2, 500, 1000],
  [3, 1000, 2000],
  [4, 2000, 4000],
  [5, 4000, 8000],
  [6, 4000, 8000],
])('after attempt %d it waits %d to %d ms', (attempt, least, most) => {
  expect(retryDelay(attempt, 0)).toBe(least);
  expect(retryDelay(attempt, 0.999999)).toBe(most);
});

test('Retry-After lengthens a delay and never shortens it', () => {
  expect(retryDelay(1, 0, 7_000)).toBe(7_000);
  expect(retryDelay(5, 0, 1_000)).toBe(4_000);
});

test.each([
  [null, undefined],
  ['3', 3_000],
  ['Thu, 01 Jan 1970 00:00:10 GMT', 6_000],
  ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
  ['soon', undefined],
])('Retry-After %j is %j ms', (value, ms) => {
  expect(readRetryAfter(value, 4_000)).toBe(ms);
});
