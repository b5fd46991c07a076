import { describe, expect, test } from '@jest/globals';
import { DIALECTS, resolveDialect } from '../../core/dialects/index.ts';
import { faultOfHeader } from '../../core/endpoint.ts';

const RESERVED = 'carries the signature, the time or the id: choose another name';

test.each([
  ['arka', 'X-Arka-Signature'],
  ['arky', 'X-Arky-Signature'],
  ['arky', 'X-Arky-Timestamp'],
  ['promptha', 'X-Promptha-Signature'],
  ['promptha', 'x-promptha-timestamp'],
  ['generic', 'X-WEBHOOK-SIGNATURE'],
  ['standard', 'webhook-id'],
  ['standard', 'Webhook-Timestamp'],
  ['standard', 'webhook-signature'],
  // Reserved everywhere: a tenant's dialect may come to use them.
  ['arken', 'webhook-anything'],
  ['arka', 'X-Posthorn-Attempt'],
])('%s: a tenant cannot set %s', (name, header) => {
  expect(faultOfHeader([resolveDialect(name)!], header, 'x')).toBe(RESERVED);
});

test.each([
  'Host',
  'Content-Length',
  'content-type',
  'Content-Encoding',
  'Transfer-Encoding',
  'Connection',
  'Keep-Alive',
  'Expect',
  'Upgrade',
  'TE',
  'Trailer',
  'Proxy-Authorization',
  'User-Agent',
  'Accept-Encoding',
  'Content-Range',
  'Range',
])('%s is set by HTTP itself', (header) => {
  expect(faultOfHeader([DIALECTS.standard], header, 'x')).toBe('is set by HTTP itself: choose another name');
});

test('of several dialects, the headers of none may be set', () => {
  const dialects = Object.values(DIALECTS);
  const names = dialects.flatMap(({ signature }) =>
    signature ? [signature.header, signature.timestampHeader] : [],
  );
  for (const name of names.filter((one) => one !== undefined)) {
    expect(faultOfHeader(dialects, name.toUpperCase(), 'x')).toBe(RESERVED);
  }
});

test.each(['Authorization', 'X-Api-Key', 'x_custom', "!#$%&'*+.^_`|~"])(
  'standard: %s may be a header of the tenant',
  (header) => {
    expect(faultOfHeader([DIALECTS.standard], header, 'x')).toBeUndefined();
  },
);

test.each(['', 'X Key', 'X:Key', 'X-Key\r\nwebhook-id', 'X-Schlüssel', '(x)', 'x'.repeat(129)])(
  '%j is no header name',
  (header) => {
    expect(faultOfHeader([DIALECTS.standard], header, 'x')).toMatch(/^is not a header name/);
  },
);

describe('the value of a header', () => {
  test.each(['x', 'Bearer abc.def', 'a b\tc', '!'.repeat(2_048)])('%j is taken', (value) => {
    expect(faultOfHeader([DIALECTS.standard], 'X-Key', value)).toBeUndefined();
  });

  test.each([
    '',
    ' ',
    ' x',
    'x ',
    'a\r\nwebhook-id: evt_2',
    'a\nb',
    'x\n',
    'a\0b',
    'ü',
    '€',
    '!'.repeat(2_049),
  ])('%j is refused', (value) => {
    expect(faultOfHeader([DIALECTS.standard], 'X-Key', value)).toMatch(/^has a value with characters other/);
  });
});
