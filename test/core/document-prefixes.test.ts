import { describe, expect, test } from '@jest/globals';
import { faultOfPath, keyOfPlace, placeOfKey } from '../../core/document-key.ts';
import { type DocumentPrefixes, faultOfPrefixes } from '../../core/document-prefixes.ts';

const PREFIXES: DocumentPrefixes = {
  'archive/': 'acme',
  'archive/2019/': 'old-acme',
  'customers/': '*',
};

describe('whose a key is', () => {
  test.each([
    ['archive/a/report.txt', 'acme', 'a/report.txt'],
    ['archive/2019/report.txt', 'old-acme', 'report.txt'],
    ['archive/2019', 'acme', '2019'],
    ['customers/ten_1/a b+c.txt', 'ten_1', 'a b+c.txt'],
  ])('%s is %s’s, by the longest prefix', (key, tenantId, path) => {
    expect(placeOfKey(key, PREFIXES)).toEqual({ tenantId, path });
    expect(keyOfPlace({ tenantId, path }, PREFIXES)).toBe(key);
  });

  test.each([
    ['nobody/report.txt', 'no prefix fits'],
    ['archive/', 'nothing is behind the prefix'],
    ['archive/a/', 'it is a folder’s marker'],
    ['customers/report.txt', 'no tenant is between the slashes'],
    ['customers/acme/report.txt', 'the tenant has a prefix of its own'],
  ])('%s is nobody’s: %s', (key) => {
    expect(placeOfKey(key, PREFIXES)).toBeUndefined();
  });
});

test('a tenant without a prefix cannot be uploaded for; nor into a prefix of another’s', () => {
  const own = { 'a/': 'one', 'a/b/': 'two' };
  expect(keyOfPlace({ tenantId: 'three', path: 'x' }, own)).toBeUndefined();
  expect(faultOfPath({ tenantId: 'three', path: 'x' }, own)).toMatch(/^has no place/);
  expect(faultOfPath({ tenantId: 'one', path: 'b/x' }, own)).toBe("leads into another tenant's prefix");
  expect(faultOfPath({ tenantId: 'one', path: 'c/x' }, own)).toBeUndefined();
});

test.each<[string, DocumentPrefixes, string | undefined]>([
  ['every key begins with its tenant', { '': '*' }, undefined],
  ['some have their own', PREFIXES, undefined],
  ['nothing', {}, 'an empty mapping'],
  ['no slash at the end', { archive: 'acme' }, '"archive": "acme"'],
  ['a slash at the start', { '/archive/': 'acme' }, '"/archive/": "acme"'],
  ['a wildcard, which IAM would read', { 'a*/': 'acme' }, '"a*/": "acme"'],
  ['what is no tenant id', { 'a/': 'acme ltd' }, '"a/": "acme ltd"'],
  [
    'one tenant twice: two keys would be one document',
    { 'a/': 'acme', 'b/': 'acme' },
    'two prefixes for "acme"',
  ],
])('a mapping with %s', (_what, prefixes, fault) => {
  expect(faultOfPrefixes(prefixes)).toBe(fault);
});
