import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { TimedCache } from '../../../lambdas/adapters/cache.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

function atTime(ms: number): void {
  jest.spyOn(Date, 'now').mockReturnValue(ms);
}

test('an entry lives for its time, and not a millisecond longer', () => {
  const cache = new TimedCache<string>(10, 1_000);
  atTime(5_000);
  cache.set('a', 'x');
  atTime(5_999);
  expect(cache.get('a')).toBe('x');
  atTime(6_000);
  expect(cache.get('a')).toBeUndefined();
});

test('setting an entry again begins its time anew', () => {
  const cache = new TimedCache<string>(10, 1_000);
  atTime(0);
  cache.set('a', 'x');
  atTime(900);
  cache.set('a', 'y');
  atTime(1_500);
  expect(cache.get('a')).toBe('y');
});

test('a full cache loses the entry that was set first', () => {
  const cache = new TimedCache<number>(2, 1_000);
  for (const [key, value] of Object.entries({ a: 1, b: 2 })) cache.set(key, value);
  cache.set('a', 3);
  cache.set('c', 4);
  expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([3, undefined, 4]);
});

test('a deleted entry is gone', () => {
  const cache = new TimedCache<number>(2, 1_000);
  cache.set('a', 1);
  cache.delete('a');
  expect(cache.get('a')).toBeUndefined();
});

describe('getOrLoad', () => {
  test('loads once, then has it', async () => {
    const cache = new TimedCache<number>(2, 1_000);
    const load = jest.fn(async () => 1);
    expect([await cache.getOrLoad('a', load), await cache.getOrLoad('a', load)]).toEqual([1, 1]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('callers at the same moment share one load; other keys have their own', async () => {
    const cache = new TimedCache<string>(10, 1_000);
    const load = jest.fn(async (key: string) => sleep(10, `value of ${key}`));
    const keys = ['a', 'a', 'b', 'a'];
    const values = await Promise.all(keys.map((key) => cache.getOrLoad(key, () => load(key))));
    expect(values).toEqual(keys.map((key) => `value of ${key}`));
    expect(load.mock.calls.flat()).toEqual(['a', 'b']);
  });

  test('a load that fails fails for all who wait, and the next caller loads again', async () => {
    const cache = new TimedCache<number>(10, 1_000);
    const fail = async () => {
      await sleep(5);
      throw new Error('no answer');
    };
    const results = await Promise.allSettled([cache.getOrLoad('a', fail), cache.getOrLoad('a', fail)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await cache.getOrLoad('a', async () => 2)).toBe(2);
  });

  test('nothing is kept of what is not there', async () => {
    const cache = new TimedCache<number>(10, 1_000);
    const load = jest.fn(async () => undefined);
    await cache.getOrLoad('a', load);
    await cache.getOrLoad('a', load);
    expect(load).toHaveBeenCalledTimes(2);
  });
});
