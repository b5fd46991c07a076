import { describe, expect, test } from '@jest/globals';
import type { Dialect } from '../../../core/dialects/dialect.ts';
import { DIALECTS, resolveDialect } from '../../../core/dialects/index.ts';
import { VECTORS, vectorOf } from '../../fixtures/vectors.ts';

const { arka, arken, arky, generic, promptha, standard } = DIALECTS;

test.each([
  [arka, 10_000, 100_000, [], []],
  [arky, 5_000, 100_000, [], []],
  [promptha, 30_000, 100_000, [400, 401], []],
  [generic, 15_000, 100_000, [], []],
  [arken, 15_000, 262_144, [], []],
  [standard, 15_000, 262_144, [410], [410]],
])(
  '$name: deadline, largest body, statuses that end a delivery',
  (dialect, timeout, body, never, disable) => {
    expect(dialect.timeoutMs).toBe(timeout);
    expect(dialect.maxBodyBytes).toBe(body);
    expect(dialect.neverRetry).toEqual(never);
    expect(dialect.disableOn).toEqual(disable);
  },
);

test.each([
  [arka, 'X-Arka-Signature', undefined, undefined, 'body', 'hex', 'utf8'],
  [arky, 'X-Arky-Signature', 'X-Arky-Timestamp', undefined, 'timestamp.body', 'hex', 'utf8'],
  [promptha, 'X-Promptha-Signature', 'X-Promptha-Timestamp', undefined, 'timestamp.body', 'hex', 'utf8'],
  [generic, 'X-Webhook-Signature', undefined, undefined, 'body', 'hex', 'utf8'],
  [
    standard,
    'webhook-signature',
    'webhook-timestamp',
    'webhook-id',
    'id.timestamp.body',
    'versioned',
    'base64',
  ],
])(
  '$name signs its content into its headers',
  (dialect, header, timestamp, id, content, format, encoding) => {
    const scheme = dialect.signature!;
    expect(scheme.header).toBe(header);
    expect(scheme.timestampHeader).toBe(timestamp);
    expect(scheme.idHeader).toBe(id);
    expect(scheme.content.join('.')).toBe(content);
    expect(scheme.format).toBe(format);
    expect(scheme.secretEncoding).toBe(encoding);
  },
);

test.each([
  [arka, 'evt_', 'wh_'],
  [arky, 'evt_', 'wh_'],
  [promptha, 'evt_', 'wh_'],
  [generic, 'evt_', 'hook_'],
  [arken, 'evt_', 'sub_'],
  [standard, 'msg_', 'ep_'],
])('$name: id prefixes', (dialect, event, endpoint) => {
  expect(dialect.idPrefixes).toEqual({ event, endpoint, delivery: 'del_' });
  for (const prefix of Object.values(dialect.idPrefixes)) expect(prefix).toMatch(/^[a-z]{2,5}_$/);
  expect(new Set(Object.values(dialect.idPrefixes)).size).toBe(3);
});

describe('the envelope', () => {
  test.each(['arka', 'arky', 'promptha', 'generic', 'arken'])(
    '%s has the vector’s members in order',
    (name) => {
      const keys = Object.keys(JSON.parse(vectorOf(name).body));
      expect(resolveDialect(name)!.envelope.map((field) => field.key)).toEqual(keys);
    },
  );

  test('standard has type, timestamp and data', () => {
    expect(standard.envelope.map((field) => field.key)).toEqual(['type', 'timestamp', 'data']);
  });

  test('only receivers that verify re-stringified JSON limit numbers to doubles', () => {
    const limited = Object.values(DIALECTS).filter((dialect) => dialect.numbers === 'double');
    expect(limited).toEqual([promptha, generic]);
  });
});

test.each(VECTORS)('the headers of the $dialect vector are those that its dialect names', (vector) => {
  const scheme = resolveDialect(vector.dialect)!.signature;
  const named = scheme
    ? [scheme.idHeader, scheme.timestampHeader, scheme.header].filter(Boolean)
    : [vector.auth?.header.name];
  expect(Object.keys(vector.headers)).toEqual(named);
});

test('arken authenticates by a header or OpenID Connect, the others by their signature alone', () => {
  expect(arken.signature).toBeNull();
  expect(arken.auth).toEqual(['header', 'openIdConnect']);
  for (const dialect of [arka, arky, promptha, generic, standard]) expect(dialect.auth).toEqual([]);
});

test('only arken refuses a resend, and says where the event can be read', () => {
  expect(arken.resendRefusal).toContain('GET /Event/{eventId}');
  for (const dialect of [arka, arky, promptha, generic, standard]) expect(dialect.resendRefusal).toBeNull();
});

describe('resolveDialect', () => {
  const sixth: Dialect = { ...standard, name: 'acme' };

  test.each(Object.entries(DIALECTS))('finds %s under its own name', (name, dialect) => {
    expect(dialect.name).toBe(name);
    expect(resolveDialect(name)).toBe(dialect);
  });

  test('finds an extra dialect', () => {
    expect(resolveDialect('acme', [sixth])).toBe(sixth);
  });

  test('an extra dialect never replaces a built-in one', () => {
    expect(resolveDialect('arka', [{ ...sixth, name: 'arka' }])).toBe(arka);
  });

  test.each(['acme', '', 'ARKA', 'toString', '__proto__'])('knows no dialect %j', (name) => {
    expect(resolveDialect(name)).toBeUndefined();
  });
});

test.each(Object.values(DIALECTS))('$name is plain data: JSON carries it unchanged', (dialect) => {
  expect(JSON.parse(JSON.stringify(dialect))).toEqual(dialect);
});
