import { describe, expect, test } from '@jest/globals';
import {
  isEmptyRead,
  judgeRead,
  keyCandidates,
  LINK_READ_WINDOW_MS,
  type ObjectRead,
  type Platform,
  READ_WINDOW_MS,
} from '../../core/object-read.ts';
import { LINK_ROLE, OWN_ROLE, type ReadOptions, readRecord } from '../fixtures/cloudtrail.ts';

const PLATFORM: Platform = { bucket: 'files', linkRoleArn: LINK_ROLE, ownRoleArns: [OWN_ROLE] };
const LINK = { role: { arn: LINK_ROLE, session: 'links' }, signedAt: '20260115T122950Z' };

function judge(options: Partial<ReadOptions> = {}) {
  return judgeRead(readRecord({ bucket: 'files', key: 'acme/report.txt', ...options }), PLATFORM);
}
const readerOf = (options: Partial<ReadOptions>) => (judge(options) as ObjectRead).reader;

test('a read of an object, by whoever has the right to, belongs to a download', () => {
  expect(judge({ versionId: 'v1', bytes: 48_213 })).toEqual({
    key: 'acme/report.txt',
    version: 'v1',
    at: Date.parse('2026-01-15T12:30:00Z'),
    bytes: 48_213,
    reader: expect.stringMatching(/^[0-9a-f]{32}$/),
    windowMs: READ_WINDOW_MS,
  });
  expect(judge()).toMatchObject({ version: undefined });
});

test.each<[string, Partial<ReadOptions>, string]>([
  ['a HEAD', { eventName: 'HeadObject' }, 'no_read'],
  ['a list', { eventName: 'ListObjects' }, 'no_read'],
  ['another bucket', { bucket: 'files2' }, 'other_bucket'],
  ['a refused read', { errorCode: 'AccessDenied', bytes: 243 }, 'failed'],
  ['a key that is not there', { errorCode: 'NoSuchKey' }, 'failed'],
  ["the platform's own read", { role: { arn: OWN_ROLE, session: 'posthorn-DocumentsIntake' } }, 'own'],
])('%s is no download', (_what, options, reason) => {
  expect(judge(options)).toBe(reason);
});

test("a read by the platform's link is the reader's, for as long as the link may be read by", () => {
  expect(judge(LINK)).toMatchObject({ windowMs: LINK_READ_WINDOW_MS });
});

describe('reads of one download have the same reader', () => {
  test('whatever their ranges, times and keys', () => {
    expect(readerOf({ ...LINK, eventTime: '2026-01-15T12:34:00Z', bytes: 1 })).toBe(readerOf(LINK));
    expect(readerOf({ key: 'acme/other.txt' })).toBe(readerOf({}));
  });

  test("by a link of the platform, whatever the reader's addresses", () => {
    expect(readerOf({ ...LINK, ip: '198.51.100.8' })).toBe(readerOf(LINK));
  });

  test.each<[string, Partial<ReadOptions>, Partial<ReadOptions>]>([
    ['another address', {}, { ip: '198.51.100.8' }],
    [
      'another address of a link that somebody else signed',
      { signedAt: '20260115T122950Z' },
      { signedAt: '20260115T122950Z', ip: '198.51.100.8' },
    ],
    ['another principal', {}, { role: { arn: 'arn:aws:iam::1:role/etl', session: 'a' } }],
    [
      'another session of a role',
      { role: { arn: 'arn:aws:iam::1:role/etl', session: 'a' } },
      { role: { arn: 'arn:aws:iam::1:role/etl', session: 'b' } },
    ],
    ['another link, signed a second later', LINK, { ...LINK, signedAt: '20260115T122951Z' }],
    ['no link, with the credentials of one', LINK, { ...LINK, signedAt: undefined }],
  ])('and not with %s', (_what, one, other) => {
    expect(readerOf(one)).not.toBe(readerOf(other));
  });
});

test('a record with fewer members is read too: an anonymous or a service’s read has no name and no key', () => {
  const { eventName, eventTime, requestParameters } = readRecord({ bucket: 'files', key: 'acme/a' });
  const bare = { eventName, eventTime, requestParameters, userIdentity: {} };
  expect(judgeRead(bare, PLATFORM)).toMatchObject({ key: 'acme/a', bytes: undefined });
});

test.each([
  [0, 5, true],
  [0, 0, false],
  [5, 5, false],
  [1, 5, false],
  [undefined, 5, false],
])('an answer of %s bytes of a file of %i is empty: %s', (bytes, size, isEmpty) => {
  expect(isEmptyRead({ bytes } as ObjectRead, size)).toBe(isEmpty);
});

test.each([
  ['acme/report.txt', ['acme/report.txt']],
  ['acme/a b+c.txt', ['acme/a b+c.txt']],
  ['acme/a%20b%2Bc.txt', ['acme/a%20b%2Bc.txt', 'acme/a b+c.txt']],
  ['acme/100%.txt', ['acme/100%.txt']],
])('the key %j may be %j', (key, candidates) => {
  expect(keyCandidates(key)).toEqual(candidates);
});
