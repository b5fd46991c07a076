import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import type { DialectName } from '../../client/received-events.ts';
import { type VerificationCode, WebhookVerificationError } from '../../client/verification-error.ts';
import { type VerifyOptions, verify } from '../../client/verify.ts';
import type { Dialect, SignatureScheme } from '../../core/dialects/dialect.ts';
import { DIALECTS } from '../../core/dialects/index.ts';
import { signRequest } from '../../core/sign.ts';
import { type SignatureVector, VECTORS, vectorOf } from '../fixtures/vectors.ts';

const ED25519 = VECTORS.find(({ publicKey }) => publicKey !== undefined) as SignatureVector;
const rows = VECTORS.map((vector) => ({
  name: vector.dialect + (vector.publicKey === undefined ? '' : ', ed25519'),
  vector,
}));
const signedRows = rows.filter(({ vector }) => vector.auth === undefined);
const hexRows = signedRows.filter(({ vector }) => vector.dialect !== 'standard');
const timedRows = signedRows.filter(({ vector }) => timestampOf(vector) !== undefined);

function timestampOf({ headers }: SignatureVector): string | undefined {
  return Object.entries(headers).find(([name]) => /timestamp/i.test(name))?.[1];
}

function headerNameOf({ dialect }: SignatureVector): string {
  return DIALECTS[dialect as DialectName].signature?.header as string;
}

/** The vector as its receiver gets it, with what a test changes. */
interface Change {
  readonly secret?: string | readonly string[];
  readonly headers?: Parameters<typeof verify>[2];
  readonly body?: string | Uint8Array;
  readonly options?: VerifyOptions;
}

function receive(vector: SignatureVector, change: Change = {}): unknown {
  const secret = change.secret ?? vector.publicKey ?? vector.secret;
  const now = Number(timestampOf(vector) ?? 0) * 1000;
  const options = { now, header: vector.auth?.header.name, ...change.options };
  const { headers = vector.headers, body = vector.body } = change;
  return verify(vector.dialect as DialectName, secret, headers, body, options);
}

/** The code of the error that a receiver gets. */
function refusal(vector: SignatureVector, change: Change): VerificationCode {
  try {
    receive(vector, change);
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error.code;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe.each(rows)('$name', ({ vector }) => {
  const lower = Object.fromEntries(Object.entries(vector.headers).map(([k, v]) => [k.toLowerCase(), v]));

  test.each([
    ['a plain object', vector.headers],
    ['Node’s lower-case headers', lower],
    ['Node’s lists of values', Object.fromEntries(Object.entries(lower).map(([k, v]) => [k, [v]]))],
    ['a Headers object', new Headers(vector.headers)],
  ])('the vector is accepted with headers as %s', (_, headers) => {
    expect(receive(vector, { headers })).toEqual(JSON.parse(vector.body));
  });

  test('the body may be bytes', () => {
    const expected = JSON.parse(vector.body);
    expect(receive(vector, { body: Buffer.from(vector.body) })).toEqual(expected);
    expect(receive(vector, { body: new TextEncoder().encode(vector.body) })).toEqual(expected);
  });

  test('one of several secrets is enough', () => {
    const right = vector.publicKey ?? vector.secret;
    const other = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    expect(receive(vector, { secret: [other, right] })).toEqual(JSON.parse(vector.body));
  });

  test.each(Object.keys(vector.headers))('a request without %s is refused', (name) => {
    const headers = { ...vector.headers, [name]: undefined };
    expect(refusal(vector, { headers })).toBe('missing_header');
    expect(refusal(vector, { headers: { ...vector.headers, [name]: '' } })).toBe('missing_header');
  });

  test.each(['', []])('%j as the secret is a mistake of the receiver’s', (secret) => {
    expect(() => receive(vector, { secret })).toThrow(TypeError);
  });

  test('a parsed body is a mistake of the receiver’s', () => {
    const body = JSON.parse(vector.body) as unknown as string;
    expect(() => receive(vector, { body })).toThrow(/not what a parser made of it/);
  });
});

describe.each(signedRows)('$name, tampered with', ({ vector }) => {
  test('another body is refused', () => {
    expect(refusal(vector, { body: vector.body.replace('"', ' "') })).toBe('signature_mismatch');
    expect(refusal(vector, { body: '' })).toBe('signature_mismatch');
  });

  test('any change of one character of the body is refused', () => {
    const at = fc.nat(vector.body.length - 1);
    fc.assert(
      fc.property(at, fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }), (i, character) => {
        fc.pre(vector.body[i] !== character);
        const body = vector.body.slice(0, i) + character + vector.body.slice(i + 1);
        return refusal(vector, { body }) === 'signature_mismatch';
      }),
    );
  });

  test('a signature cut short, longer, or of nothing is refused without an exception of Node’s', () => {
    const name = headerNameOf(vector);
    const right = vector.headers[name] as string;
    const wrong = [
      right.slice(0, -8),
      `${right}0000`,
      'x',
      'v1',
      'v1,',
      'v1a,',
      `v2,${right}`,
      'é'.repeat(64),
    ];
    for (const value of wrong) {
      expect([value, refusal(vector, { headers: { ...vector.headers, [name]: value } })]).toEqual([
        value,
        'malformed_signature',
      ]);
    }
  });

  test('whatever stands in the signature header, it is an answer and not a crash', () => {
    const name = headerNameOf(vector);
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const code = refusal(vector, { headers: { ...vector.headers, [name]: value } });
        return code === 'malformed_signature' || code === 'signature_mismatch';
      }),
    );
  });
});

