import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readMessage } from '../../../lambdas/adapters/delivery-queue.ts';
import { DeliveryRecorder } from '../../../lambdas/adapters/delivery-recorder.ts';
import type { DeliveryChange } from '../../../lambdas/adapters/delivery-statements.ts';
import { addressOf, deliveryKey } from '../../../lambdas/adapters/delivery-store.ts';
import { AwsError, type FakeAws, type Input, startFakeAws } from '../fake-aws.ts';
import { changeOf, messageOf } from './changes.ts';

let aws: FakeAws;

beforeAll(async () => {
  aws = await startFakeAws();
  jest.spyOn(console, 'info').mockReturnValue();
});
beforeEach(() => aws.reset());
afterAll(() => aws.close());

/** Records results as one batch. */
function recordAll(
  changes: DeliveryChange[],
  expected = changes.length,
): Promise<PromiseSettledResult<void>[]> {
  const recorder = new DeliveryRecorder(expected);
  return Promise.allSettled(changes.map((change) => recorder.record(change, 'standard')));
}

const succeeded = (n: number) => changeOf(messageOf(n), 'succeeded');
const retrying = (n: number, attempt: number, inSeconds: number) =>
  changeOf(messageOf(n, attempt), 'retrying', Date.now() + inSeconds * 1000);
const statuses = (results: PromiseSettledResult<void>[]) => results.map(({ status }) => status);

/** Refuses the statements of these places in the batch. */
function refuse(code: string, places: number[]): void {
  aws.on('BatchExecuteStatement', ({ Statements }) => ({
    Responses: Statements.map((_: Input, i: number) => (places.includes(i) ? { Error: { Code: code } } : {})),
  }));
}

/** What stands in the store, as written by somebody. */
function storedBy(change: DeliveryChange, writer: string): Input {
  return {
    ...deliveryKey(addressOf(change.message)),
    s: { S: change.state },
    n: { N: '1' },
    k: { S: writer },
  };
}

test('ten first attempts that succeed cost one BatchExecuteStatement and no other call', async () => {
  await recordAll(Array.from({ length: 10 }, (_, n) => succeeded(n)));
  expect(aws.takeNames()).toEqual(['BatchExecuteStatement']);
});

test('retries of a batch share one call to the queue, after their results were recorded', async () => {
  await recordAll([succeeded(0), retrying(1, 1, 5), retrying(2, 1, 300)]);
  const [{ Entries }] = aws.inputsOf('SendMessageBatch');
  expect(aws.takeNames()).toEqual(['BatchExecuteStatement', 'SendMessageBatch']);
  expect(Entries.map(({ DelaySeconds }: Input) => DelaySeconds)).toEqual([5, 300]);
  expect(Entries.map(({ MessageBody }: Input) => readMessage(MessageBody))).toEqual([
    messageOf(1, 2),
    messageOf(2, 2),
  ]);
  // Retries wait by endpoint, so that one broken receiver is one group.
  expect(Entries.map(({ MessageGroupId }: Input) => MessageGroupId)).toEqual([
    messageOf(1).endpointId,
    messageOf(2).endpointId,
  ]);
});

test('later attempts get their own items in one call, before the records count them', async () => {
  await recordAll([retrying(1, 2, 5), retrying(2, 3, 5), succeeded(3)]);
  const [{ RequestItems }] = aws.inputsOf('BatchWriteItem');
  expect(RequestItems.deliveries).toHaveLength(2);
  expect(aws.takeNames()).toEqual(['BatchWriteItem', 'BatchExecuteStatement', 'SendMessageBatch']);
});

test('a retry beyond 900 s becomes a schedule, and no message', async () => {
  await recordAll([retrying(1, 2, 900), retrying(2, 3, 960)]);
  const [{ Entries }] = aws.inputsOf('SendMessageBatch');
  expect(Entries.map(({ DelaySeconds }: Input) => DelaySeconds)).toEqual([900]);
  const [schedule, ...others] = aws.inputsOf('CreateSchedule');
  expect(others).toEqual([]);
  expect(schedule.Name).toMatch(/^del_[0-9A-Za-z]{41}-4$/);
  expect(readMessage(schedule.Target.Input)).toEqual(messageOf(2, 4));
});

test('a deployment may let schedules take over sooner', async () => {
  process.env.MAX_QUEUE_DELAY_SECONDS = '2';
  await recordAll([retrying(1, 1, 2), retrying(2, 1, 5)]);
  delete process.env.MAX_QUEUE_DELAY_SECONDS;
  expect(aws.takeNames().sort()).toEqual(['BatchExecuteStatement', 'CreateSchedule', 'SendMessageBatch']);
});

test('a retry whose cause is recorded already is only put on its way', async () => {
  const recorder = new DeliveryRecorder(1);
  await recorder.resume({ message: messageOf(1, 2), dialect: 'standard', dueAt: Date.now() - 60_000 });
  const [{ Entries }] = aws.inputsOf('SendMessageBatch');
  expect(Entries[0].DelaySeconds).toBeUndefined();
  expect(aws.takeNames()).toEqual(['SendMessageBatch']);
});

