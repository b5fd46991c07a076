import { expect, test } from '@jest/globals';
import {
  type MailResult,
  type MailTries,
  putOffMail,
  refusedAfter,
  settleTries,
  TRIES_OF_A_MAIL,
} from '../../core/mail-tries.ts';

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

/** A mail that SES takes at no time, and when it is tried. */
function tryTimes(chance: number): number[] {
  const times = [0];
  let tries: MailTries = {};
  for (;;) {
    const now = times.at(-1) ?? 0;
    const putOff = putOffMail(tries, NOW + now, chance);
    if (putOff === undefined) return times;
    tries = { ...tries, putOff };
    times.push(putOff.until - NOW);
  }
}

test('a mail that SES takes from nobody is put off by ever more, and for more than a day by nobody', () => {
  const MINUTE = 60_000;
  const latest = tryTimes(1);
  expect(latest.slice(0, 6).map((ms) => ms / MINUTE)).toEqual([0, 3, 9, 21, 45, 93]);
  const pauses = latest.slice(1).map((time, i) => time - (latest[i] ?? 0));
  expect(Math.max(...pauses)).toBe(60 * MINUTE);
  for (const chance of [0, 0.5, 1]) {
    const end = (tryTimes(chance).at(-1) ?? 0) / (60 * MINUTE);
    expect(end).toBeGreaterThan(24);
    expect(end).toBeLessThanOrEqual(25);
  }
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
