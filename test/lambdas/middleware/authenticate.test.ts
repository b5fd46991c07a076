import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { authenticate, KEY_CACHE_MS } from '../../../lambdas/middleware/authenticate.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';

let aws: FakeAws;
let keys = 0;
/** A key that no test before has used. */
let accessKey: string;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  aws.on('GetSecretValue', () => ({ SecretString: 'the-operator-key' }));
  accessKey = `ak_${String(++keys).padStart(22, '0')}`;
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => aws.close());

/** Stores a key, as its hash. */
function storeKey(secretKey: string, scope = 'tenant', expiresAt?: number): void {
  aws.on('GetItem', ({ Key }) =>
    Key.pk.S !== `KEY#${accessKey}`
      ? {}
      : {
          Item: {
            id: { S: 'key_1' },
            tenant_id: { S: 'ten_1' },
            scope: { S: scope },
            secret_hash: { B: createHash('sha256').update(secretKey).digest('base64') },
            created_at: { N: '1' },
            ...(expiresAt && { expires_at: { N: String(expiresAt) } }),
          },
        },
  );
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const later = (ms: number) => {
  const now = Date.now();
  jest.spyOn(Date, 'now').mockReturnValue(now + ms);
};

describe("a tenant's key", () => {
  test.each(['tenant', 'publish'])('of scope %s says whose it is, as Bearer and as Basic', async (scope) => {
    storeKey('s3cret', scope);
    const caller = { kind: 'tenant', tenantId: 'ten_1', scope, accessKey };
    expect(await authenticate(`Bearer ${accessKey}.s3cret`)).toEqual(caller);
    expect(await authenticate(basic(`${accessKey}:s3cret`))).toEqual(caller);
  });

  test('is looked for with everything written before, so that a new one works at once', async () => {
    storeKey('s3cret');
    await authenticate(`Bearer ${accessKey}.s3cret`);
    expect(aws.inputsOf('GetItem')).toMatchObject([{ ConsistentRead: true }]);
  });

  test('is read once a minute, and a revoked one is refused after that', async () => {
    storeKey('s3cret');
    for (let i = 0; i < 3; i++) await authenticate(`Bearer ${accessKey}.s3cret`);
    expect(aws.takeNames()).toEqual(['GetItem']);
    aws.on('GetItem', () => ({}));
    later(KEY_CACHE_MS);
    expect(KEY_CACHE_MS).toBeLessThanOrEqual(60_000);
    await expect(authenticate(`Bearer ${accessKey}.s3cret`)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('with the wrong secret is refused, cached or not, and the refusal does not say which half was wrong', async () => {
    storeKey('s3cret');
    const unknown = 'The key is unknown, or was revoked.';
    for (const header of [`Bearer ${accessKey}.wrong`, `Bearer ${accessKey}.`, basic(`${accessKey}:`)]) {
      await expect(authenticate(header)).rejects.toMatchObject({ code: 'unauthorized', message: unknown });
    }
    await expect(authenticate(`Bearer ak_${'z'.repeat(22)}.s3cret`)).rejects.toMatchObject({
      message: unknown,
    });
    expect((await authenticate(`Bearer ${accessKey}.s3cret`)).kind).toBe('tenant');
  });

  test('that is unknown costs one read in five seconds, and works soon after it was made', async () => {
    aws.on('GetItem', () => ({}));
    for (let i = 0; i < 3; i++) await expect(authenticate(`Bearer ${accessKey}.s3cret`)).rejects.toThrow();
    expect(aws.takeNames()).toEqual(['GetItem']);
    storeKey('s3cret');
    later(5_000);
    expect((await authenticate(`Bearer ${accessKey}.s3cret`)).kind).toBe('tenant');
  });
});

describe('a key that is no tenant key', () => {
  test('and was made for an operator is an operator', async () => {
    accessKey = accessKey.replace('ak_', 'ok_');
    storeKey('s3cret', 'operator');
    expect(await authenticate(`Bearer ${accessKey}.s3cret`)).toEqual({ kind: 'operator', accessKey });
    await expect(authenticate(`Bearer ${accessKey}.wrong`)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test("and came with a portal link is its tenant's until it expires, cached or not", async () => {
    accessKey = accessKey.replace('ak_', 'pl_');
    storeKey('s3cret', 'portal', Date.now() + 30_000);
    const caller = { kind: 'tenant', tenantId: 'ten_1', scope: 'portal', accessKey };
    expect(await authenticate(`Bearer ${accessKey}.s3cret`)).toEqual(caller);
    later(29_000);
    expect(await authenticate(`Bearer ${accessKey}.s3cret`)).toEqual(caller);
    jest.restoreAllMocks();
    later(30_001);
    await expect(authenticate(`Bearer ${accessKey}.s3cret`)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(aws.takeNames()).toEqual(['GetItem']);
  });
});

describe("the operator's key", () => {
  test.each([
    ['Bearer', 'Bearer the-operator-key'],
    ['Basic, whoever the user', basic('operator:the-operator-key')],
  ])('is taken as %s', async (_name, header) => {
    expect(await authenticate(header)).toEqual({ kind: 'operator' });
  });

  test('is read once a minute, and no table is asked', async () => {
    for (let i = 0; i < 3; i++) await authenticate('Bearer the-operator-key');
    expect(aws.calls.filter(({ name }) => name !== 'GetSecretValue')).toEqual([]);
    later(60_000);
    aws.on('GetSecretValue', () => ({ SecretString: 'a-new-key' }));
    await expect(authenticate('Bearer the-operator-key')).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await authenticate('Bearer a-new-key')).toEqual({ kind: 'operator' });
  });

  test.each(['Bearer the-operator-keY', 'Bearer x', basic('the-operator-key:x')])(
    'is not %s',
    async (header) => {
      await expect(authenticate(header)).rejects.toMatchObject({ code: 'unauthorized' });
    },
  );
});

test.each([undefined, '', 'Bearer', 'Digest abc'])(
  '%j shows no key, and the refusal says how to',
  async (header) => {
    await expect(authenticate(header)).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('Authorization: Bearer <key>'),
    });
  },
);
