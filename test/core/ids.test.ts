import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addressDelivery,
  decodeTime,
  encodeTime,
  formatDeliveryId,
  hashEventId,
  ID_RANDOM_BYTES,
  idKey,
  idTime,
  makeId,
  parseDeliveryId,
} from '../../core/ids.ts';

const chance = () => randomBytes(ID_RANDOM_BYTES);
/** Up to the year 8888. */
const time = fc.integer({ min: 0, max: 62 ** 8 - 1 });

describe('an id', () => {
  test('is its prefix, eight digits of time and fourteen of chance', () => {
    expect(makeId('evt_', 0, new Uint8Array(14))).toBe(`evt_${'0'.repeat(22)}`);
    expect(encodeTime(1704067200000)).toBe(base62(1704067200000n).padStart(8, '0'));
    expect(makeId('wh_', 61, new Uint8Array(14).fill(61))).toBe(`wh_0000000z${'z'.repeat(14)}`);
  });

  test('sorts by time', () => {
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [idA, idB] = [makeId('evt_', a, chance()), makeId('evt_', b, chance())];
        if (a !== b) expect(idA < idB).toBe(a < b);
        expect([idTime(idA), decodeTime(encodeTime(b))]).toEqual([a, b]);
      }),
    );
  });

  test('of a time beyond eight digits sorts behind all others', () => {
    expect(encodeTime(Date.parse('9999-12-31T23:59:59Z'))).toBe('zzzzzzzz');
  });

  test('may be chosen by a producer as well: letters, digits, "_"', () => {
    expect(makeId('hook_', Date.now(), chance())).toMatch(/^hook_[0-9A-Za-z]{22}$/);
  });

  test('does not come twice', () => {
    const ids = Array.from({ length: 10_000 }, () => makeId('evt_', 1, chance()));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has a key that is the same whatever the prefix', () => {
    const bytes = chance();
    expect(idKey(makeId('wh_', 5, bytes))).toBe(idKey(makeId('hook_', 5, bytes)));
  });
});

/** Base 62 with digits before capitals before small letters, so that ASCII order is the order of numbers. */
function base62(value: bigint): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  return value === 0n ? '' : base62(value / 62n) + digits[Number(value % 62n)];
}

describe("a delivery's id", () => {
  const endpointId = 'wh_0TbsgmRk5x2mQ8vYb1LzNc';
  const eventId = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

  test('tells where its record is', () => {
    fc.assert(
      fc.property(eventId, time, (event, acceptedAt) => {
        const address = addressDelivery(endpointId, event, acceptedAt);
        const id = formatDeliveryId('del_', address);
        expect(id).toMatch(/^del_[0-9A-Za-z]{41}$/);
        expect(parseDeliveryId('del_', id)).toEqual(address);
        expect(decodeTime(address.order.slice(0, 8))).toBe(acceptedAt);
        expect(address.endpointKey).toBe('0TbsgmRk5x2mQ8vYb1LzNc');
      }),
    );
  });

  test('is the same for the same event, and another for another event of the same millisecond', () => {
    const order = (event: string) => addressDelivery(endpointId, event, 1).order;
    expect(order('evt_1')).toBe(order('evt_1'));
    expect(new Set(Array.from({ length: 1_000 }, (_, i) => order(`evt_${i}`))).size).toBe(1_000);
  });

  test('holds the first 64 bits of the SHA-256 of the event id', () => {
    // NIST's example: SHA-256 of "abc" begins with ba7816bf8f01cfea.
    expect(hashEventId('abc')).toBe(base62(0xba7816bf8f01cfean).padStart(11, '0'));
  });

  test.each(['', 'del_', 'del_x', `del_${'0'.repeat(40)}`, `del_${'0'.repeat(42)}`, `evt_${'0'.repeat(41)}`])(
    'is not %j',
    (text) => {
      expect(parseDeliveryId('del_', text)).toBeUndefined();
    },
  );

  test('has no character that would break a key', () => {
    expect(parseDeliveryId('del_', `del_${'0'.repeat(40)}#`)).toBeUndefined();
  });
});
