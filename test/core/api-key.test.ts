import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { hashSecretKey, makeApiKey, readAuthorization, sameText } from '../../core/api-key.ts';

const ACCESS = `ak_${'0Az'.repeat(7)}9`;
const key = makeApiKey(ACCESS, new Uint8Array(32).fill(255));
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test('a key is its two halves, joined by a full stop', () => {
  expect(key).toEqual({
    accessKey: ACCESS,
    secretKey: `${'_'.repeat(42)}8`,
    key: `${ACCESS}.${'_'.repeat(42)}8`,
  });
});

test('what is stored of a secret key is its SHA-256', () => {
  // NIST's example for "abc".
  const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(hashSecretKey('abc').toString('hex')).toBe(hash);
  expect(hashSecretKey('ü')).toEqual(createHash('sha256').update('ü', 'utf8').digest());
});

test('texts are the same or not, whatever their lengths', () => {
  expect(sameText('abc', 'abc')).toBe(true);
  expect([sameText('abc', 'abd'), sameText('abc', 'abcd'), sameText('', 'a')]).toEqual([false, false, false]);
});

describe('the header Authorization', () => {
  const parts = { kind: 'key', accessKey: key.accessKey, secretKey: key.secretKey };

  test.each([
    ['Bearer', `Bearer ${key.key}`],
    ['bearer, in lower case with spaces', `  bearer   ${key.key} `],
    ['Basic', basic(`${key.accessKey}:${key.secretKey}`)],
    ['BASIC', basic(`${key.accessKey}:${key.secretKey}`).replace('Basic', 'BASIC')],
  ])('%s shows a key of a tenant', (_name, header) => {
    expect(readAuthorization(header)).toEqual(parts);
  });

  test.each([
    ['Bearer', 'Bearer operator-key', 'operator-key'],
    ['Basic, whoever the user', basic('anybody:operator-key'), 'operator-key'],
    ['Basic without a user', basic(':operator-key'), 'operator-key'],
    ['Basic with a colon in the password', basic('a:b:c'), 'b:c'],
    ['a key with a part too many', `Bearer ${key.key}.x`, `${key.key}.x`],
    ['an access key alone', `Bearer ${key.accessKey}`, key.accessKey],
    ['another prefix', 'Bearer wh_0AzAzAzAzAzAzAzAzAzAzA.x', 'wh_0AzAzAzAzAzAzAzAzAzAzA.x'],
  ])("%s shows some other text, which may be the operator's", (_name, header, text) => {
    expect(readAuthorization(header)).toEqual({ kind: 'other', text });
  });

  test.each([undefined, '', 'Bearer', 'Bearer ', key.key, `Digest ${key.key}`, `Bearer ${key.key} x`])(
    '%j shows no key',
    (header) => {
      expect(readAuthorization(header)).toBeUndefined();
    },
  );
});
