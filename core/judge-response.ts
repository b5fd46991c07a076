import type { Dialect } from './dialects/dialect.ts';

/** Why a request got no usable answer. */
export type TransportErrorCode =
  | 'timeout'
  | 'dns'
  | 'connection'
  | 'tls'
  | 'address_refused'
  | 'invalid_response'
  | 'access_token';

/** What came of one HTTP request: a status, or an error in words. */
export type Outcome =
  | { readonly status: number; readonly retryAfter?: string }
  | { readonly error: TransportErrorCode; readonly message: string };

/** What an outcome means. */
export interface Verdict {
  readonly delivered: boolean;
  /** Whether another attempt may follow, as far as the outcome goes. */
  readonly retryable: boolean;
  readonly disableEndpoint: boolean;
  /** Words for the log; absent where delivered. */
  readonly error?: string;
}

/** Judges an outcome by the dialect: 2xx alone is a success, and a redirect is a failure like any other. */
export function judgeResponse(dialect: Dialect, outcome: Outcome): Verdict {
  if ('error' in outcome) {
    return { delivered: false, retryable: true, disableEndpoint: false, error: outcome.message };
  }
  const { status } = outcome;
  if (status >= 200 && status <= 299) return { delivered: true, retryable: false, disableEndpoint: false };
  const disableEndpoint = dialect.disableOn.includes(status);
  const retryable = !disableEndpoint && !dialect.neverRetry.includes(status);
  return { delivered: false, retryable, disableEndpoint, error: explain(status, retryable, disableEndpoint) };
}

function explain(status: number, retryable: boolean, disableEndpoint: boolean): string {
  const redirect = status >= 300 && status <= 399 ? ' Redirects are not followed.' : '';
  const end = disableEndpoint
    ? ' The endpoint was disabled.'
    : retryable
      ? ''
      : ' This status is not retried.';
  return `The endpoint answered ${status}.${redirect}${end}`;
}
