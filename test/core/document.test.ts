import { expect, test } from '@jest/globals';
import { attachmentOf } from '../../core/content-disposition.ts';
import { documentEventId, isHashId, makeHashId, sortableSequencer } from '../../core/document.ts';
import { faultOfPath, fileNameOf, keyOfPlace, placeOfKey } from '../../core/document-key.ts';

test.each([
  ['acme/report.pdf', { tenantId: 'acme', path: 'report.pdf' }],
  ['acme/a/b c+d/é.pdf', { tenantId: 'acme', path: 'a/b c+d/é.pdf' }],
  ['acme//odd', { tenantId: 'acme', path: '/odd' }],
  ['acme/', undefined],
  ['acme/folder/', undefined],
  ['acme', undefined],
  ['/report.pdf', undefined],
  ['a b/report.pdf', undefined],
  [`${'a'.repeat(65)}/report.pdf`, undefined],
])('the key %j belongs to %j', (key, place) => {
  expect(placeOfKey(key)).toEqual(place);
  if (place !== undefined) expect(keyOfPlace(place)).toBe(key);
});

test.each([
  ['a.pdf', undefined],
  ['a/b c+d/é 日本.pdf', undefined],
  ['...', undefined],
  ['a..b/.hidden', undefined],
  [`${'é'.repeat(509)}`, undefined],
  [`${'é'.repeat(510)}`, /1025 bytes/],
  ['', /single slashes/],
  ['a/', /single slashes/],
  ['a//b', /single slashes/],
  ['./a', /single slashes/],
  ['a/..', /single slashes/],
  ['a\u0000', /control/],
  ['a\u2028', /control/],
  ['\ud800', /well-formed/],
])('the path %j is judged', (path, fault) => {
  const found = faultOfPath({ tenantId: 'acme', path });
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(fault);
});

test('a hash id is opaque, URL-safe, of 160 bits and at most 32 characters', () => {
  const id = makeHashId(Buffer.alloc(32, 255));
  expect(id).toBe(`doc_${'_'.repeat(26)}8`);
  expect([id.length <= 32, isHashId(id), isHashId(`${id}x`), isHashId('doc_')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('sequencers sort as S3 says: the shorter one is filled up with zeros on its right', () => {
  const inOrder = ['0055AED6', '0055AED6DCD90281E5', '0055aed6dcd90281e6', '0056', '1'];
  expect(inOrder.map(sortableSequencer).toSorted()).toEqual(inOrder.map(sortableSequencer));
});

test('the same facts make the same event id, other facts another', () => {
  const id = documentEventId('evt_', ['upload', 'acme/a', 'v1']);
  expect(id).toMatch(/^evt_[A-Za-z0-9_-]{32}$/);
  expect(documentEventId('evt_', ['upload', 'acme/a', 'v1'])).toBe(id);
  expect(documentEventId('evt_', ['upload', 'acme/av', '1'])).not.toBe(id);
});

test.each([
  ['report.pdf', 'attachment; filename="report.pdf"'],
  ['one two.txt', 'attachment; filename="one two.txt"'],
  ['é.txt', `attachment; filename="_.txt"; filename*=UTF-8''%C3%A9.txt`],
  ['a"b\\c.txt', `attachment; filename="a_b_c.txt"; filename*=UTF-8''a%22b%5Cc.txt`],
  ["it's (1)*.txt", `attachment; filename="it's (1)*.txt"`],
  ["é'(1)*", `attachment; filename="_'(1)*"; filename*=UTF-8''%C3%A9%27%281%29%2A`],
  ['100%.txt', `attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt`],
  ['a\r\nX: y', `attachment; filename="a__X: y"; filename*=UTF-8''a%0D%0AX%3A%20y`],
])('%j is downloaded as %s', (name, header) => expect(attachmentOf(name)).toBe(header));

test('a file is named by what stands behind the last slash', () => {
  expect(['a', 'a/b', 'a/b/c.d'].map(fileNameOf)).toEqual(['a', 'b', 'c.d']);
});