describe.each(hexRows)('$name', ({ vector }) => {
  test('another secret is refused', () => {
    expect(refusal(vector, { secret: `${vector.secret}x` })).toBe('signature_mismatch');
  });

  test('a signature in upper case, or with a prefix, is not ours', () => {
    const name = headerNameOf(vector);
    const right = vector.headers[name] as string;
    for (const value of [right.toUpperCase(), `sha256=${right}`]) {
      expect(refusal(vector, { headers: { ...vector.headers, [name]: value } })).toBe('malformed_signature');
    }
  });
});

describe.each(timedRows)('$name, by the clock', ({ vector }) => {
  const at = Number(timestampOf(vector));
  const seconds = (offset: number) => ({ options: { now: (at + offset) * 1000 + 999 } });

  test.each([-300, 0, 300])('%d s after the attempt it is accepted', (offset) => {
    expect(receive(vector, seconds(offset))).toEqual(JSON.parse(vector.body));
  });

  test.each([
    [301, 'timestamp_too_old'],
    [-301, 'timestamp_too_new'],
  ])('%d s after the attempt it is refused', (offset, code) => {
    expect(refusal(vector, seconds(offset))).toBe(code);
  });

  test('the clock is this machine’s where none is given', () => {
    expect(refusal(vector, { options: { now: undefined } })).toBe('timestamp_too_old');
  });

  test('the window may be another', () => {
    const options = { now: (at + 9) * 1000, toleranceSeconds: 8 };
    expect(refusal(vector, { options })).toBe('timestamp_too_old');
  });

  const header = Object.keys(vector.headers).find((name) => /timestamp/i.test(name)) as string;

  test('a timestamp that was moved is refused', () => {
    const headers = { ...vector.headers, [header]: String(at + 1) };
    expect(refusal(vector, { headers })).toBe('signature_mismatch');
  });

  test.each(['now', `${at}.0`, `0${at}`, ` ${at}`, `-${at}`, '1e9', '0'])('%j is no timestamp', (value) => {
    const headers = { ...vector.headers, [header]: value };
    expect(refusal(vector, { headers })).toBe('malformed_timestamp');
  });
});

