import { createHash, createHmac, createPublicKey, timingSafeEqual, verify as verifyBytes } from 'node:crypto';
import type { SignatureScheme } from '../core/dialects/dialect.ts';

export type SignatureVerdict = 'match' | 'signature_mismatch' | 'malformed_signature';

/** Compares a header with secrets of any length; the time it takes tells nothing about either. */
export function matchesText(given: string, secrets: readonly string[]): boolean {
  return anyOf(secrets, (secret) => timingSafeEqual(digest(given), digest(secret)));
}

/** One signature, 64 hexadecimal digits. */
export function matchesHex(
  given: string,
  _scheme: SignatureScheme,
  secrets: readonly string[],
  content: string,
): SignatureVerdict {
  // timingSafeEqual throws where lengths differ.
  if (!/^[0-9a-f]{64}$/.test(given)) return 'malformed_signature';
  const bytes = Buffer.from(given, 'hex');
  const signs = (secret: string) => timingSafeEqual(bytes, hmac(secret, content));
  return anyOf(secrets, signs) ? 'match' : 'signature_mismatch';
}

/** Standard Webhooks, "Signature scheme": several signatures separated by spaces, of which one must fit. */
export function matchesVersioned(
  given: string,
  scheme: SignatureScheme,
  secrets: readonly string[],
  content: string,
): SignatureVerdict {
  const verifiers = secrets.map((secret) => verifierOf(secret, scheme));
  const signatures = given.split(' ').map(readVersioned);
  const pairs = verifiers.flatMap((verifier) =>
    signatures
      .filter(({ version, bytes }) => version === verifier.version && bytes.length === verifier.length)
      .map(({ bytes }) => ({ verifier, bytes })),
  );
  if (pairs.length === 0) return 'malformed_signature';
  const fits = ({ verifier, bytes }: (typeof pairs)[number]) => verifier.fits(bytes, content);
  return anyOf(pairs, fits) ? 'match' : 'signature_mismatch';
}

interface Verifier {
  readonly version: 'v1' | 'v1a';
  /** Bytes of a signature. */
  readonly length: number;
  readonly fits: (signature: Buffer, content: string) => boolean;
}

/** A key verifies signatures of its own kind only: a public key taken for an HMAC key would let anybody sign. */
function verifierOf(secret: string, scheme: SignatureScheme): Verifier {
  if (secret.startsWith('whpk_')) return ed25519Verifier(secret);
  if (secret.startsWith('whsk_')) {
    throw new TypeError('secret is a private key (whsk_…): receivers hold the public one (whpk_…).');
  }
  const key = scheme.secretEncoding === 'base64' ? readKey(secret) : secret;
  return {
    version: 'v1',
    length: 32,
    fits: (signature, content) => timingSafeEqual(signature, hmac(key, content)),
  };
}

/** RFC 8410, section 4: the head of an Ed25519 public key, before its 32 bytes. */
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

function ed25519Verifier(secret: string): Verifier {
  const bytes = Buffer.from(secret.slice('whpk_'.length), 'base64');
  if (bytes.length !== 32) throw new TypeError('secret is not "whpk_" and the base64 of 32 bytes.');
  const key = createPublicKey({ key: Buffer.concat([SPKI_ED25519, bytes]), format: 'der', type: 'spki' });
  return {
    version: 'v1a',
    length: 64,
    fits: (signature, content) => verifyBytes(null, Buffer.from(content), key, signature),
  };
}

/** Node skips what is not base64, so that a mistyped secret could become a short key or none. */
function readKey(secret: string): Buffer {
  const text = secret.replace(/^whsec_/, '');
  const key = Buffer.from(text, 'base64');
  if (key.length >= 16 && key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '')) return key;
  throw new TypeError('secret is not "whsec_" and the base64 of at least 16 bytes.');
}

/** Node reads base64 leniently; a signature has one spelling, and another is none. */
function readVersioned(signature: string): { version: string; bytes: Buffer } {
  const comma = signature.indexOf(',');
  const text = signature.slice(comma + 1);
  const bytes = Buffer.from(text, 'base64');
  const exact = bytes.toString('base64') === text;
  return { version: signature.slice(0, comma), bytes: exact ? bytes : Buffer.alloc(0) };
}

/** Like `some`, but looks at all of them, so that the time taken does not tell which one fits. */
function anyOf<Item>(items: readonly Item[], fits: (item: Item) => boolean): boolean {
  return items.map(fits).includes(true);
}

function hmac(key: string | Buffer, content: string): Buffer {
  return createHmac('sha256', key).update(content).digest();
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
