import { types } from 'node:util';
import type { Dialect, SignatureScheme } from '../core/dialects/dialect.ts';
import { DIALECTS } from '../core/dialects/index.ts';
import { signedContent } from '../core/sign.ts';
import { matchesHex, matchesText, matchesVersioned } from './match-signature.ts';
import type { DialectName, ReceivedEvents } from './received-events.ts';
import { type RequestHeaders, readHeader } from './request-headers.ts';
import { WebhookVerificationError } from './verification-error.ts';

export interface VerifyOptions {
  /** How far the attempt's time may be from now, either way. @default 300 */
  readonly toleranceSeconds?: number;
  /** The header that carries the secret, for a dialect that signs nothing (`arken`); it has no default. */
  readonly header?: string;
  /** Reads the body: one of your own can keep the digits of numbers that a double cannot hold. @default JSON.parse */
  readonly parse?: (text: string) => unknown;
  /** Now, milliseconds since 1970. @default Date.now() */
  readonly now?: number;
}

const TOLERANCE_SECONDS = 300;

/**
 * Proves that a request came from the platform, and parses its body.
 *
 * @param dialect its name, or a definition where the platform was deployed with dialects of your own
 * @param secret as shown when the endpoint was made; for an ed25519 endpoint its public key (`whpk_…`). Several
 *   while a secret rotates: one of them must fit.
 * @param rawBody the bytes as they came; a body that was parsed and printed again is another body
 * @throws {WebhookVerificationError} answer 401 then; its `code` says why
 * @throws {TypeError} an argument is wrong: yours to mend
 */
export function verify<Name extends DialectName>(
  dialect: Name,
  secret: string | readonly string[],
  headers: RequestHeaders,
  rawBody: string | Uint8Array,
  options?: VerifyOptions,
): ReceivedEvents[Name];
export function verify(
  dialect: Dialect,
  secret: string | readonly string[],
  headers: RequestHeaders,
  rawBody: string | Uint8Array,
  options?: VerifyOptions,
): unknown;
export function verify(
  dialect: DialectName | Dialect,
  secret: string | readonly string[],
  headers: RequestHeaders,
  rawBody: string | Uint8Array,
  options: VerifyOptions = {},
): unknown {
  const { signature } = typeof dialect === 'string' ? dialectNamed(dialect) : dialect;
  const secrets = readSecrets(secret);
  const body = readBody(rawBody);
  if (signature === null) verifyOwnHeader(secrets, headers, options.header);
  else verifySignature(signature, secrets, headers, body, options);
  return parseBody(body, options.parse);
}

function dialectNamed(name: string): Dialect {
  if (Object.hasOwn(DIALECTS, name)) return DIALECTS[name as DialectName];
  throw new TypeError(
    `dialect is ${JSON.stringify(name)}. Accepted: ${Object.keys(DIALECTS).join(', ')}, or a definition.`,
  );
}

/** An empty key would let anybody sign. */
function readSecrets(secret: string | readonly string[]): readonly string[] {
  const secrets = typeof secret === 'string' ? [secret] : secret;
  if (
    Array.isArray(secrets) &&
    secrets.length > 0 &&
    secrets.every((one) => typeof one === 'string' && one)
  ) {
    return secrets;
  }
  throw new TypeError('secret is missing or empty: give the one shown when the endpoint was made.');
}

function readBody(rawBody: unknown): string {
  if (typeof rawBody === 'string') return rawBody;
  // Not instanceof: bytes may come from another realm, as they do in test runners and in edge sandboxes.
  if (types.isUint8Array(rawBody)) return Buffer.from(rawBody).toString('utf8');
  throw new TypeError(
    'rawBody must be the body as it came, a string or bytes, and not what a parser made of it.',
  );
}

function verifyOwnHeader(
  secrets: readonly string[],
  headers: RequestHeaders,
  name: string | undefined,
): void {
  if (!name) {
    throw new TypeError(
      "options.header is missing: this dialect's requests are known by a header of your own.",
    );
  }
  const value = requireHeader(headers, name);
  if (!matchesText(value, secrets)) {
    throw new WebhookVerificationError('signature_mismatch', `${name} does not hold the secret.`, name);
  }
}

function verifySignature(
  scheme: SignatureScheme,
  secrets: readonly string[],
  headers: RequestHeaders,
  body: string,
  options: VerifyOptions,
): void {
  const given = requireHeader(headers, scheme.header);
  const eventId = scheme.idHeader === undefined ? '' : requireHeader(headers, scheme.idHeader);
  const timestamp =
    scheme.timestampHeader === undefined ? 0 : readTimestamp(headers, scheme.timestampHeader, options);
  const content = signedContent(scheme, { eventId, timestamp, body });
  const match = scheme.format === 'versioned' ? matchesVersioned : matchesHex;
  const verdict = match(given, scheme, secrets, content);
  if (verdict === 'match') return;
  const message =
    verdict === 'malformed_signature'
      ? `${scheme.header} does not have the form of a signature that this secret verifies.`
      : `${scheme.header} is not the signature of this body and these headers by this secret.`;
  throw new WebhookVerificationError(verdict, message, scheme.header);
}

/** The attempt's time, seconds since 1970, where it is near enough to now. */
function readTimestamp(headers: RequestHeaders, name: string, options: VerifyOptions): number {
  const text = requireHeader(headers, name);
  // Digits only, and no leading zero: the signed content holds the number as it is printed.
  if (!/^[1-9]\d{0,14}$/.test(text)) {
    const message = `${name} is not a whole number of seconds since 1970.`;
    throw new WebhookVerificationError('malformed_timestamp', message, name);
  }
  const { toleranceSeconds = TOLERANCE_SECONDS, now = Date.now() } = options;
  const age = Math.floor(now / 1000) - Number(text);
  if (Math.abs(age) <= toleranceSeconds) return Number(text);
  const [code, where] =
    age > 0 ? (['timestamp_too_old', 'past'] as const) : (['timestamp_too_new', 'future'] as const);
  const message = `${name} is ${Math.abs(age)} s in the ${where}; ${toleranceSeconds} s are accepted.`;
  throw new WebhookVerificationError(code, message, name);
}

function requireHeader(headers: RequestHeaders, name: string): string {
  const value = readHeader(headers, name);
  if (value !== undefined) return value;
  throw new WebhookVerificationError('missing_header', `${name} is missing.`, name);
}

function parseBody(body: string, parse: (text: string) => unknown = JSON.parse): unknown {
  try {
    return parse(body);
  } catch (cause) {
    throw new WebhookVerificationError('invalid_json', 'The body is not JSON.', undefined, { cause });
  }
}
