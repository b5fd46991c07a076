import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startTask } from '../../../core/task.ts';
import { createEndpoint } from '../../../lambdas/adapters/endpoint-store.ts';
import { putKey, type StoredKey } from '../../../lambdas/adapters/key-store.ts';
import { createTask } from '../../../lambdas/adapters/task-store.ts';
import { createTenant } from '../../../lambdas/adapters/tenant-store.ts';
import { AwsError, type FakeAws, type Input, startFakeAws } from '../fake-aws.ts';

let aws: FakeAws;
let stored: Input;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  stored = undefined;
  // The first call is carried out and its answer is lost; the SDK asks again, and finds what it wrote.
  aws.on('PutItem', ({ Item }) => {
    if (stored !== undefined)
      throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed', {
        Item: stored,
      });
    stored = Item;
    throw new AwsError('InternalServerError', 'the answer was lost');
  });
});
afterAll(() => aws.close());

const tenant = {
  id: 'acme',
  name: 'Acme',
  dialect: 'standard',
  status: 'active',
  validate: 'off',
  createdAt: 1,
  version: 1,
  typesCount: 0,
  typesVersion: 0,
  wrappedKey: Buffer.from('ours'),
} as const;
const key: StoredKey = {
  id: 'key_1',
  accessKey: 'ak_1',
  secretHash: Buffer.from('hash of ours'),
  createdAt: 1,
  scope: 'tenant',
  tenantId: 'acme',
};
const wanted = {
  id: 'task_1',
  tenantId: 'acme',
  kind: 'recover',
  endpointId: 'ep_1',
  since: 1,
  until: 2,
} as const;
const task = startTask(wanted, 3);

test('a tenant whose answer was lost was created', async () => {
  expect(await createTenant(tenant)).toBe(true);
  expect(aws.inputsOf('PutItem')).toHaveLength(2);
});

test("another's tenant of that id is told apart by its data key", async () => {
  await createTenant(tenant);
  expect(await createTenant({ ...tenant, wrappedKey: Buffer.from('theirs') })).toBe(false);
});

test('a key whose answer was lost is stored, and another of its name is not overwritten', async () => {
  await putKey(key);
  expect(aws.inputsOf('PutItem')).toHaveLength(2);
  await expect(putKey({ ...key, secretHash: Buffer.from('another') })).rejects.toThrow('There is a key ak_1');
});

test('a task whose answer was lost is stored, whoever works on it meanwhile', async () => {
  await createTask(task);
  expect(aws.inputsOf('PutItem')).toHaveLength(2);
  stored = { ...stored, revision: { N: '7' }, place: { S: '3#x' } };
  await createTask(task);
  await expect(createTask({ ...task, createdAt: 4 })).rejects.toThrow('There is a task task_1');
});

test('a transaction that is asked for again is known by its token', async () => {
  let lost = false;
  aws.on('TransactWriteItems', () => {
    if (lost) return {};
    lost = true;
    throw new AwsError('InternalServerError', 'the answer was lost');
  });
  const identity = { tenantId: 'acme', id: 'ep_1', dialect: 'standard', createdAt: 1, updatedAt: 1 };
  const settings = { url: 'https://example.com', events: ['*'], active: true };
  const secrets = { sealed: Buffer.from('x'), wrappedKey: Buffer.from('y') };
  expect(await createEndpoint({ ...identity, ...settings, ...secrets })).toBe(true);
  const tokens = aws.inputsOf('TransactWriteItems').map(({ ClientRequestToken }) => ClientRequestToken);
  expect(tokens).toEqual([expect.stringMatching(/\S/), tokens[0]]);
});
