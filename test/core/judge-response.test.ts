import { expect, test } from '@jest/globals';
import { DIALECTS, resolveDialect } from '../../core/dialects/index.ts';
import { judgeResponse, type TransportErrorCode } from '../../core/judge-response.ts';

/** d: delivered. r: failed, another attempt may follow. x: failed for good. X: and the endpoint is disabled. */
const STATUSES = [200, 201, 204, 299, 300, 301, 302, 304, 307, 400, 401, 404, 410, 429, 500, 503, 599];
const TABLE: Record<string, string> = {
  arka: 'd d d d r r r r r r r r r r r r r',
  arky: 'd d d d r r r r r r r r r r r r r',
  promptha: 'd d d d r r r r r x x r r r r r r',
  generic: 'd d d d r r r r r r r r r r r r r',
  arken: 'd d d d r r r r r r r r r r r r r',
  standard: 'd d d d r r r r r r r r X r r r r',
};

function letterOf(name: string, status: number): string {
  const verdict = judgeResponse(resolveDialect(name)!, { status });
  if (verdict.delivered) return 'd';
  if (verdict.retryable) return 'r';
  return verdict.disableEndpoint ? 'X' : 'x';
}

test.each(Object.entries(TABLE))(`%s: of ${STATUSES.join(' ')}, it makes %s`, (name, letters) => {
  expect(STATUSES.map((status) => letterOf(name, status)).join(' ')).toBe(letters);
});

test('every dialect stands in the table', () => {
  expect(Object.keys(TABLE).sort()).toEqual(Object.keys(DIALECTS).sort());
});

const ERRORS: TransportErrorCode[] = [
  'timeout',
  'dns',
  'connection',
  'tls',
  'address_refused',
  'invalid_response',
];
test.each(ERRORS)('no answer at all (%s) is tried again, in every dialect', (error) => {
  for (const dialect of Object.values(DIALECTS)) {
    expect(judgeResponse(dialect, { error, message: 'Connection refused' })).toEqual({
      delivered: false,
      retryable: true,
      disableEndpoint: false,
      error: 'Connection refused',
    });
  }
});

test.each([
  ['standard', 200, undefined],
  ['standard', 500, 'The endpoint answered 500.'],
  ['standard', 302, 'The endpoint answered 302. Redirects are not followed.'],
  ['standard', 410, 'The endpoint answered 410. The endpoint was disabled.'],
  ['promptha', 400, 'The endpoint answered 400. This status is not retried.'],
])('%s says of a %i: %s', (name, status, words) => {
  expect(judgeResponse(resolveDialect(name)!, { status }).error).toBe(words);
});
