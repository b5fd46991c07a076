import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { SignatureScheme } from './dialects/dialect.ts';
import type { Secret } from './sign.ts';

/** Bytes of chance that {@link makeSecret} wants. */
export const SECRET_BYTES = 32;

/** Makes a signing key. @param chance 32 random bytes */
export function makeSecret(scheme: SignatureScheme, kind: Secret['kind'], chance: Uint8Array): Secret {
  const bytes = Buffer.from(chance);
  if (kind === 'ed25519') return { kind, value: `whsk_${bytes.toString('base64')}` };
  return {
    kind,
    value: `whsec_${bytes.toString(scheme.secretEncoding === 'base64' ? 'base64' : 'base64url')}`,
  };
}

/** Why a tenant's own secret cannot be taken, in words, or undefined where it can. */
export function faultOfSecret(scheme: SignatureScheme, value: string): string | undefined {
  if (scheme.secretEncoding === 'base64') {
    const [, key = ''] = /^whsec_(.+)$/.exec(value) ?? [];
    const bytes = Buffer.from(key, 'base64');
    // Node reads base64 leniently, receivers' libraries do not: only what is spelled properly works with all of them.
    if (bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === key) return undefined;
    return 'must be "whsec_" and the base64 of 24 to 64 bytes';
  }
  return /^[\x21-\x7e]{8,256}$/.test(value)
    ? undefined
    : 'must have 8 to 256 characters of visible ASCII, without spaces';
}

/** RFC 8410: the head of a PKCS #8 Ed25519 key, before its 32-byte seed. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The public half of an ed25519 secret, as receivers hold it: `whpk_` and the base64 of its 32 bytes. */
export function publicKeyOf(secret: Secret): string {
  const seed = Buffer.from(secret.value.replace(/^whsk_/, ''), 'base64').subarray(0, 32);
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_ED25519, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return `whpk_${spki.subarray(-32).toString('base64')}`;
}
