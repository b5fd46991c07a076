import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { verifyArka } from '../../fixtures/receivers/arka.ts';
import { verifyArken } from '../../fixtures/receivers/arken.ts';
import { verifyArky, verifyArkyNext } from '../../fixtures/receivers/arky.ts';
import { verifyGeneric } from '../../fixtures/receivers/generic.ts';
import { verifyPromptha } from '../../fixtures/receivers/promptha.ts';
import { verifyStandard, verifyStandardEd25519, verifySvix } from '../../fixtures/receivers/standard.ts';
import type { Verify } from '../../fixtures/receivers/verdict.ts';
import { type SignatureVector, VECTORS, vectorOf } from '../../fixtures/vectors.ts';

const ed25519 = VECTORS.find((vector) => vector.publicKey !== undefined)!;

const recipes: { name: string; verify: Verify; vector: SignatureVector; secret: string }[] = [
  { name: 'arka, Express', verify: verifyArka, ...known('arka') },
  { name: 'arky, Express', verify: verifyArky, ...known('arky') },
  { name: 'arky, Next.js', verify: verifyArkyNext, ...known('arky') },
  { name: 'promptha, Express', verify: verifyPromptha, ...known('promptha') },
  { name: 'generic, Express', verify: verifyGeneric, ...known('generic') },
  { name: 'arken, header', verify: verifyArken, ...known('arken') },
  { name: 'standardwebhooks', verify: verifyStandard, ...known('standard') },
  { name: 'svix', verify: verifySvix, ...known('standard') },
  { name: 'ed25519', verify: verifyStandardEd25519, vector: ed25519, secret: ed25519.publicKey! },
];

function known(dialect: string) {
  const vector = vectorOf(dialect);
  return { vector, secret: vector.secret };
}

/** Sets the clock to the vector's own time: some receivers refuse an old timestamp. */
function atTheTimeOf(vector: SignatureVector): void {
  const stamp = Object.entries(vector.headers).find(([name]) => /timestamp/i.test(name))?.[1];
  if (stamp) jest.spyOn(Date, 'now').mockReturnValue(Number(stamp) * 1000);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(recipes)('$name', ({ name, verify, vector, secret }) => {
  test('accepts its vector and hands over the event', async () => {
    atTheTimeOf(vector);
    expect(await verify(vector.headers, vector.body, secret)).toEqual({
      ok: true,
      event: JSON.parse(vector.body),
    });
  });

  test('refuses another secret', async () => {
    atTheTimeOf(vector);
    const other = `${secret.slice(0, 10)}${secret[10] === 'A' ? 'B' : 'A'}${secret.slice(11)}`;
    expect(await verify(vector.headers, vector.body, other)).toMatchObject({ ok: false });
  });

  test('refuses a request without headers, and does not throw', async () => {
    expect(await verify({}, vector.body, secret)).toMatchObject({ ok: false });
  });

  // A header value says nothing about the body.
  if (name !== 'arken, header') {
    test('refuses a body with one byte changed', async () => {
      atTheTimeOf(vector);
      const digit = vector.body.search(/[1-8]/);
      const flipped = `${vector.body.slice(0, digit)}9${vector.body.slice(digit + 1)}`;
      expect(await verify(vector.headers, flipped, secret)).toMatchObject({ ok: false });
    });
  }
});

test.each([
  { name: 'promptha', verify: verifyPromptha, seconds: 300, ok: true },
  { name: 'promptha', verify: verifyPromptha, seconds: 301, ok: false },
  { name: 'standardwebhooks', verify: verifyStandard, seconds: 300, ok: true },
  { name: 'standardwebhooks', verify: verifyStandard, seconds: 301, ok: false },
  { name: 'svix', verify: verifySvix, seconds: 301, ok: false },
])('$name, $seconds s after its timestamp: accepted $ok', ({ name, verify, seconds, ok }) => {
  const vector = vectorOf(name === 'promptha' ? 'promptha' : 'standard');
  const stamp = Number(vector.headers['X-Promptha-Timestamp'] ?? vector.headers['webhook-timestamp']);
  jest.spyOn(Date, 'now').mockReturnValue((stamp + seconds) * 1000);
  expect(verify(vector.headers, vector.body, vector.secret).ok).toBe(ok);
});
