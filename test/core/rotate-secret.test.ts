import { describe, expect, test } from '@jest/globals';
import { rotateSecret } from '../../core/rotate-secret.ts';
import type { Secret } from '../../core/sign.ts';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;
const secret = (value: string, expiresAt?: number): Secret => ({ kind: 'hmac', value, expiresAt });

test('the current secret goes on signing until the overlap ends', () => {
  expect(rotateSecret([secret('a')], secret('b'), NOW, 24)).toEqual([
    secret('a', NOW + 24 * HOUR),
    secret('b'),
  ]);
});

test('without an overlap it stops at once', () => {
  expect(rotateSecret([secret('a')], secret('b'), NOW, 0)).toEqual([secret('b')]);
});

test('a second rotation shortens what is left of the first one, and never lengthens it', () => {
  const once = rotateSecret([secret('a')], secret('b'), NOW, 24);
  expect(rotateSecret(once, secret('c'), NOW, 1).map(({ value, expiresAt }) => [value, expiresAt])).toEqual([
    ['a', NOW + HOUR],
    ['b', NOW + HOUR],
    ['c', undefined],
  ]);
  expect(rotateSecret(once, secret('c'), NOW, 48)[0]).toEqual(secret('a', NOW + 24 * HOUR));
});

test('secrets that have ended are gone', () => {
  expect(rotateSecret([secret('a', NOW - 1), secret('b')], secret('c'), NOW, 0)).toEqual([secret('c')]);
});

describe('five older secrets may sign', () => {
  let secrets = [secret('0')];
  for (let n = 1; n <= 5; n++) secrets = rotateSecret(secrets, secret(`${n}`), NOW + n, 24);

  test('and the sixth is refused, with what would be accepted', () => {
    expect(secrets).toHaveLength(6);
    const firstEnd = new Date(NOW + 1 + 24 * HOUR).toISOString();
    expect(() => rotateSecret(secrets, secret('6'), NOW + 6, 168)).toThrow(
      expect.objectContaining({ code: 'conflict', message: expect.stringContaining(firstEnd) }),
    );
  });

  test('but where all are ended, or one has ended', () => {
    expect(rotateSecret(secrets, secret('6'), NOW + 6, 0)).toEqual([secret('6')]);
    expect(rotateSecret(secrets, secret('6'), NOW + 1 + 24 * HOUR, 24)).toHaveLength(6);
  });
});
