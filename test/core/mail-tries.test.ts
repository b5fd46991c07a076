import { expect, test } from '@jest/globals';
import { type MailResult, refusedAfter, settleTries, TRIES_OF_A_MAIL } from '../../core/mail-tries.ts';

const NOW = Date.UTC(2026, 0, 15);
const refuses = (final = false): MailResult => ({ result: 'refused', reason: 'No.', final });

test('an address that takes a mail is done with, and one that does not is tried again', () => {
  const settled = settleTries(
    {},
    new Map([
      ['a', { result: 'taken' }],
      ['b', refuses()],
    ]),
    NOW,
  );
  expect(settled).toMatchObject({ open: ['b'], givenUp: [] });
  expect(settled.tries).toMatchObject({ done: ['a'], refusals: { b: 1 } });
});

test('an address is given up after its tries, each address by its own count', () => {
  let state: Parameters<typeof settleTries>[0] = {};
  for (let tries = 1; tries < TRIES_OF_A_MAIL; tries++) {
    const settled = settleTries(state, new Map([['b', refuses()]]), NOW);
    expect(settled.open).toEqual(['b']);
    state = settled.tries;
  }
  const last = settleTries(
    state,
    new Map([
      ['b', refuses()],
      ['c', refuses()],
    ]),
    NOW,
  );
  expect(last).toMatchObject({ open: ['c'], givenUp: [{ email: 'b', reason: 'No.', at: NOW }] });
});

test('an answer that would come again gives up at once', () => {
  expect(settleTries({}, new Map([['b', refuses(true)]]), NOW)).toMatchObject({
    open: [],
    givenUp: [{ email: 'b' }],
  });
});

test('too many mails at once say nothing of an address, however often', () => {
  let state: Parameters<typeof settleTries>[0] = {};
  for (let round = 0; round < 50; round++) {
    const settled = settleTries(state, new Map([['b', { result: 'later' }]]), NOW);
    expect(settled).toMatchObject({ open: ['b'], givenUp: [] });
    state = settled.tries;
  }
});

test('what stands as refused changes with what was given up and what was taken', () => {
  const before = [
    { email: 'a', reason: 'Old.', at: 1 },
    { email: 'b', reason: 'Old.', at: 1 },
  ];
  const taken = new Map<string, MailResult>([['a', { result: 'taken' }]]);
  expect(refusedAfter(before, taken, [])).toEqual([before[1]]);
  const anew = { email: 'b', reason: 'New.', at: 2 };
  expect(refusedAfter(before, new Map(), [anew])).toEqual([before[0], anew]);
  expect(refusedAfter(before, new Map(), [])).toBeUndefined();
  expect(refusedAfter([], taken, [])).toBeUndefined();
});
