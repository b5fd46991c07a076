import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  canonicalJson,
  checkDocument,
  inspectJson,
  isJsonObject,
  isRawNumber,
  MAX_DEPTH,
  parseJson,
  printJson,
} from '../../core/json.ts';

const EXACT = [
  // Spelled in another way, but the value is what JavaScript prints.
  ['1', '1'],
  ['1.0', '1'],
  ['1e0', '1'],
  ['10E-1', '1'],
  ['0.10', '0.1'],
  ['-0', '0'],
  ['-0.0e5', '0'],
  ['9007199254740992', '9007199254740992'],
  ['9007199254740994', '9007199254740994'],
  ['123456789012345680000', '123456789012345680000'],
  ['1e21', '1e+21'],
  ['1E+0000021', '1e+21'],
  ['1000000000000000000000', '1e+21'],
  ['0.00000010', '1e-7'],
  ['5e-324', '5e-324'],
  ['1.7976931348623157e308', '1.7976931348623157e+308'],
];
const INEXACT = [
  '9007199254740993',
  '-9007199254740993',
  '12345678901234567890',
  '0.1000000000000000055511151231257827',
  '0.30000000000000000001',
  '1e400',
  '-1E400',
  '1e-400',
  '1.7976931348623159e308',
];

describe('parseJson and printJson', () => {
  test.each(EXACT)('%s prints as %s: the same value as JavaScript spells it', (text, wanted) => {
    const value = parseJson(text);
    expect(isRawNumber(value)).toBe(false);
    expect(printJson(value)).toBe(wanted);
  });

  test.each(INEXACT)('%s, which a double cannot hold, keeps its digits', (text) => {
    expect(printJson(parseJson(text))).toBe(text);
    expect(printJson(parseJson(`{ "a": [ ${text} , 1 ] }`))).toBe(`{"a":[${text},1]}`);
  });

  test('a number that was kept as digits is no JSON object', () => {
    expect(isRawNumber(parseJson('1e400'))).toBe(true);
    expect([{}, { a: 1 }].map(isJsonObject)).toEqual([true, true]);
    const others = [parseJson('1e400'), [], null, 'x', 1, true, undefined];
    expect(others.map(isJsonObject)).toEqual(others.map(() => false));
  });

  test.each([
    ['{"a":9007199254740993,"a":1}', '{"a":1}'],
    ['{"a":1,"a":9007199254740993}', '{"a":9007199254740993}'],
    ['{"a":{"b":1},"a":[1e400]}', '{"a":[1e400]}'],
    ['{"a":[1,2,3],"a":{"b":1e400}}', '{"a":{"b":1e400}}'],
    ['{"b":1e400,"1":1e401,"0":2}', '{"0":2,"1":1e401,"b":1e400}'],
    ['{"__proto__":{"x":1e400}}', '{"__proto__":{"x":1e400}}'],
  ])('%s reads as JSON.parse reads it: %s', (text, wanted) => {
    expect(printJson(parseJson(text))).toBe(wanted);
  });

  test('whatever the document, what is not a long number is what JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
        expect(printJson(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
        // One long number in front makes the slow way read the rest.
        expect(printJson(parseJson(`[1e400,${text}]`))).toBe(`[1e400,${JSON.stringify(JSON.parse(text))}]`);
      }),
    );
  });

  test.each(['', '{', '{"a":}', '[1,]', "{'a':1}", 'NaN', '01', '1.', '"\n"', '{"n":1e400,}'])(
    '%j is refused with what is wrong',
    (text) => {
      const message = expect.stringContaining('The body is not valid JSON: SyntaxError');
      expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'invalid_json', message }));
    },
  );

  test.each([
    '{"secret":whsec_1}',
    '{"secret":"x"}whsec_1',
    'whsec_1',
    `{"a":1,${'"b":2,'.repeat(9)}whsec_1}`,
  ])('%s is refused, and no piece of it is repeated', (text) => {
    const message = expect.not.stringMatching(/whsec|secret/);
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'invalid_json', message }));
  });

  test('an exponent of 4,000,000 digits takes no time', () => {
    const started = performance.now();
    expect(isRawNumber(parseJson(`1e-${'9'.repeat(4_000_000)}`))).toBe(true);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('100,000 zeros inside a number take no time', () => {
    const startedAt = performance.now();
    parseJson(`{"n":0.1${'0'.repeat(100_000)}1}`);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe('inspectJson', () => {
  test.each([
    ['{"total":9007199254740993}', 'data.total', '9007199254740993'],
    ['{"lines":[{"n":1},{"n":1e400}]}', 'data.lines[1].n', '1e400'],
    [
      '{"a":0.1000000000000000055511151231257827,"b":1e400}',
      'data.a',
      '0.1000000000000000055511151231257827',
    ],
  ])('%s: the first number that a double cannot hold is at %s', (text, path, digits) => {
    expect(inspectJson(parseJson(text), 'data')).toEqual({ path, digits });
  });

  test('a document of ordinary numbers has none', () => {
    expect(
      inspectJson(parseJson('{"a":[0.1,1e21,{"b":-5}],"c":"9007199254740993"}'), 'data'),
    ).toBeUndefined();
  });

  test(`${MAX_DEPTH} levels are taken, one more is refused`, () => {
    const nested = (levels: number) => parseJson('['.repeat(levels) + ']'.repeat(levels));
    expect(inspectJson(nested(MAX_DEPTH), 'data')).toBeUndefined();
    expect(() => inspectJson(nested(MAX_DEPTH + 1), 'data')).toThrow(
      expect.objectContaining({ code: 'invalid_json', message: expect.stringContaining('100 levels') }),
    );
  });

  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  test.each([
    ['100,000 lists', deep(100_000)],
    ['100,000 lists that nobody closed', '['.repeat(100_000)],
    ['100,000 objects', '{"a":'.repeat(100_000) + 1 + '}'.repeat(100_000)],
    ['100,000 lists around a long number', `${'['.repeat(100_000)}1e400${']'.repeat(100_000)}`],
    ['a long number before 2,000 lists', `{"n":1e400,"d":${deep(2_000)}}`],
  ])('%s are refused, and nothing crashes', (_name, text) => {
    expect(() => inspectJson(parseJson(text), 'data')).toThrow(
      expect.objectContaining({ code: 'invalid_json' }),
    );
  });
});

test('what is told of a long number and of its path has bounds', () => {
  const found = inspectJson(parseJson(`{"${'k'.repeat(1e5)}":${'9'.repeat(1e5)}}`), 'data')!;
  expect([found.path.length, found.digits.length]).toEqual([200, 80]);
});

describe('checkDocument', () => {
  const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;

  test('ordinary documents pass', () => {
    const document = parseJson('{"a":[{"b":null}],"constructor":{"prototype":1},"n":0.1}');
    expect(() => checkDocument(document, '')).not.toThrow();
    expect(() => checkDocument(nested(MAX_DEPTH), '')).not.toThrow();
  });

  test.each([
    ['{"filters":{"__proto__":["x"]}}', 'filters.__proto__'],
    ['{"__proto__":1}', '__proto__'],
    ['{"list":[{},{"__proto__":1}]}', 'list[1].__proto__'],
    ['{"list":[1,1e400]}', 'list[1]'],
    [`{"${'k'.repeat(1_000)}":1e400}`, `${'k'.repeat(77)}...`],
  ])('%s is refused with its path', (text, path) => {
    expect(() => checkDocument(parseJson(text), '')).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        faults: [expect.objectContaining({ path, message: expect.stringContaining(path) })],
      }),
    );
  });

  test.each([
    [MAX_DEPTH + 1, ''],
    [100_000, 'events[3].'],
  ])('%i levels are refused', (levels, root) => {
    expect(() => checkDocument(nested(levels), root)).toThrow(
      expect.objectContaining({ code: 'invalid_json', message: expect.stringContaining('100 levels') }),
    );
  });

  test('an opaque member is not looked into, and only at the top', () => {
    const document = { data: nested(1_000), other: 1 };
    expect(() => checkDocument(document, '', ['data'])).not.toThrow();
    expect(() => checkDocument({ other: document }, '', ['data'])).toThrow();
  });
});

describe('canonicalJson', () => {
  const canonical = (text: string) => canonicalJson(parseJson(text));

  test.each([
    ['1', '1.0', '1e0', '10e-1', '0.1E1'],
    ['0.1', '0.10', '1e-1', '0.01e1'],
    ['0', '-0', '0.0', '0e400'],
    ['9007199254740993', '9007199254740993.0', '9.007199254740993e15', '900719925474099300e-2'],
    ['1e400', '10e399', '1E+400', '0.1e401'],
    ['{"a":1,"b":[2,{"c":3,"d":4}]}', '{ "b": [2.0, {"d":4e0, "c":3}], "a": 1 }'],
    ['{"a":"é/"}', '{"\\u0061":"\\u00e9\\/"}'],
  ])('%s is the same, however it is spelled', (...texts) => {
    expect(new Set(texts.map(canonical)).size).toBe(1);
  });

  test.each([
    ['9007199254740993', '9007199254740992'],
    ['1e400', '1e401'],
    ['1e400', '-1e400'],
    ['1e400', '"1e400"'],
    ['1', '"1"'],
    ['[1,2]', '[2,1]'],
    ['{}', '[]'],
    ['{"a":null}', '{}'],
    ['{"a":1,"b":2}', '{"a":2,"b":1}'],
    ['{"a":"1,\\"b\\":2"}', '{"a":1,"b":2}'],
    ['0.1', '0.1000000000000000055511151231257827'],
  ])('%s is not %s', (one, other) => {
    expect(canonical(one)).not.toBe(canonical(other));
  });

  test('the order of keys does not count, at any depth', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (!isJsonObject(value)) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, child]) => [key, reversed(child)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  test('two documents are the same exactly where their values are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const read = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
        const same = canonicalJson(read(a)) === canonicalJson(read(b));
        if (same) expect(read(a)).toEqual(read(b));
        expect(canonicalJson(read(a))).toBe(canonicalJson(read(a)));
      }),
    );
  });
});
