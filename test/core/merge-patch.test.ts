import { expect, test } from '@jest/globals';
import { mergePatch } from '../../core/merge-patch.ts';

/** RFC 7396, appendix A: original, patch, result. */
test.each([
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', 'null', 'null'],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
])('%s patched by %s is %s', (original, patch, result) => {
  expect(JSON.stringify(mergePatch(JSON.parse(original), JSON.parse(patch)))).toBe(result);
});

test('neither argument is changed', () => {
  const original = { a: { b: 1 } };
  const patch = { a: { c: 2 } };
  expect(mergePatch(original, patch)).toEqual({ a: { b: 1, c: 2 } });
  expect([original, patch]).toEqual([{ a: { b: 1 } }, { a: { c: 2 } }]);
});

test.each(['{"__proto__":{"active":true}}', '{"constructor":{"prototype":{"active":true}}}'])(
  '%s is a member like any other, and changes no prototype',
  (patch) => {
    const merged = mergePatch({}, JSON.parse(patch)) as object;
    expect(({} as { active?: boolean }).active).toBeUndefined();
    expect((merged as { active?: boolean }).active).toBeUndefined();
    expect(JSON.stringify(merged)).toBe(patch);
  },
);