describe('standard', () => {
  const vector = vectorOf('standard');
  const name = 'webhook-signature';
  const both = `${vector.headers[name]} ${ED25519.headers[name]}`;

  test('every signature of a rotation counts, wherever it stands', () => {
    const other = new Webhook(`whsec_${Buffer.alloc(24, 7).toString('base64')}`);
    const at = new Date(Number(timestampOf(vector)) * 1000);
    const wrong = other.sign(vector.headers['webhook-id'] as string, at, vector.body);
    for (const value of [`${wrong} ${vector.headers[name]}`, `${both} ${wrong}`, `v2,AAAA ${both}`]) {
      expect(receive(vector, { headers: { ...vector.headers, [name]: value } })).toEqual({
        test: 2432232314,
      });
    }
  });

  test('a public key never serves as an HMAC key, nor a secret as a public key', () => {
    const forged = new Webhook(
      Buffer.from((ED25519.publicKey as string).slice(5), 'base64').toString('base64'),
    );
    const at = new Date(Number(timestampOf(vector)) * 1000);
    const signature = forged.sign(vector.headers['webhook-id'] as string, at, vector.body);
    const headers = { ...vector.headers, [name]: signature };
    expect(refusal(ED25519, { headers, options: { now: at.getTime() } })).toBe('malformed_signature');
    expect(refusal(vector, { headers: ED25519.headers })).toBe('malformed_signature');
  });

  test('another secret is refused', () => {
    const secret = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    expect(refusal(vector, { secret })).toBe('signature_mismatch');
  });

  test('another id is refused', () => {
    const headers = { ...vector.headers, 'webhook-id': 'msg_other' };
    expect(refusal(vector, { headers })).toBe('signature_mismatch');
  });

  test.each(['whsec_', 'whsec_****', 'whsec_c2hvcnQ=', 'whpk_c2hvcnQ=', ED25519.secret])(
    '%j is no secret that a receiver could hold',
    (secret) => expect(() => receive(vector, { secret })).toThrow(TypeError),
  );
});

describe('arken', () => {
  const vector = vectorOf('arken');

  test('another value is refused, whatever its length', () => {
    for (const value of ['arken_callback_valuf', 'arken', `${vector.secret}!`]) {
      expect(refusal(vector, { headers: { 'X-Callback-Key': value } })).toBe('signature_mismatch');
    }
  });

  test('the header must be named', () => {
    expect(() => receive(vector, { options: { header: undefined } })).toThrow(/options\.header is missing/);
  });

  test('a body that is not JSON is refused', () => {
    expect(refusal(vector, { body: 'hello' })).toBe('invalid_json');
  });
});

test.each([undefined, null, 'x-webhook-signature: 0', [['x-webhook-signature', '0']]])(
  'headers that are %j are a mistake of the receiver’s',
  (headers) => {
    const wrong = headers as unknown as Record<string, string>;
    expect(() => verify('generic', 'a-secret-of-ours', wrong, '{}')).toThrow(
      new TypeError(
        "headers must be the request's: a Headers object, or an object of names and values, not a list.",
      ),
    );
  },
);

test('a header that is no text is no signature', () => {
  const headers = { 'x-webhook-signature': 12 } as unknown as Record<string, string>;
  expect(() => verify('generic', 'a-secret-of-ours', headers, '{}')).toThrow(WebhookVerificationError);
});

test('an error names the header and never the secret', () => {
  const vector = vectorOf('arky');
  expect.assertions(2);
  try {
    receive(vector, { body: '{}' });
  } catch (error) {
    expect(error).toMatchObject({ name: 'WebhookVerificationError', header: 'X-Arky-Signature' });
    expect(String(error)).not.toContain(vector.secret);
  }
});

test('a dialect that the table does not have is refused by its name', () => {
  const name = 'toString' as DialectName;
  expect(() => verify(name, 'secret', {}, '{}')).toThrow(/dialect is "toString". Accepted: arka, /);
});

test('a dialect of one’s own is given as its definition', () => {
  const signature = DIALECTS.arky.signature as SignatureScheme;
  const own: Dialect = {
    ...DIALECTS.generic,
    name: 'own',
    signature: { ...signature, header: 'X-Own' },
  };
  const input = { eventId: 'e', timestamp: 1_700_000_000, body: '{"a":1}' };
  const headers = signRequest(own, { ...input, secrets: [{ kind: 'hmac', value: 'own-secret' }] });
  expect(verify(own, 'own-secret', headers, input.body, { now: 1_700_000_000_000 })).toEqual({ a: 1 });
});

test('a parser of one’s own reads the body, and what it throws is a body that is not JSON', () => {
  const scheme = { eventId: 'e', timestamp: 0, body: '{"n":12345678901234567890}' };
  const headers = signRequest(DIALECTS.generic, {
    ...scheme,
    secrets: [{ kind: 'hmac', value: 'own-secret' }],
  });
  const read = (parse: (text: string) => unknown) =>
    verify('generic', 'own-secret', headers, scheme.body, { parse });
  expect(read((text) => text.slice(5, -1))).toBe('12345678901234567890');
  const refuse = () => {
    throw new Error('no');
  };
  expect(() => read(refuse)).toThrow(expect.objectContaining({ code: 'invalid_json' }));
});
