import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { freePlaces, reserveSlots, takePlaces } from '../../../lambdas/adapters/pace-store.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory } from '../fake-directory.ts';

let aws: FakeAws;
let now: number;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  new FakeDirectory(aws);
  now = 1768480200_000;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});
afterAll(() => aws.close());

const offsets = (slots: readonly number[]) => slots.map((slot) => slot - now);

describe('slots', () => {
  test('begin now, are evenly spaced, and cost one write', async () => {
    expect(offsets(await reserveSlots('ep_1', 'plan', 3, 100))).toEqual([0, 100, 200]);
    expect(aws.takeNames()).toEqual(['UpdateItem']);
  });

  test('go on where the last reservation ended, whoever made it', async () => {
    const both = await Promise.all([
      reserveSlots('ep_1', 'plan', 3, 100),
      reserveSlots('ep_1', 'plan', 3, 100),
    ]);
    expect(offsets(both.flat().toSorted((a, b) => a - b))).toEqual([0, 100, 200, 300, 400, 500]);
  });

  test('that nobody used in the past are gone', async () => {
    await reserveSlots('ep_1', 'plan', 3, 100);
    now += 60_000;
    expect(offsets(await reserveSlots('ep_1', 'plan', 2, 100))).toEqual([0, 100]);
  });

  test('are as many as lie within the time, and none beyond', async () => {
    expect(await reserveSlots('ep_1', 'gate', 45, 100, 5_000)).toHaveLength(45);
    expect(offsets(await reserveSlots('ep_1', 'gate', 45, 100, 5_000))).toEqual([
      4_500, 4_600, 4_700, 4_800, 4_900, 5_000,
    ]);
    expect(await reserveSlots('ep_1', 'gate', 45, 100, 5_000)).toEqual([]);
  });

  test('of one endpoint, and of one track, are nobody else’s', async () => {
    await reserveSlots('ep_1', 'plan', 30, 100);
    expect(offsets(await reserveSlots('ep_2', 'plan', 1, 100))).toEqual([0]);
    expect(offsets(await reserveSlots('ep_1', 'gate', 1, 100))).toEqual([0]);
  });
});

describe('places', () => {
  test('are taken by no more than there are, and free again when they are given back', async () => {
    expect(await takePlaces('ep_1', ['a', 'b'], 3)).toEqual(['a', 'b']);
    expect(await takePlaces('ep_1', ['c', 'd'], 3)).toEqual(['c']);
    expect(await takePlaces('ep_1', ['e'], 3)).toEqual([]);
    await freePlaces('ep_1', ['a', 'b']);
    expect(await takePlaces('ep_1', ['f', 'g', 'h'], 3)).toEqual(['f', 'g']);
  });

  test('that many want at once are taken by no more than there are', async () => {
    const wanted = Array.from({ length: 8 }, (_, n) => takePlaces('ep_1', [`p${n}`], 3));
    expect((await Promise.all(wanted)).flat()).toHaveLength(3);
  });

  test('that a crash left taken are free after a minute', async () => {
    await takePlaces('ep_1', ['a', 'b'], 2);
    now += 59_000;
    expect(await takePlaces('ep_1', ['c'], 2)).toEqual([]);
    now += 2_000;
    expect(await takePlaces('ep_1', ['c', 'd', 'e'], 2)).toEqual(['c', 'd']);
  });
});
