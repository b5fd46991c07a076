import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { makeWrappedKey, open, seal } from '../../../lambdas/adapters/secret-box.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';

let aws: FakeAws;
let tenants = 0;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  tenants++;
});
afterAll(() => aws.close());

const owner = (fields = {}) => ({
  tenantId: `ten_${tenants}`,
  endpointId: 'ep_1',
  wrappedKey: Buffer.from('wrapped'),
  ...fields,
});

test('what was sealed opens again, in its own place', async () => {
  const sealed = await seal(owner(), '{"signing":"s3cret ü"}');
  expect(Buffer.from(sealed).toString('latin1')).not.toContain('s3cret');
  expect(await open(owner(), sealed)).toBe('{"signing":"s3cret ü"}');
});

test('two seals of one text differ', async () => {
  expect(await seal(owner(), 'x')).not.toEqual(await seal(owner(), 'x'));
});

test.each([
  ['at another endpoint', { endpointId: 'ep_2' }],
  ['with another tenant', { tenantId: 'ten_other' }],
])('it does not open %s', async (_name, fields) => {
  const sealed = await seal(owner(), 'x');
  await expect(open(owner(fields), sealed)).rejects.toThrow();
});

test.each([0, 12, 20])('it does not open where its byte %i was changed', async (place) => {
  const sealed = Buffer.from(await seal(owner(), 'a longer text'));
  sealed[place]! ^= 1;
  await expect(open(owner(), sealed)).rejects.toThrow();
});

test('a short tag is not taken', async () => {
  const sealed = Buffer.from(await seal(owner(), ''));
  await expect(open(owner(), sealed.subarray(0, 20))).rejects.toThrow();
});

test('KMS unwraps a key once, bound to its tenant, however many ask at the same moment', async () => {
  const sealed = await Promise.all(['a', 'b', 'c'].map((text) => seal(owner(), text)));
  expect(await Promise.all(sealed.map((bytes) => open(owner(), bytes)))).toEqual(['a', 'b', 'c']);
  expect(aws.calls).toEqual([
    {
      name: 'Decrypt',
      input: {
        KeyId: 'key-1',
        CiphertextBlob: Buffer.from('wrapped').toString('base64'),
        EncryptionContext: { tenant_id: `ten_${tenants}` },
      },
    },
  ]);
});

test("a new tenant's key is made by KMS and kept wrapped, bound to the tenant", async () => {
  aws.on('GenerateDataKey', () => ({ CiphertextBlob: 'd3JhcHBlZA==', Plaintext: 'AAAA' }));
  expect(Buffer.from(await makeWrappedKey('ten_new')).toString()).toBe('wrapped');
  expect(aws.inputsOf('GenerateDataKey')).toEqual([
    { KeyId: 'key-1', KeySpec: 'AES_256', EncryptionContext: { tenant_id: 'ten_new' } },
  ]);
});
