import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { EARLIEST, latestPlace, type PollPlace, pollEvents } from '../../../lambdas/operations/event-poll.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeJournal, type Line } from './fake-journal.ts';

let aws: FakeAws;
let journal: FakeJournal;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  journal = new FakeJournal(aws);
});
afterAll(() => aws.close());

const everything = () => true;
const lines = (...ids: string[]): Line[] => ids.map((id) => ({ id }));

async function poll(after: PollPlace, limit = 100, wants: (type: string) => boolean = everything) {
  const { events, next } = await pollEvents('ten_1', limit, wants, after);
  return { ids: events.map(({ id }) => id), next };
}

describe('polling', () => {
  test('shows every event once, oldest first, in steps of any size', async () => {
    journal.pages
      .set(1, lines('a', 'b', 'c'))
      .set(2, lines('d'))
      .set(3, lines('e', 'f'));
    for (const limit of [1, 2, 3, 4, 100]) {
      const seen: string[] = [];
      let place = EARLIEST;
      for (let round = 0; round < 7; round++) {
        const { ids, next } = await poll(place, limit);
        seen.push(...ids);
        place = next;
      }
      expect(seen.join('')).toBe('abcdef');
    }
  });

  test('goes on with what was written since, also where there was nothing at all', async () => {
    const empty = await poll(EARLIEST);
    expect(empty).toEqual({ ids: [], next: EARLIEST });
    journal.pages.set(1, lines('a'));
    const first = await poll(empty.next);
    expect(first.ids).toEqual(['a']);
    expect(await poll(first.next)).toEqual({ ids: [], next: first.next });
    journal.pages.set(2, lines('b'));
    expect((await poll(first.next)).ids).toEqual(['b']);
  });

  test('from the latest shows only what comes after', async () => {
    expect(await latestPlace('ten_1')).toEqual(EARLIEST);
    journal.pages.set(1, lines('a')).set(2, lines('b', 'c'));
    const place = await latestPlace('ten_1');
    expect((await poll(place)).ids).toEqual([]);
    journal.pages.set(3, lines('d'));
    expect((await poll(place)).ids).toEqual(['d']);
  });

  test('moves past events that are not wanted', async () => {
    for (let number = 1; number <= 250; number++) journal.pages.set(number, lines(`e${number}`));
    journal.pages.set(251, [{ id: 'wanted', type: 'c.d' }]);
    let place = EARLIEST;
    const seen: string[] = [];
    for (let round = 0; round < 3; round++) {
      const { ids, next } = await poll(place, 10, (type) => type === 'c.d');
      seen.push(...ids);
      place = next;
    }
    expect(seen).toEqual(['wanted']);
  });

  test('answers as much data as fits, and the rest at the next call', async () => {
    const big = (id: string): Line => ({ id, size: 900_000 });
    journal.pages.set(1, [big('a'), big('b'), big('c')]).set(2, [{ id: 'd', size: 1_000_000 }, big('e')]);
    const answers: string[] = [];
    let place = EARLIEST;
    for (let round = 0; round < 5; round++) {
      const { ids, next } = await poll(place);
      answers.push(ids.join(''));
      place = next;
    }
    expect(answers).toEqual(['ab', 'cd', 'e', '', '']);
  });
});

describe('a place whose page expired', () => {
  test('goes on with the pages that are left', async () => {
    journal.pages.set(8, lines('h')).set(9, lines('i'));
    expect((await poll([3, 2, 'c'])).ids).toEqual(['h', 'i']);
  });

  test('beyond the newest page starts anew', async () => {
    journal.pages.set(1, lines('new'));
    expect((await poll([3, 2, 'c'])).ids).toEqual(['new']);
  });

  test('starts anew also where the new journal has a page of that number', async () => {
    journal.pages.set(1, lines('a')).set(2, lines('b')).set(3, lines('c', 'd'));
    expect((await poll([2, 1, 'old'])).ids).toEqual(['a', 'b', 'c', 'd']);
  });

  test('keeps where nothing is there, and starts anew when there is', async () => {
    const { ids, next } = await poll([3, 2, 'c']);
    expect(ids).toEqual([]);
    journal.pages.set(1, lines('a'));
    expect((await poll(next)).ids).toEqual(['a']);
  });
});