describe('a refused write', () => {
  test('is looked up, and goes on only where it was our own that had arrived', async () => {
    const [ours, theirs] = [retrying(1, 1, 5), retrying(2, 1, 5)];
    refuse('DuplicateItem', [0, 1]);
    aws.on('BatchGetItem', () => ({
      Responses: { deliveries: [storedBy(ours, ours.writer), storedBy(theirs, 'another')] },
    }));
    expect(statuses(await recordAll([ours, theirs, succeeded(3)]))).toEqual(Array(3).fill('fulfilled'));
    const [{ Entries }] = aws.inputsOf('SendMessageBatch');
    expect(Entries.map(({ MessageBody }: Input) => readMessage(MessageBody))).toEqual([messageOf(1, 2)]);
    expect(aws.takeNames()).toEqual(['BatchExecuteStatement', 'BatchGetItem', 'SendMessageBatch']);
  });

  test('is read back with everything written before, a later attempt too', async () => {
    refuse('ConditionalCheckFailed', [0]);
    await recordAll([retrying(1, 2, 5)]);
    const [{ RequestItems }] = aws.inputsOf('BatchGetItem');
    expect(RequestItems.deliveries).toMatchObject({
      ConsistentRead: true,
      Keys: [deliveryKey(addressOf(messageOf(1)))],
    });
    expect(aws.inputsOf('SendMessageBatch')).toEqual([]);
  });

  test('of a resend whose delivery succeeded meanwhile leaves that success alone', async () => {
    const change = { ...changeOf({ ...messageOf(1, 2), resend: 'r1' }, 'failed'), writer: 'ours' };
    let refusals = 0;
    aws.on('BatchExecuteStatement', () => ({
      Responses: [refusals++ === 0 ? { Error: { Code: 'ConditionalCheckFailed' } } : {}],
    }));
    const now = { ...storedBy(change, 'the retry'), s: { S: 'succeeded' }, n: { N: '2' }, q: { S: 'r1' } };
    aws.on('BatchGetItem', () => ({ Responses: { deliveries: [now] } }));
    expect(statuses(await recordAll([change]))).toEqual(['fulfilled']);
    const [, { Statements }] = aws.inputsOf('BatchExecuteStatement');
    expect(Statements[0].Statement).not.toMatch(/"[cmrz]"/);
    expect(Statements[0].Parameters.slice(-3)).toEqual([{ S: 'r1' }, { N: '2' }, { S: 'succeeded' }]);
    expect(aws.inputsOf('SendMessageBatch')).toEqual([]);
  });

  test('for another reason fails its own message alone', async () => {
    refuse('ValidationError', [1]);
    const results = await recordAll([succeeded(1), retrying(2, 1, 5), retrying(3, 1, 5)]);
    expect(statuses(results)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const [{ Entries }] = aws.inputsOf('SendMessageBatch');
    expect(Entries.map(({ MessageBody }: Input) => readMessage(MessageBody))).toEqual([messageOf(3, 2)]);
  });

  test('because the table is busy is made again, and only that', async () => {
    let calls = 0;
    aws.on('BatchExecuteStatement', ({ Statements }) => ({
      Responses: Statements.map((_: Input, i: number) =>
        ++calls <= 3 && i === 1 ? { Error: { Code: 'ThrottlingError' } } : {},
      ),
    }));
    expect(statuses(await recordAll([succeeded(1), succeeded(2), succeeded(3)]))).toEqual(
      Array(3).fill('fulfilled'),
    );
    expect(aws.inputsOf('BatchExecuteStatement').map(({ Statements }) => Statements.length)).toEqual([3, 1]);
  });
});

describe('one of a batch', () => {
  test('that is slow keeps nobody back for a second', async () => {
    const startedAt = performance.now();
    expect(statuses(await recordAll([succeeded(1), retrying(2, 1, 5)], 10))).toEqual(
      Array(2).fill('fulfilled'),
    );
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(aws.takeNames()).toEqual(['BatchExecuteStatement', 'SendMessageBatch']);
  });

  test('that brings no result is waited for no longer than it works', async () => {
    const recorder = new DeliveryRecorder(3);
    const startedAt = performance.now();
    await Promise.allSettled([
      recorder.expect((settle) => settle().record(succeeded(1), 'standard')),
      recorder.expect(() => sleep(20)),
      recorder.expect(() => Promise.reject(new Error('no event'))),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(300);
    expect(aws.takeNames()).toEqual(['BatchExecuteStatement']);
  });

  test('whose own item cannot be written does not undo what the others did', async () => {
    aws.on('BatchWriteItem', () => {
      throw new AwsError('ValidationException');
    });
    expect(statuses(await recordAll([succeeded(1), retrying(2, 2, 5), retrying(3, 1, 5)]))).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    const [{ Statements }] = aws.inputsOf('BatchExecuteStatement');
    expect(Statements).toHaveLength(2);
  });

  test('whose schedule cannot be made comes back alone', async () => {
    aws.on('CreateSchedule', () => {
      throw new AwsError('ValidationException');
    });
    const results = await recordAll([succeeded(1), retrying(2, 3, 5_000), retrying(3, 1, 5)]);
    expect(statuses(results)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});

test('a queue that takes nothing brings back the messages with retries, and no other', async () => {
  aws.on('SendMessageBatch', ({ Entries }) => ({
    Successful: [],
    Failed: Entries.map(({ Id }: Input) => ({ Id, Code: 'InternalError', SenderFault: false })),
  }));
  expect(statuses(await recordAll([succeeded(1), retrying(2, 1, 5)]))).toEqual(['fulfilled', 'rejected']);
});
