import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { continueDeletion } from '../../../lambdas/adapters/tenant-deletion.ts';
import { readDeletion, type TenantDeletion } from '../../../lambdas/adapters/tenant-deletion-queue.ts';
import { AwsError, type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeOwned } from './fake-owned.ts';

const NOW = Date.UTC(2026, 0, 20);
const MINE = { there: 'ep_0TbsgmRk5x2mQ8vYb1LzN1', deleted: 'ep_0TbsgmRk5x2mQ8vYb1LzN2' };
const THEIRS = { there: 'ep_0TbsgmRk5x2mQ8vYb1LzN3', deleted: 'ep_0TbsgmRk5x2mQ8vYb1LzN4' };

let aws: FakeAws;
let owned: FakeOwned;
let now: number;

beforeAll(async () => {
  aws = await startFakeAws();
  process.env.FAN_OUT_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/fan-out`;
});
beforeEach(() => {
  jest.restoreAllMocks();
  jest.spyOn(console, 'info').mockImplementation(() => undefined);
  now = NOW;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  aws.reset();
  owned = new FakeOwned(aws);
  owned.putTenant('acme', MINE);
  owned.putTenant('other', THEIRS);
});
afterAll(() => aws.close());

const theirs = () =>
  owned
    .keys()
    .filter(
      (key) => key.includes('other') || Object.values(THEIRS).some((id) => key.includes(id.slice(-22))),
    );
const mine = () => owned.keys().filter((key) => !theirs().includes(key));
const tombstones = Object.values(MINE).map((id) => `directory TENANT#acme DELETED#${id}`);

/** Works off what is queued, each message when its time has come, until a message of another round comes. */
async function work(deletion: TenantDeletion): Promise<TenantDeletion | undefined> {
  for (let next: TenantDeletion | undefined = deletion; next !== undefined; ) {
    if (next.round !== deletion.round) return next;
    await continueDeletion(next, now);
    next = owned.queued.splice(0).at(-1)?.deletion;
  }
  return undefined;
}

test('everything of a tenant is deleted: at once, but for the tombstones that more may be found by', async () => {
  const before = theirs();
  const next = await work({ deleteTenant: 'acme', round: 'first' });
  expect(mine().sort()).toEqual([...tombstones, 'directory TENANT#acme TENANT'].sort());
  expect(next).toMatchObject({ deleteTenant: 'acme', round: 'settled', notBefore: NOW + 90_000 });
  expect(theirs()).toEqual(before);
});

test('when no container knows it any more a tombstone takes its place, which outlives what is left', async () => {
  const next = await work({ deleteTenant: 'acme', round: 'settled' });
  expect(next).toMatchObject({ round: 'late', notBefore: NOW + 6.5 * 3_600_000 });
  const [{ Item, ConditionExpression }] = aws.inputsOf('PutItem');
  expect(Item).toMatchObject({ pk: { S: 'TENANT#acme' }, sk: { S: 'TENANT' }, status: { S: 'deleted' } });
  expect(ConditionExpression).toBe('#status = :deleting');
  expect(Number(Item.ttl.N)).toBe(NOW / 1000 + 44 * 86_400);
  expect(Item.wrapped_key ?? Item.kpk).toBeUndefined();
});

test('what lagged is deleted hours later, with the tombstones', async () => {
  await work({ deleteTenant: 'acme', round: 'first' });
  await work({ deleteTenant: 'acme', round: 'settled' });
  // An event that the journal had not listed, a delivery of it that was discarded, what was counted of that.
  owned.putPage('acme', 1, ['evt_9']);
  owned.putDelivery('acme', MINE.there, 'evt_9');
  owned.putDelivery('acme', MINE.deleted, 'evt_9');
  owned.put('stats', { pk: { S: `E#${MINE.there.slice(-22)}` }, sk: { S: '2026-01-20T00#s' } });
  expect(await work({ deleteTenant: 'acme', round: 'late' })).toBeUndefined();
  expect(mine()).toEqual(['directory TENANT#acme TENANT']);
  expect(owned.queued).toEqual([]);
});

test('an endpoint that a request under way still made is found in the next round, with its deliveries', async () => {
  const late = 'ep_0TbsgmRk5x2mQ8vYb1LzN9';
  owned.meanwhile = ({ TableName, ExpressionAttributeValues: values }) => {
    if (TableName !== 'directory' || values[':partition']?.S !== 'TENANT#acme') return;
    owned.meanwhile = () => {};
    owned.put('directory', { pk: { S: 'TENANT#acme' }, sk: { S: `ENDPOINT#${late}` } });
    owned.putDelivery('acme', late, 'evt_9');
  };
  await work({ deleteTenant: 'acme', round: 'first' });
  await work({ deleteTenant: 'acme', round: 'settled' });
  expect(mine().sort()).toEqual(
    [...tombstones, `directory TENANT#acme DELETED#${late}`, 'directory TENANT#acme TENANT'].sort(),
  );
});

test('what has to wait for longer than a queue delays comes by in between, and does nothing', async () => {
  const late = { deleteTenant: 'acme', round: 'late', notBefore: NOW + 2_000_000 } as const;
  await continueDeletion(late, NOW);
  expect(owned.queued).toEqual([{ deletion: late, delaySeconds: 900 }]);
  now += 1_900_000;
  await continueDeletion(late, now);
  expect(owned.queued[1]).toEqual({ deletion: late, delaySeconds: 100 });
  expect(aws.inputsOf('Query')).toEqual([]);
});

test('a piece that is not done in time is queued, with the endpoint that it came to', async () => {
  // As if the function's time were over after each call.
  let calls = 0;
  jest.spyOn(Date, 'now').mockImplementation(() => now + (owned.calls > calls ? 60_000 : 0));
  const reached = new Set<string | undefined>();
  let pieces = 0;
  for (
    let next: TenantDeletion = { deleteTenant: 'acme', round: 'first' };
    next.round === 'first';
    pieces++
  ) {
    // A little further each time, since what was deleted is passed by quickly.
    calls = owned.calls + 2 + pieces;
    await continueDeletion(next, now);
    const [queued] = owned.queued.splice(0);
    next = queued?.deletion as TenantDeletion;
    reached.add(next.after);
  }
  expect(pieces).toBeGreaterThan(5);
  expect(reached).toEqual(new Set([undefined, MINE.there]));
  expect(mine().sort()).toEqual([...tombstones, 'directory TENANT#acme TENANT'].sort());
});

test.each([true, false])(
  'a crash at any call leaves nothing behind (the call was carried out: %s)',
  async (carriedOut) => {
    const before = theirs();
    // The round that takes everything with it.
    const deletion = { deleteTenant: 'acme', round: 'late' } as const;
    await work(deletion);
    const { calls } = owned;
    expect(calls).toBeGreaterThan(30);
    for (let call = 1; call <= calls; call++) {
      owned.putTenant('acme', MINE);
      owned.failAt(call, carriedOut);
      // Where the call was one of several at once, the others go on meanwhile.
      await work(deletion).catch(() => work(deletion));
      expect([call, ...mine()]).toEqual([call, 'directory TENANT#acme TENANT']);
    }
    expect(theirs().sort()).toEqual(before.sort());
  },
);

test('a message that comes twice ends well, and a table that is out of reach brings it back', async () => {
  aws.on('PutItem', () => {
    throw new AwsError('ConditionalCheckFailedException');
  });
  expect(await work({ deleteTenant: 'acme', round: 'settled' })).toMatchObject({ round: 'late' });
  aws.on('PutItem', () => {
    throw new AwsError('AccessDeniedException');
  });
  await expect(continueDeletion({ deleteTenant: 'acme', round: 'settled' }, now)).rejects.toThrow();
});

test('a continuation of a fan-out is no deletion, and a deletion of no round begins at the first', () => {
  expect(readDeletion('{"tenantId":"acme","eventId":"evt_1","acceptedAt":1}')).toBeUndefined();
  expect(readDeletion('{"deleteTenant":"acme","last":true}')).toEqual({
    deleteTenant: 'acme',
    round: 'first',
  });
});
