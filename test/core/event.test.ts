import { expect, test } from '@jest/globals';
import { EVENT_TYPE_PATTERN, eventTime, ID_PATTERN, sameContent } from '../../core/event.ts';

test.each([
  ['a', true],
  ['evt_1-Z', true],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  ['', false],
  ['a.b', false],
  ['a#b', false],
  ['ä', false],
  ['a\n', false],
])('%j may be an id: %s', (id, accepted) => {
  expect(ID_PATTERN.test(id)).toBe(accepted);
});

test.each([
  ['order', true],
  ['order.paid', true],
  ['FileStore.Upload', true],
  ['a_b.c-d.e1', true],
  ['', false],
  ['.paid', false],
  ['order.', false],
  ['order..paid', false],
  ['order.*', false],
  ['order paid', false],
])('%j may be an event type: %s', (type, accepted) => {
  expect(EVENT_TYPE_PATTERN.test(type)).toBe(accepted);
});

test('an event happened when its producer says, else when it was accepted', () => {
  expect(eventTime({ acceptedAt: 2, occurredAt: 1 })).toBe(1);
  expect(eventTime({ acceptedAt: 2, occurredAt: 0 })).toBe(0);
  expect(eventTime({ acceptedAt: 2 })).toBe(2);
});

test('events say the same where their hashes are the same', () => {
  const hash = (...bytes: number[]) => ({ contentHash: Uint8Array.from(bytes) });
  expect(sameContent(hash(1, 2), hash(1, 2))).toBe(true);
  expect(sameContent(hash(1, 2), hash(1, 3))).toBe(false);
});
