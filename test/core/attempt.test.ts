import { describe, expect, test } from '@jest/globals';
import { capHeaders, redactHeaders } from '../../core/attempt.ts';

describe('the log hides credentials', () => {
  test.each([
    'Authorization',
    'authorization',
    'Proxy-Authorization',
    'X-Auth',
    'X-Auth-Token',
    'Cookie',
    'Set-Cookie',
    'X-Api-Key',
    'apikey',
    'x-functions-key',
    'Ocp-Apim-Subscription-Key',
    'X-Shared-Secret',
    'X-Password',
    'X-Amz-Credential',
  ])('in %s', (name) => {
    expect(redactHeaders({ [name]: 's3cret' })).toEqual({ [name]: '[redacted]' });
    expect(capHeaders({ [name]: 's3cret' })).toEqual({ [name]: '[redacted]' });
  });

  test("in the endpoint's own auth header, whatever its name", () => {
    const headers = { 'X-Callback': 's3cret', 'Content-Type': 'application/json' };
    expect(redactHeaders(headers, 'x-callback')).toEqual({ ...headers, 'X-Callback': '[redacted]' });
  });

  test.each([
    'Content-Type',
    'User-Agent',
    'X-Arka-Signature',
    'X-Promptha-Timestamp',
    'webhook-id',
    'webhook-signature',
    'WWW-Authenticate',
    'Retry-After',
  ])('and shows %s', (name) => {
    expect(redactHeaders({ [name]: 'x' })).toEqual({ [name]: 'x' });
    expect(capHeaders({ [name]: 'x' })).toEqual({ [name]: 'x' });
  });

  test('without a change to what is sent', () => {
    const headers = { Authorization: 's3cret' };
    redactHeaders(headers);
    expect(headers).toEqual({ Authorization: 's3cret' });
  });
});

describe("an answer's headers", () => {
  test('are kept in order, as many as fit 2,048 characters', () => {
    const headers = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`x-${i + 10}`, 'v'.repeat(96)]));
    const kept = capHeaders(headers);
    expect(Object.keys(kept)).toEqual(Object.keys(headers).slice(0, 20));
  });

  test('with a monster among them end before it', () => {
    expect(capHeaders({ date: 'now', 'x-big': 'v'.repeat(10_000), server: 'x' })).toEqual({ date: 'now' });
  });

  test('that came several times are one text', () => {
    expect(capHeaders({ via: ['a', 'b'] })).toEqual({ via: 'a,b' });
  });
});
