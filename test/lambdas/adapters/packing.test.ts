import { zstdCompressSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { packText, unpackText } from '../../../lambdas/adapters/packing.ts';

test('any text unpacks as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
      expect(unpackText(packText(text))).toBe(text);
    }),
  );
});

test('a text is compressed where that makes it shorter', () => {
  const packed = packText('{"n":1}'.repeat(100));
  expect(packed.B!.length).toBeLessThan(50);
  expect(packText('{"n":1}')).toEqual({ S: '{"n":1}' });
  expect(packText('')).toEqual({ S: '' });
});

test('a small blob that swells to gigabytes is not unpacked', () => {
  const bomb = zstdCompressSync(Buffer.alloc(2 * 1_048_576));
  expect(bomb.length).toBeLessThan(1_000);
  expect(() => unpackText({ B: bomb })).toThrow();
});

test.each([undefined, { N: '1' }, { B: Buffer.from('not zstd') }])('%j is no packed text', (value) => {
  expect(() => unpackText(value as never)).toThrow();
});
