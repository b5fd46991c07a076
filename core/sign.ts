import { createHmac, createPrivateKey, sign as signBytes } from 'node:crypto';
import type { Dialect, SignatureScheme } from './dialects/dialect.ts';

/** A signing key of an endpoint. */
export interface Secret {
  readonly kind: 'hmac' | 'ed25519';
  /** As the receiver holds it (`whsec_…`); for ed25519 the private key, `whsk_` and base64 of its 32-byte seed. */
  readonly value: string;
  /** When it stops signing, milliseconds since 1970; absent for the current one. */
  readonly expiresAt?: number;
}

export interface SignInput {
  readonly eventId: string;
  /** The attempt's time, whole seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
  /** Oldest first. */
  readonly secrets: readonly Secret[];
}

/** The secrets that sign at a time. */
export function liveSecrets(secrets: readonly Secret[], now: number): Secret[] {
  return secrets.filter((secret) => secret.expiresAt === undefined || secret.expiresAt > now);
}

/**
 * The headers that sign a request, with the names as the guide writes them; none where the dialect has no signature.
 *
 * A dialect that can carry several signatures gets one of every live secret. One that cannot gets the oldest live
 * secret's, so that receivers keep verifying until the overlap of a rotation ends.
 */
export function signRequest(dialect: Dialect, input: SignInput): Record<string, string> {
  const scheme = dialect.signature;
  if (scheme === null) return {};
  const headers: Record<string, string> = {};
  if (scheme.idHeader !== undefined) headers[scheme.idHeader] = input.eventId;
  if (scheme.timestampHeader !== undefined) headers[scheme.timestampHeader] = String(input.timestamp);
  const content = signedContent(scheme, input);
  const secrets = scheme.format === 'versioned' ? input.secrets : input.secrets.slice(0, 1);
  headers[scheme.header] = secrets.map((secret) => signContent(scheme, secret, content)).join(' ');
  return headers;
}

/** What the signature covers, as receivers put it together from the headers and the raw body. */
export function signedContent(scheme: SignatureScheme, input: Omit<SignInput, 'secrets'>): string {
  const parts = { id: input.eventId, timestamp: String(input.timestamp), body: input.body };
  return scheme.content.map((part) => parts[part]).join('.');
}

function signContent(scheme: SignatureScheme, secret: Secret, content: string): string {
  if (secret.kind === 'ed25519') {
    return `v1a,${signBytes(null, Buffer.from(content), ed25519Key(secret.value)).toString('base64')}`;
  }
  const hmac = createHmac('sha256', hmacKey(scheme, secret.value)).update(content);
  return scheme.format === 'versioned' ? `v1,${hmac.digest('base64')}` : hmac.digest('hex');
}

function hmacKey(scheme: SignatureScheme, value: string): string | Buffer {
  return scheme.secretEncoding === 'base64' ? Buffer.from(value.replace(/^whsec_/, ''), 'base64') : value;
}

/** RFC 8410, section 7: a PKCS #8 Ed25519 key is these sixteen bytes and the seed. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

function ed25519Key(value: string) {
  const seed = Buffer.from(value.replace(/^whsk_/, ''), 'base64').subarray(0, 32);
  return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
}
