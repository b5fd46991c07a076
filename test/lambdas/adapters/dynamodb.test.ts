import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { batchGet } from '../../../lambdas/adapters/dynamodb.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';

let aws: FakeAws;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => aws.reset());
afterAll(() => aws.close());

test('keys that DynamoDB left out are asked again, and one that is named twice is asked once', async () => {
  let calls = 0;
  aws.on('BatchGetItem', ({ RequestItems }) => {
    const { Keys } = RequestItems.events;
    const left =
      ++calls === 1 ? { UnprocessedKeys: { events: { ...RequestItems.events, Keys: Keys.slice(1) } } } : {};
    return { Responses: { events: [] }, ...left };
  });
  const keys = ['1', '2', '2'].map((S) => ({ pk: { S } }));
  await batchGet([{ table: 'events', keys, consistent: false }]);
  expect(aws.inputsOf('BatchGetItem').map(({ RequestItems }) => RequestItems.events.Keys.length)).toEqual([
    2, 1,
  ]);
});

test('a call that gets no answer is made again on another connection', async () => {
  let calls = 0;
  aws.on('BatchGetItem', () => (++calls === 1 ? new Promise(() => {}) : { Responses: { events: [] } }));
  await batchGet([{ table: 'events', keys: [{ pk: { S: '1' } }], consistent: false }]);
  expect(calls).toBe(2);
}, 15_000);
