import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DIALECTS, resolveDialect } from '../../core/dialects/index.ts';
import { buildEnvelope, type EnvelopeEvent } from '../../core/envelope.ts';
import { parseJson, printJson } from '../../core/json.ts';
import { vectorOf } from '../fixtures/vectors.ts';

/** The event that a guide's example was made of; the vectors' bodies are what must come out. */
const VECTOR_EVENTS: Record<string, Partial<EnvelopeEvent> & { data: string }> = {
  arka: {
    tenantId: 'acc_abc123',
    id: 'evt_1234567890',
    type: 'usage.threshold.reached',
    acceptedAt: 1640995200_999,
    data: '{"threshold":80,"tokens_used":2400000,"tokens_included":3000000,"period_end":"2024-02-01T00:00:00Z"}',
  },
  arky: {
    tenantId: 'biz_xyz789',
    id: 'evt_abc123',
    type: 'order.paid',
    acceptedAt: 1704067200_000,
    data: '{ "order": {"id":"ord_123","status":"PAID","total":5999,"currency":"USD","note":"caf\\u00e9 \\u2615 <b>&amp;<\\/b>"} }',
  },
  promptha: {
    id: 'evt_pro_1',
    type: 'fabric.completed',
    acceptedAt: 1704067200_000,
    data: '{"executionId":"exec_1","result":{"output":"Test result"},"usage":{"totalTokens":42}}',
  },
  generic: {
    id: 'evt_abc123',
    type: 'user.created',
    acceptedAt: Date.parse('2026-01-15T12:30:00.987Z'),
    data: '{"id":"user_123","name":"John Doe","email":"john@example.com","status":"active"}',
  },
  arken: {
    tenantId: 'acc_9f8e7d',
    id: 'evt_arken_1',
    type: 'FileStore.Upload',
    acceptedAt: Date.parse('2030-01-01T00:00:00Z'),
    occurredAt: Date.parse('2024-01-01T00:00:00.000Z'),
    data: '{"callback":{"method":"GET","url":"https://api.example.com/Document/doc_5c1d8a"},"documentHashId":"doc_5c1d8a"}',
  },
};

function eventOf(data: string, fields: Partial<EnvelopeEvent> = {}): EnvelopeEvent {
  const dataText = printJson(parseJson(data));
  return { tenantId: 'ten_1', id: 'evt_1', type: 'a.b', acceptedAt: 1704067200_000, dataText, ...fields };
}

test.each(Object.entries(VECTOR_EVENTS))(
  '%s: the body is the vector, byte for byte',
  (name, { data, ...fields }) => {
    expect(buildEnvelope(resolveDialect(name)!, eventOf(data, fields))).toBe(vectorOf(name).body);
  },
);

test('standard: type, timestamp in ISO 8601, data', () => {
  const event = eventOf('{"n":1}', {
    type: 'order.paid',
    acceptedAt: Date.parse('2022-11-03T20:26:10.344522Z'),
  });
  expect(buildEnvelope(DIALECTS.standard, event)).toBe(
    '{"type":"order.paid","timestamp":"2022-11-03T20:26:10.344Z","data":{"n":1}}',
  );
});

test('what the producer said of the time wins over when the event was accepted', () => {
  const event = eventOf('{}', { occurredAt: 1600000000_500 });
  expect(JSON.parse(buildEnvelope(DIALECTS.arka, event)).created).toBe(1600000000);
  expect(JSON.parse(buildEnvelope(DIALECTS.generic, event)).created_at).toBe('2020-09-13T12:26:40Z');
});

test("arken shows the endpoint's API version, and null where it has none", () => {
  expect(JSON.parse(buildEnvelope(DIALECTS.arken, eventOf('{}'), '2.1')).apiVersion).toBe('2.1');
  expect(JSON.parse(buildEnvelope(DIALECTS.arken, eventOf('{}'))).apiVersion).toBeNull();
});

const NO_CALLBACKS = ['{}', '{"callback":null}', '{"callback":"GET /x"}', '{"callback":{"method":"GET"}}'];
test.each([...NO_CALLBACKS, '{"inner":{"callback":{"method":"GET","url":"u"}}}'])(
  'arken: %s has no callback to lift, so data stays whole',
  (data) => {
    const body = JSON.parse(buildEnvelope(DIALECTS.arken, eventOf(data)));
    expect(body).not.toHaveProperty('callback');
    expect(JSON.stringify(body.data)).toBe(data);
  },
);

test('arken: a lifted callback keeps its further members and long numbers, and so does the data', () => {
  const data = '{"a":9007199254740993,"callback":{"method":"GET","url":"u","id":12345678901234567890}}';
  const body = buildEnvelope(DIALECTS.arken, eventOf(data));
  expect(body).toContain('"data":{"a":9007199254740993}');
  expect(body).toContain('"callback":{"method":"GET","url":"u","id":12345678901234567890}');
});

describe('promptha: data.eventId is the id of the event', () => {
  test.each([
    ['{"b":1}', '{"eventId":"evt_1","b":1}'],
    ['{"b":1,"eventId":"evt_1"}', '{"eventId":"evt_1","b":1}'],
    // JSON.parse puts integer-like keys first, and the receiver prints what JSON.parse gave it.
    ['{"b":1,"7":2}', '{"7":2,"eventId":"evt_1","b":1}'],
    ['{"__proto__":{"b":1}}', '{"eventId":"evt_1","__proto__":{"b":1}}'],
  ])('%s', (data, wanted) => {
    expect(buildEnvelope(DIALECTS.promptha, eventOf(data))).toContain(`"data":${wanted},`);
  });
});

test.each(['arka', 'arky', 'arken', 'standard'])(
  '%s: digits that a double cannot hold go out as they came',
  (name) => {
    const data = '{"id":9007199254740993,"x":0.1000000000000000055511151231257827,"y":1e400,"z":-1E-400}';
    expect(buildEnvelope(resolveDialect(name)!, eventOf(data))).toContain(`"data":${data}`);
  },
);

/** Keys that JavaScript treats in its own way. */
const key = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', '0', '42', '-1', '007', 'eventId', '\ud800'),
);
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(-0, 5e-324, 1e21, 1e-7),
);
const { object: anyData } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\ud800', 'x\udfff'),
    number,
    fc.boolean(),
    fc.constant(null),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map(fromMembers),
}));

function fromMembers(members: [string, unknown][]): object {
  const made = {};
  for (const [name, value] of members) {
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return made;
}

test.each(Object.keys(DIALECTS))(
  '%s: JSON.stringify(JSON.parse(body)) is the body, whatever the data',
  (name) => {
    const dialect = resolveDialect(name)!;
    fc.assert(
      fc.property(anyData, (data) => {
        const body = buildEnvelope(dialect, eventOf(JSON.stringify(data), { type: 'FileStore.Upload' }));
        expect(JSON.stringify(JSON.parse(body))).toBe(body);
      }),
      { numRuns: 300 },
    );
  },
);

test('the same event gives the same bytes, however the producer spelled its data', () => {
  const spelled = '{ "price": 0.10, "big": 1E2, "name": "\\u0041\\/", "n": -0 }';
  expect(eventOf(spelled).dataText).toBe('{"price":0.1,"big":100,"name":"A/","n":0}');
});
