import { describe, expect, test } from '@jest/globals';
import { acceptEvent, type EventInput } from '../../core/accept-event.ts';
import { DIALECTS } from '../../core/dialects/index.ts';
import { buildEnvelope } from '../../core/envelope.ts';
import { sameContent } from '../../core/event.ts';
import { parseJson } from '../../core/json.ts';

const NOW = 1704067200_000;

function input(data: string, fields: Partial<EventInput> = {}): EventInput {
  return { id: 'evt_1', type: 'order.paid', data: parseJson(data), ...fields };
}

const accept = (data: string, fields?: Partial<EventInput>, dialect = DIALECTS.standard, path?: string) =>
  acceptEvent(dialect, 'ten_1', input(data, fields), NOW, path);

test('an event keeps what was published, printed without white space', () => {
  expect(accept('{ "b": 1, "a": 9007199254740993 }', { occurredAt: 5 })).toEqual({
    tenantId: 'ten_1',
    id: 'evt_1',
    type: 'order.paid',
    dataText: '{"b":1,"a":9007199254740993}',
    acceptedAt: NOW,
    occurredAt: 5,
    contentHash: expect.objectContaining({ length: 16 }),
  });
});

describe('the same id twice', () => {
  const first = accept('{"a":1,"b":{"c":0.1,"d":"x"}}');

  test.each([
    ['keys in another order', '{"b":{"d":"x","c":0.1},"a":1}', {}],
    ['numbers spelled differently', '{"a":1.0,"b":{"c":10e-2,"d":"x"}}', {}],
    ['text escaped', '{"a":1,"b":{"c":0.1,"d":"\\u0078"}}', {}],
    ['accepted later', '{"a":1,"b":{"c":0.1,"d":"x"}}', {}],
  ])('is the same event with %s', (_name, data, fields) => {
    expect(sameContent(first, accept(data, fields))).toBe(true);
  });

  test.each([
    ['other data', '{"a":2,"b":{"c":0.1,"d":"x"}}', {}],
    ['a member more', '{"a":1,"b":{"c":0.1,"d":"x"},"e":null}', {}],
    ['another type', '{"a":1,"b":{"c":0.1,"d":"x"}}', { type: 'order.sent' }],
    ['a time, where there was none', '{"a":1,"b":{"c":0.1,"d":"x"}}', { occurredAt: 1 }],
  ])('is another event with %s', (_name, data, fields) => {
    expect(sameContent(first, accept(data, fields))).toBe(false);
  });

  test('does not hide a change beyond what a double holds', () => {
    expect(sameContent(accept('{"id":9007199254740993}'), accept('{"id":9007199254740992}'))).toBe(false);
  });
});

describe('what is refused names the path, quotes the value and says what is accepted', () => {
  test.each([
    ['a list', '[1,2]', 'data is [1,2], but a JSON object is wanted.'],
    ['null', 'null', 'data is null, but a JSON object is wanted.'],
    ['text', '"x"', 'data is "x", but a JSON object is wanted.'],
    ['a long number', '9007199254740993', 'data is 9007199254740993, but a JSON object is wanted.'],
    [
      '100,000 lists',
      '['.repeat(1e5) + ']'.repeat(1e5),
      'data is nested too deeply to be shown, but a JSON object',
    ],
  ])('%s as data', (_name, data, message) => {
    expect(() => accept(data)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringContaining(message),
        faults: [{ path: 'data', message: expect.stringContaining(message) }],
      }),
    );
  });

  test('a type that the dialect does not know', () => {
    expect(() => accept('{}', { type: 'order.payed' }, DIALECTS.generic, 'events[3].')).toThrow(
      expect.objectContaining({
        code: 'unknown_event_type',
        message: expect.stringMatching(/^type is "order\.payed", .*generic.* Accepted: user\.created, /),
        faults: [expect.objectContaining({ path: 'events[3].type' })],
      }),
    );
  });

  test('standard takes any type, since the catalogue is the tenant’s own', () => {
    expect(accept('{}', { type: 'anything.at.all' }).type).toBe('anything.at.all');
  });

  test.each(['generic', 'promptha'] as const)('%s: a number that its receivers would change', (name) => {
    const type = DIALECTS[name].catalogue![0]!.type;
    const data = '{"order":{"lines":[{"id":1},{"id":12345678901234567890}]}}';
    expect(() => accept(data, { type }, DIALECTS[name], 'events[0].')).toThrow(
      expect.objectContaining({
        code: 'number_not_exact',
        message: expect.stringMatching(/is 12345678901234567890, .*as a string\.$/),
        faults: [expect.objectContaining({ path: 'events[0].data.order.lines[1].id' })],
      }),
    );
  });

  test("promptha: a data.eventId that is not the event's id", () => {
    const type = 'fabric.completed';
    expect(() => accept('{"eventId":"evt_other"}', { type }, DIALECTS.promptha)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        faults: [{ path: 'data.eventId', message: expect.stringMatching(/"evt_other".*"evt_1"/) }],
      }),
    );
    expect(accept('{"eventId":"evt_1"}', { type }, DIALECTS.promptha).id).toBe('evt_1');
    // Elsewhere it is a member like any other.
    expect(accept('{"eventId":"evt_other"}').dataText).toBe('{"eventId":"evt_other"}');
  });
});

describe('size', () => {
  const filled = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;
  const types = { type: DIALECTS.arka.catalogue![0]!.type };

  test('data of 262,144 bytes is too large with its envelope, and of one more in itself', () => {
    expect(() => accept(filled(262_145))).toThrow(
      expect.objectContaining({
        code: 'payload_too_large',
        message: 'data is 262145 bytes; at most 262144 are accepted.',
      }),
    );
    expect(() => accept(filled(262_144))).toThrow(/a standard webhook of \d+ bytes; at most 262144/);
  });

  test("arka takes a body of 100,000 bytes, its receivers' limit, and not one more", () => {
    const envelope = Buffer.byteLength(buildEnvelope(DIALECTS.arka, accept('{}', types, DIALECTS.arka)));
    const room = 100_000 - (envelope - 2);
    expect(accept(filled(room), types, DIALECTS.arka).dataText).toHaveLength(room);
    expect(() => accept(filled(room + 1), types, DIALECTS.arka)).toThrow(/webhook of 100001 bytes/);
  });

  test('characters count as the bytes of UTF-8', () => {
    expect(() => accept(`{"a":"${'€'.repeat(40_000)}"}`, types, DIALECTS.arka)).toThrow(
      /webhook of 1201\d\d bytes/,
    );
  });
});
