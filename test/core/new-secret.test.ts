import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { DIALECTS } from '../../core/dialects/index.ts';
import { faultOfSecret, makeSecret, publicKeyOf, SECRET_BYTES } from '../../core/new-secret.ts';
import { signRequest } from '../../core/sign.ts';
import { VECTORS } from '../fixtures/vectors.ts';

const chance = Uint8Array.from({ length: SECRET_BYTES }, (_, i) => 255 - i);
const { standard, arka } = DIALECTS;

test('a standard secret is whsec_ and the base64 of its bytes, and the reference library takes it', () => {
  const secret = makeSecret(standard.signature!, 'hmac', chance);
  expect(secret).toEqual({ kind: 'hmac', value: `whsec_${Buffer.from(chance).toString('base64')}` });
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = signRequest(standard, { eventId: 'msg_1', timestamp, body: '{}', secrets: [secret] });
  expect(() => new Webhook(secret.value).verify('{}', headers)).not.toThrow();
});

test('a secret of the other dialects is text without + and /, which need no quoting in shells and URLs', () => {
  expect(makeSecret(arka.signature!, 'hmac', chance).value).toMatch(/^whsec_[A-Za-z0-9_-]{43}$/);
});

test('every secret that is made would be taken from a tenant as well', () => {
  for (const { signature } of [standard, arka]) {
    expect(faultOfSecret(signature!, makeSecret(signature!, 'hmac', chance).value)).toBeUndefined();
  }
});

describe('ed25519', () => {
  test("the public half is the vector's", () => {
    const vector = VECTORS.find(({ publicKey }) => publicKey !== undefined)!;
    expect(publicKeyOf({ kind: 'ed25519', value: vector.secret })).toBe(vector.publicKey);
  });

  test('a new key verifies by its public half', () => {
    const secret = makeSecret(standard.signature!, 'ed25519', chance);
    const input = { eventId: 'msg_1', timestamp: 5, body: '{}', secrets: [secret] };
    const [, signature = ''] = signRequest(standard, input)['webhook-signature']!.split(',');
    const x = Buffer.from(publicKeyOf(secret).slice('whpk_'.length), 'base64').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    expect(verify(null, Buffer.from('msg_1.5.{}'), key, Buffer.from(signature, 'base64'))).toBe(true);
  });
});

describe("a tenant's own secret", () => {
  const base64 = (bytes: number) => `whsec_${Buffer.alloc(bytes, 250).toString('base64')}`;

  test.each([base64(24), base64(25), base64(32), base64(64), 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])(
    'standard takes %s',
    (value) => {
      expect(faultOfSecret(standard.signature!, value)).toBeUndefined();
    },
  );

  test.each([
    base64(23),
    base64(65),
    'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'whsec_',
    'whsec_not base64 not base64 not base64',
    // Receivers' libraries differ on these: the padding is missing, or the alphabet is the URL's.
    base64(32).replace('=', ''),
    base64(32).replaceAll('+', '-'),
    `${base64(24)}A`,
  ])('standard refuses %s and shows nothing of it', (value) => {
    const fault = faultOfSecret(standard.signature!, value);
    expect(fault).toBe('must be "whsec_" and the base64 of 24 to 64 bytes');
  });

  test.each([
    ['12345678', true],
    ['whsec_your_secret_key', true],
    ['x'.repeat(256), true],
    ['1234567', false],
    ['x'.repeat(257), false],
    ['with a space', false],
    ['schlüssel-1', false],
    ['line\nbreak', false],
    ['', false],
  ])('the others take %j: %s', (value, taken) => {
    expect(faultOfSecret(arka.signature!, value) === undefined).toBe(taken);
  });
});
