import { describe, expect, test } from '@jest/globals';
import { faultOfUrl, MAX_URL_LENGTH } from '../../core/endpoint-url.ts';

const OWN_HOST = 'abc123.execute-api.us-east-1.amazonaws.com';
const production = { allowHttp: false, api: { host: OWN_HOST, id: 'abc123' } };
const local = { allowHttp: true, api: { host: '127.0.0.1:4566' } };

test('among secrets, the refused text is shown as its caller wants', () => {
  expect(faultOfUrl('s3cret', production, () => 'a text')).toBe(
    'is a text, but an absolute https URL is wanted',
  );
});

describe('in production', () => {
  test.each([
    'https://example.com',
    'https://example.com/hooks/1?key=a%20b',
    'https://example.com:8443/hooks',
    'https://bücher.example/',
    'https://xn--bcher-kva.example/',
    'HTTPS://EXAMPLE.COM/',
    'https://other.execute-api.us-east-1.amazonaws.com/',
    // Whether an address is public is decided when it is called (lambdas/adapters/address-guard.ts).
    'https://192.0.2.1/',
    'https://[2001:db8::1]/',
    'https://example.com/@user',
    'https://example.com/?to=user@example.com',
  ])('%s is taken', (url) => {
    expect(faultOfUrl(url, production)).toBeUndefined();
  });

  test.each([
    ['', 'is "", but an absolute https URL is wanted'],
    ['example.com/hooks', 'is "example.com/hooks", but an absolute https URL is wanted'],
    ['/hooks', 'is "/hooks", but an absolute https URL is wanted'],
    ['https://', 'is "https://", but an absolute https URL is wanted'],
    ['https://exa mple.com/', 'is "https://exa mple.com/", but an absolute https URL is wanted'],
    ['https://example.com:99999/', 'is "https://example.com:99999/", but an absolute https URL is wanted'],
    ['https://256.1.1.1/', 'is "https://256.1.1.1/", but an absolute https URL is wanted'],
    ['http://example.com/', 'is "http://example.com/", but the URL must begin with https://'],
    ['ftp://example.com/', 'is "ftp://example.com/", but the URL must begin with https://'],
    ['wss://example.com/', 'is "wss://example.com/", but the URL must begin with https://'],
    ['file:///etc/passwd', 'is "file:///etc/passwd", but an absolute https URL is wanted'],
    ['data:text/plain,x', 'is "data:text/plain,x", but an absolute https URL is wanted'],
    [
      'https://example.com/#part',
      'is "https://example.com/#part", but a fragment is never sent: leave out what follows "#"',
    ],
    [
      'https://example.com/#',
      'is "https://example.com/#", but a fragment is never sent: leave out what follows "#"',
    ],
  ])('%j is refused, quoted', (url, fault) => {
    expect(faultOfUrl(url, production)).toBe(fault);
  });

  test.each([
    ' https://example.com/',
    'https://example.com/ ',
    'https://example.com/\n',
    '\thttps://example.com/',
    'https://exam\nple.com/',
    'https://example.com/a b',
    'https://example.com/\u00a0',
    'https://example.com/\0',
  ])('%j holds white space, and is refused, quoted', (url) => {
    expect(faultOfUrl(url, production)).toBe(
      `is ${JSON.stringify(url)}, but a URL holds no white space: take it out, or write it as %20`,
    );
  });

  test.each([
    'https://user@example.com/',
    'https://user:pa55@example.com/',
    'https://:pa55@example.com/',
    'http://user:pa55@example.com/',
    'https://user:pa55@',
    ' https://user:pa55@example.com/',
    'ht\ntps://user:pa55@example.com/',
    'https:\\\\user:pa55@example.com/',
  ])('%j is refused, and its password not repeated', (url) => {
    expect(faultOfUrl(url, production)).toBe(
      'must not hold a user or a password: send credentials in headers',
    );
  });

  test.each([
    `https://${OWN_HOST}/v1/events`,
    `https://${OWN_HOST.toUpperCase()}/`,
    `https://${OWN_HOST}./`,
    `https://${OWN_HOST}:443/`,
    `https://${OWN_HOST}:8443/`,
  ])("%s is the API's own host, and refused", (url) => {
    expect(faultOfUrl(url, production)).toBe("is this API's own host, which is no receiver");
  });

  test("the API's own host is refused also where it was called by a domain of the operator's", () => {
    const rules = { allowHttp: false, api: { host: 'hooks.example.com', id: 'abc123' } };
    for (const host of ['hooks.example.com', OWN_HOST, 'ABC123.execute-api.eu-west-1.amazonaws.com'])
      expect(faultOfUrl(`https://${host}/`, rules)).toBe("is this API's own host, which is no receiver");
    expect(faultOfUrl('https://abc124.execute-api.us-east-1.amazonaws.com/', rules)).toBeUndefined();
  });

  test(`${MAX_URL_LENGTH} characters are taken, one more is not`, () => {
    const url = (length: number) => `https://example.com/${'x'.repeat(length - 20)}`;
    expect(faultOfUrl(url(2_048), production)).toBeUndefined();
    expect(faultOfUrl(url(2_049), production)).toBe('has 2049 characters; at most 2048 are accepted');
  });
});

test.each([
  ['http://127.0.0.1:8080/hooks', undefined],
  ['http://localhost:8080/', undefined],
  ['http://127.0.0.1:4566/', undefined],
  ['https://example.com/', undefined],
  ['ftp://127.0.0.1/', 'is "ftp://127.0.0.1/", but the URL must begin with https://'],
  ['http://user:pa55@127.0.0.1/', 'must not hold a user or a password: send credentials in headers'],
])('where receivers may be local, %s has the fault: %p', (url, fault) => {
  expect(faultOfUrl(url, local)).toBe(fault);
});
