import type { Dialect } from './dialects/dialect.ts';
import type { RefusedAlert } from './mail-tries.ts';
import type { EventFilters } from './match.ts';
import type { EndpointChange } from './notice.ts';
import type { RateLimit } from './pace.ts';

/** A receiving URL and what it wants, without anything secret. */
export interface Endpoint {
  readonly tenantId: string;
  readonly id: string;
  readonly dialect: string;
  readonly url: string;
  /** Event types, `order.*`, or `*`. */
  readonly events: readonly string[];
  readonly filters?: EventFilters;
  readonly active: boolean;
  /** Whether it gets what the platform says of itself, and nothing else. */
  readonly operational?: boolean;
  /** Why the platform switched it off, where it did. */
  readonly disabledReason?: string;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Shown in the envelopes of dialects that have a place for it. */
  readonly apiVersion?: string;
  /** How long it may take to answer, where that is less than the dialect's timeout. */
  readonly timeoutMs?: number;
  /** Who is told when it goes on failing. */
  readonly alertEmails?: readonly string[];
  /** Who was told and is no more, and why. */
  readonly stoppedAlerts?: readonly StoppedAlert[];
  /** Who could not be told last, and why. */
  readonly refusedAlerts?: readonly RefusedAlert[];
  /** What happened to it and was not announced yet. */
  readonly changes?: readonly EndpointChange[];
  /** What it takes at most; no limit where absent. */
  readonly rateLimit?: RateLimit;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Why an address gets no mails any more. */
export type StopReason = 'unsubscribed' | 'bounced' | 'complained';

export interface StoppedAlert {
  readonly email: string;
  readonly reason: StopReason;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What is shown in the place of a secret value. */
export const REDACTED = '[redacted]';

/** How a request proves to an endpoint who sends it, where the dialect has no signature. Secret. */
export type EndpointAuth =
  | { readonly header: { readonly name: string; readonly value: string } }
  | {
      readonly openIdConnect: {
        readonly issuer?: string;
        readonly tokenUrl?: string;
        readonly clientId: string;
        readonly clientSecret: string;
        readonly scope?: string;
      };
    };

/** Headers that HTTP or the platform itself sets, lower case; a tenant's own header may be none of them. */
const HTTP_HEADERS = [
  // A compressed answer could not be read in the log.
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'expect',
  'forwarded',
  // A guide's receivers check these against an allow-list of addresses.
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'via',
];

/** RFC 9110, section 5.6.2: a field name is a token. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
/** RFC 9110, section 5.5: visible ASCII with inner spaces and tabs; a line break would start another header. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e\t]{0,2046}[\x21-\x7e])?$/;

/**
 * Why a header may not be a tenant's own, in words, or undefined where it may.
 * @param dialects those whose headers it may not be
 */
export function faultOfHeader(dialects: readonly Dialect[], name: string, value: string): string | undefined {
  if (!HEADER_NAME.test(name)) return 'is not a header name: letters, digits and hyphens are accepted';
  const lower = name.toLowerCase();
  if (HTTP_HEADERS.includes(lower)) return 'is set by HTTP itself: choose another name';
  // Svix's library reads svix-* before webhook-*.
  if (dialects.flatMap(reservedHeaders).includes(lower) || /^(webhook|svix|x-posthorn)-/.test(lower)) {
    return 'carries the signature, the time or the id: choose another name';
  }
  return HEADER_VALUE.test(value)
    ? undefined
    : 'has a value with characters other than visible ASCII and spaces';
}

/** The header names that a dialect signs with, lower case. */
function reservedHeaders(dialect: Dialect): string[] {
  const { header, timestampHeader, idHeader } = dialect.signature ?? {};
  return [header, timestampHeader, idHeader].flatMap((name) =>
    name === undefined ? [] : [name.toLowerCase()],
  );
}
