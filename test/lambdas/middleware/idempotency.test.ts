import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { PosthornError } from '../../../core/errors.ts';
import { runOnce } from '../../../lambdas/middleware/idempotency.ts';
import type { Operation } from '../../../lambdas/operations/operation.ts';
import { AwsError, type FakeAws, startFakeAws } from '../fake-aws.ts';

let aws: FakeAws;
beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  aws.on('GenerateDataKey', () => ({ CiphertextBlob: Buffer.from('wrapped').toString('base64') }));
});
afterAll(() => aws.close());

const answer = {
  statusCode: 201,
  headers: { 'content-type': 'application/json' },
  body: '{"secret":"s3cret"}',
};
const caller = { kind: 'tenant', tenantId: 'ten_1', scope: 'tenant' } as const;

function request(operation: Partial<Operation>, run: () => Promise<typeof answer>, key?: string) {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const event = { headers, rawPath: '/v1/things', rawQueryString: '', body: '{}' };
  const made = { method: 'POST', path: '/v1/things', ...operation } as Operation;
  return runOnce(made, event as unknown as APIGatewayProxyEventV2, caller, run);
}

test.each<[string, Partial<Operation>, string | undefined]>([
  ['without the header', {}, undefined],
  ['that changes nothing', { method: 'GET' }, 'k'],
  ['whose things have ids of their own', { ownIds: true }, 'k'],
])('a request %s costs nothing', async (_name, operation, key) => {
  expect(await request(operation, async () => answer, key)).toBe(answer);
  expect(aws.calls).toEqual([]);
});

test('a claim, then the sealed answer, each by a condition', async () => {
  await request({}, async () => answer, 'k');
  const [claim, kept] = aws.inputsOf('PutItem');
  expect(claim.Item).not.toHaveProperty('sealed');
  expect(claim.ConditionExpression).toContain('attribute_not_exists(pk)');
  expect(kept.Item).toMatchObject({
    pk: claim.Item.pk,
    claimed_at: claim.Item.claimed_at,
    status: { N: '201' },
  });
  expect(kept.ConditionExpression).toContain('claimed_at = :claimed');
  expect(Buffer.from(kept.Item.sealed.B, 'base64').toString('latin1')).not.toContain('s3cret');
});

test('what was refused is claimed no longer', async () => {
  const refusal = new PosthornError('conflict', 'taken');
  await expect(request({}, () => Promise.reject(refusal), 'k')).rejects.toBe(refusal);
  expect(aws.takeNames()).toEqual(['PutItem', 'DeleteItem']);
});

test('what is done is answered, even where it cannot be kept', async () => {
  const log = jest.spyOn(console, 'error').mockImplementation(() => {});
  let puts = 0;
  aws.on('PutItem', () => {
    if (++puts > 1) throw new AwsError('AccessDeniedException');
    return {};
  });
  expect(await request({}, async () => answer, 'k')).toBe(answer);
  expect(log).toHaveBeenCalledTimes(1);
  log.mockRestore();
});

test('a refusal stays what it is where the claim cannot be released', async () => {
  const log = jest.spyOn(console, 'error').mockImplementation(() => {});
  aws.on('DeleteItem', () => {
    throw new AwsError('AccessDeniedException');
  });
  const refusal = new PosthornError('conflict', 'taken');
  await expect(request({}, () => Promise.reject(refusal), 'k')).rejects.toBe(refusal);
  expect(log).toHaveBeenCalledTimes(1);
  log.mockRestore();
});
