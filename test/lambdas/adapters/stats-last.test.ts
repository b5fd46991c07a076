import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { readLast } from '../../../lambdas/adapters/stats-last.ts';
import { handler } from '../../../lambdas/observe.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeStats } from '../fake-stats.ts';
import { ENDPOINT, failed, NOON, recordOf, succeeded } from '../stream-records.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
let aws: FakeAws;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  new FakeStats(aws);
});
afterAll(() => aws.close());

const observe = (...Records: ReturnType<typeof recordOf>[]) => handler({ Records });

test('the last success is known to the second, however long ago its hour was', async () => {
  await observe(recordOf(succeeded(1, NOON)));
  await observe(recordOf(succeeded(1, NOON + 20 * MINUTE)));
  await observe(recordOf(failed(500, NOON + 6 * DAY)), recordOf(failed(500, NOON + 6 * DAY + MINUTE)));
  expect(await readLast(ENDPOINT)).toEqual({
    lastSuccessAt: NOON + 20 * MINUTE,
    lastFailureAt: NOON + 6 * DAY + MINUTE,
  });
});

test('a record that comes late does not turn the last time back', async () => {
  await observe(recordOf(succeeded(1, NOON + DAY)));
  await observe(recordOf(succeeded(1, NOON)));
  expect((await readLast(ENDPOINT)).lastSuccessAt).toBe(NOON + DAY);
});

test('what never happened has no time', async () => {
  await observe(recordOf(succeeded()));
  expect((await readLast(ENDPOINT)).lastFailureAt).toBeUndefined();
  expect(await readLast('ep_0TbsgmRk5x2mQ8vYb1LzNx')).toEqual({});
});

test('it is noted once an hour, whatever comes', async () => {
  for (let n = 0; n < 5; n++) await observe(recordOf(succeeded(1, NOON + n * MINUTE)));
  expect(aws.inputsOf('UpdateItem').filter(({ Key }) => Key.sk.S === 'LAST')).toHaveLength(1);
});
