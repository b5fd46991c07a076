import { expect, test } from '@jest/globals';
import { joinPath, nameKind, PosthornError, quote, refuse } from '../../core/errors.ts';
import { parseJson } from '../../core/json.ts';

test.each([
  ['text', 'a "b"', '"a \\"b\\""'],
  ['a number', 1.5, '1.5'],
  ['null', null, 'null'],
  ['nothing', undefined, 'undefined'],
  ['a list', [1, 'x'], '[1,"x"]'],
  ['an object', { a: 1 }, '{"a":1}'],
  ['a long number', parseJson('9007199254740993'), '9007199254740993'],
  ['line breaks', 'a\nb', '"a\\nb"'],
])('a message quotes %s as JSON', (_name, value, quoted) => {
  expect(quote(value)).toBe(quoted);
});

test('a message quotes at most 80 characters', () => {
  expect(quote('x'.repeat(78))).toBe(`"${'x'.repeat(78)}"`);
  expect(quote('x'.repeat(79))).toBe(`"${'x'.repeat(76)}...`);
  expect(quote({ list: Array(1_000).fill(0) })).toHaveLength(80);
});

test('a value nested 100,000 levels deep is refused like any other', () => {
  expect(quote(JSON.parse('['.repeat(1e5) + ']'.repeat(1e5)))).toBe('nested too deeply to be shown');
});

test.each([
  ['s3cret', 'a text'],
  [1, 'a number'],
  [true, 'true or false'],
  [null, 'null'],
  [['s3cret'], 'a list'],
  [{ s3cret: 1 }, 'an object'],
  [parseJson('9007199254740993'), 'an object'],
])('where %j may be secret, it is %s', (value, kind) => {
  expect(nameKind(value)).toBe(kind);
});

test('a path is written as programmers do, and no key makes it long', () => {
  expect(joinPath(joinPath(joinPath('', 'events'), 2), 'id')).toBe('events[2].id');
  expect(joinPath('events[2].', 'id')).toBe('events[2].id');
  expect(joinPath('metadata', 'k'.repeat(1e6))).toHaveLength('metadata.'.length + 80);
});

test('a refusal carries its code and the path of what was refused', () => {
  const error = refuse('invalid_request', 'data.total', 'data.total is -1.');
  expect(error).toBeInstanceOf(PosthornError);
  expect(error).toMatchObject({
    name: 'PosthornError',
    code: 'invalid_request',
    message: 'data.total is -1.',
    faults: [{ path: 'data.total', message: 'data.total is -1.' }],
  });
});

test('an error keeps what caused it', () => {
  const cause = new Error('disk full');
  expect(new PosthornError('unavailable', 'Try again.', [], { cause }).cause).toBe(cause);
});
