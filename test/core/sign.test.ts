import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { DIALECTS, resolveDialect } from '../../core/dialects/index.ts';
import { liveSecrets, type Secret, type SignInput, signRequest } from '../../core/sign.ts';
import { verifyArka } from '../fixtures/receivers/arka.ts';
import { type SignatureVector, VECTORS, vectorOf } from '../fixtures/vectors.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 15, 12);

function headerOf(vector: SignatureVector, pattern: RegExp): string | undefined {
  return Object.entries(vector.headers).find(([name]) => pattern.test(name))?.[1];
}

/** What a vector was signed from, read off its headers and its row. */
function inputOf(vector: SignatureVector): SignInput {
  return {
    eventId: headerOf(vector, /-id$/i) ?? 'evt_not_signed',
    timestamp: Number(headerOf(vector, /timestamp/i) ?? 0),
    body: vector.body,
    secrets: [{ kind: vector.publicKey === undefined ? 'hmac' : 'ed25519', value: vector.secret }],
  };
}

const signed = VECTORS.filter(({ auth }) => auth === undefined).map((vector) => ({
  name: `${vector.dialect}${vector.publicKey === undefined ? '' : ', ed25519'}`,
  vector,
}));

test('there is a vector for every dialect, and one for ed25519', () => {
  expect(new Set(VECTORS.map(({ dialect }) => dialect))).toEqual(new Set(Object.keys(DIALECTS)));
  expect(signed.map(({ name }) => name)).toContain('standard, ed25519');
});

test.each(signed)('$name: the request carries the headers of the vector, and no other', ({ vector }) => {
  const dialect = resolveDialect(vector.dialect)!;
  expect(signRequest(dialect, inputOf(vector))).toEqual(vector.headers);
});

test('arken: nothing is signed, whatever secrets there are', () => {
  expect(signRequest(DIALECTS.arken, inputOf(vectorOf('arken')))).toEqual({});
});

test('an ed25519 key signs the same from its seed alone as from seed and public key', () => {
  const vector = VECTORS.find(({ publicKey }) => publicKey !== undefined)!;
  const seed = Buffer.from(vector.secret.replace('whsk_', ''), 'base64').subarray(0, 32);
  const secrets: Secret[] = [{ kind: 'ed25519', value: `whsk_${seed.toString('base64')}` }];
  expect(signRequest(DIALECTS.standard, { ...inputOf(vector), secrets })).toEqual(vector.headers);
});

describe('while a secret rotates', () => {
  const old: Secret = { kind: 'hmac', value: vectorOf('standard').secret, expiresAt: NOW + HOUR };
  const next: Secret = { kind: 'hmac', value: `whsec_${Buffer.alloc(24, 7).toString('base64')}` };

  test('standard carries the signature of both secrets, separated by one space, the oldest first', () => {
    const vector = vectorOf('standard');
    const input = { ...inputOf(vector), secrets: liveSecrets([old, next], NOW) };
    const signature = signRequest(DIALECTS.standard, input)['webhook-signature']!;
    // The reference library signs with the second secret; the vector has the first one's.
    const second = new Webhook(next.value).sign(input.eventId, new Date(input.timestamp * 1000), vector.body);
    expect(signature).toBe(`${vector.headers['webhook-signature']} ${second}`);
  });

  test('standard carries HMAC and ed25519 side by side', () => {
    const vector = VECTORS.find(({ publicKey }) => publicKey !== undefined)!;
    const secrets: Secret[] = [old, { kind: 'ed25519', value: vector.secret }];
    const { 'webhook-signature': signature } = signRequest(DIALECTS.standard, {
      ...inputOf(vector),
      secrets,
    });
    expect(signature).toBe(
      `${vectorOf('standard').headers['webhook-signature']} ${vector.headers['webhook-signature']}`,
    );
  });

  test.each(['arka', 'arky', 'promptha', 'generic'])('%s signs with the oldest live secret alone', (name) => {
    const vector = vectorOf(name);
    const secrets: Secret[] = [
      { kind: 'hmac', value: 'expired-secret', expiresAt: NOW },
      { kind: 'hmac', value: vector.secret, expiresAt: NOW + HOUR },
      { kind: 'hmac', value: 'the-next-secret' },
    ];
    const input = { ...inputOf(vector), secrets: liveSecrets(secrets, NOW) };
    expect(signRequest(resolveDialect(name)!, input)).toEqual(vector.headers);
  });

  test.each([
    { at: NOW + HOUR - 1, live: ['old', 'next'] },
    { at: NOW + HOUR, live: ['next'] },
    { at: NOW + HOUR + 1, live: ['next'] },
  ])('a secret signs until it expires, and not at that moment: $live', ({ at, live }) => {
    const secrets = [old, next].map((secret, i) => ({ ...secret, value: ['old', 'next'][i]! }));
    expect(liveSecrets(secrets, at).map(({ value }) => value)).toEqual(live);
  });
});

test('a hex signature is 64 lower-case digits, whatever is signed', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.string({ unit: 'binary' }),
      fc.nat(),
      (value, body, timestamp) => {
        for (const dialect of [DIALECTS.arka, DIALECTS.arky, DIALECTS.promptha, DIALECTS.generic]) {
          const secrets: Secret[] = [{ kind: 'hmac', value }];
          const headers = signRequest(dialect, { eventId: 'evt_1', timestamp, body, secrets });
          expect(headers[dialect.signature!.header]).toMatch(/^[0-9a-f]{64}$/);
        }
      },
    ),
  );
});

test('the whole secret is the key, "whsec_" included: the receiver of the guide accepts it', () => {
  const body = '{"n":"ü"}';
  const secrets: Secret[] = [{ kind: 'hmac', value: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }];
  const headers = signRequest(DIALECTS.arka, { eventId: 'evt_1', timestamp: 1, body, secrets });
  expect(verifyArka(headers, body, secrets[0]!.value)).toMatchObject({ ok: true });
});
