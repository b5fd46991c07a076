import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { collectEvents, type EventFilter, type ListPlace } from '../../../lambdas/operations/event-list.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeJournal } from './fake-journal.ts';

const DAY = 86_400_000;
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

async function list(filter: EventFilter, limit = 100, place?: ListPlace) {
  const { lines, next } = await collectEvents('ten_1', limit, filter, place);
  return { ids: lines.map(({ id }) => id).join(''), next };
}

test('a time range has its start in it and its end not', async () => {
  journal.pages.set(1, [
    { id: 'a', acceptedAt: 10 },
    { id: 'b', acceptedAt: 20 },
    { id: 'c', acceptedAt: 30 },
  ]);
  expect(await list({ from: 10, to: 30 })).toEqual({ ids: 'ba', next: undefined });
  expect((await list({ from: 11 })).ids).toBe('cb');
  expect((await list({ to: 20 })).ids).toBe('a');
});

test('an event that was written down late is found on an older page than its time says', async () => {
  journal.pages.set(1, [{ id: 'a', acceptedAt: 5 * DAY }]).set(2, [{ id: 'b', acceptedAt: 4.5 * DAY }]);
  expect((await list({ from: 5 * DAY })).ids).toBe('a');
});

test('pages that are too old for the range are not read', async () => {
  for (let number = 1; number <= 100; number++) {
    journal.pages.set(number, [{ id: `${number} `, acceptedAt: number * DAY }]);
  }
  expect(await list({ from: 99 * DAY })).toEqual({ ids: '100 99 ', next: undefined });
  expect(aws.inputsOf('Query')).toHaveLength(1);
});

test('types are chosen by the caller, and a list goes on where it stopped', async () => {
  const line = (id: string, type: string) => ({ id, type });
  journal.pages.set(1, [line('a', 'x.y'), line('b', 'x.z')]).set(2, [line('c', 'x.y'), line('d', 'x.y')]);
  const filter = { wantsType: (type: string) => type === 'x.y' };
  const first = await list(filter, 2);
  expect(first.ids).toBe('dc');
  expect((await list(filter, 2, first.next)).ids).toBe('a');
});

test('a rare event is found although one call looks at no more than two hundred pages', async () => {
  for (let number = 1; number <= 250; number++) journal.pages.set(number, [{ id: `${number} ` }]);
  journal.pages.set(1, [{ id: 'rare', type: 'c.d' }]);
  const filter = { wantsType: (type: string) => type === 'c.d' };
  const first = await list(filter);
  expect(first.ids).toBe('');
  expect(await list(filter, 100, first.next)).toEqual({ ids: 'rare', next: undefined });
});
