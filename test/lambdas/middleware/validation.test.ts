import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { PosthornError } from '../../../core/errors.ts';
import { validate } from '../../../lambdas/middleware/validation.ts';

const schema = z.strictObject({
  name: z.string().max(5),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  mode: z.enum(['a', 'b']).optional(),
  list: z.array(z.strictObject({ id: z.string().regex(/^\d+$/, 'must be digits') })).optional(),
});

function refusal(input: unknown, root?: string): PosthornError {
  try {
    validate(schema, input, root);
  } catch (error) {
    if (error instanceof PosthornError) return error;
  }
  throw new Error('nothing was refused');
}

test('what is valid comes out with its defaults', () => {
  expect(validate(schema, { name: 'x', list: [{ id: '1' }] })).toEqual({
    name: 'x',
    limit: 50,
    list: [{ id: '1' }],
  });
});

describe('a refusal names the path, quotes the value and says what is accepted', () => {
  test.each<[unknown, string, string]>([
    [{}, 'name', 'name is missing: '],
    [{ name: 7 }, 'name', 'name is 7: '],
    [{ name: 'too long' }, 'name', 'name is "too long": Too big: expected string to have <=5 characters.'],
    [{ name: 'x', limit: '101' }, 'limit', 'limit is "101": Too big: expected number to be <=100.'],
    [{ name: 'x', mode: 'c' }, 'mode', 'mode is "c": Invalid option: expected one of "a"|"b".'],
    [{ name: 'x', list: [{ id: '1' }, { id: 'y' }] }, 'list[1].id', 'list[1].id is "y": must be digits.'],
    [{ name: 'x', list: 'y' }, 'list', 'list is "y": '],
    [{ name: 'x', nmae: 1 }, 'nmae', 'nmae is not known here: leave it out.'],
    [{ name: 'x', list: [{ id: '1', z: 2 }] }, 'list[0].z', 'list[0].z is not known here: leave it out.'],
    ['text', '', 'The body is a text: '],
    [null, '', 'The body is null: '],
    [{ name: { a: 'x'.repeat(200) } }, 'name', `name is {"a":"${'x'.repeat(71)}...: `],
  ])('%j', (input, path, message) => {
    const error = refusal(input);
    expect(error.code).toBe('invalid_request');
    expect(error.faults[0]!.path).toBe(path);
    expect(error.faults[0]!.message.slice(0, message.length)).toBe(message);
  });

  test('all of them at once, each with its own path', () => {
    const { faults, message } = refusal({ limit: 0, one: 1, two: 2 });
    expect(faults.map(({ path }) => path).sort()).toEqual(['limit', 'name', 'one', 'two']);
    for (const fault of faults) expect(message).toContain(fault.message);
  });

  test('but tells no more than twenty faults, and no more of a long name than its head', () => {
    const unknown = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, i) => [`${i}${'k'.repeat(200)}`, i]),
    );
    const { faults, message } = refusal({ name: 'x', ...unknown });
    expect(faults).toHaveLength(20);
    expect(message.length).toBeLessThan(3_000);
  });

  test.each(['auth', 'headers', 'secret', 'security'])('but under %s quotes nothing', (member) => {
    const secrets = z.strictObject({ [member]: z.record(z.string(), z.number()) });
    const check = () => validate(secrets, { [member]: { a: 's3cret' } });
    expect(check).toThrow(`${member}.a is a text: `);
    expect(() => validate(secrets, { [member]: 's3cret' })).toThrow(`${member} is a text: `);
    expect(() => validate(secrets, [{ [member]: 's3cret' }])).toThrow('The body is a list: ');
  });

  test('nor where the secret stands deeper, as in the arky guide', () => {
    const business = z.strictObject({ settings: z.strictObject({ webhookSecret: z.string() }) });
    expect(() => validate(business, { settings: { webhookSecret: 12345678 } })).toThrow(
      'settings.webhookSecret is a number: ',
    );
  });

  test('within an entry of a batch', () => {
    expect(refusal({ name: 7 }, 'events[3].').faults[0]!.path).toBe('events[3].name');
    expect(refusal('x', 'events[3].').faults[0]).toMatchObject({
      path: 'events[3]',
      message: expect.stringMatching(/^events\[3\] is "x"/),
    });
  });

  test('even of a value nested 100,000 levels deep', () => {
    const deep = JSON.parse('['.repeat(1e5) + ']'.repeat(1e5));
    expect(refusal({ name: deep }).message).toMatch(/^name\[0\].* is nested deeper than 100 levels\.$/);
  });
});
