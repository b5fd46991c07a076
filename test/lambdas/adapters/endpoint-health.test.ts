import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readTurn } from '../../../lambdas/adapters/circuit-queue.ts';
import { noteResults, reviveTurn } from '../../../lambdas/adapters/endpoint-health.ts';
import { fromItem, type ReadEndpoint } from '../../../lambdas/adapters/endpoint-items.ts';
import { disableEndpoint } from '../../../lambdas/adapters/endpoint-store.ts';
import { reserveSlots } from '../../../lambdas/adapters/pace-store.ts';
import { type FakeAws, type Input, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory } from '../fake-directory.ts';

const DAY = 86_400_000;
const KEY = { pk: { S: 'TENANT#ten_1' }, sk: { S: 'ENDPOINT#ep_1' } };
let aws: FakeAws;
let directory: FakeDirectory;

beforeAll(async () => {
  aws = await startFakeAws();
  process.env.FAN_OUT_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/fan-out`;
});
beforeEach(() => {
  aws.reset();
  jest.spyOn(console, 'info').mockReturnValue();
  directory = new FakeDirectory(aws);
  directory.put({ ...KEY, active: { BOOL: true }, version: { N: '1' } });
});
afterAll(() => aws.close());

const item = (): Input => directory.find('TENANT#ten_1', 'ENDPOINT#ep_1');
const read = (): ReadEndpoint => fromItem(item());
const health = () => read().health;
const turns = () =>
  aws.inputsOf('SendMessageBatch').flatMap(({ Entries }) =>
    Entries.map(({ MessageBody, DelaySeconds }: Input) => ({
      ...readTurn(MessageBody),
      delay: DelaySeconds,
    })),
  );

/** Notes attempts that ended just now, or at a time. */
function note(results: string, at = Date.now(), endpoint = read()): Promise<void> {
  const failure = { reason: 'The endpoint answered 503.', statusCode: 503, eventType: 'order.paid' };
  const outcomes = [...results].map((result, i) => ({
    delivered: result === '+',
    endedAt: at + i,
    ...(result === '-' && { failure }),
  }));
  return noteResults(endpoint, outcomes);
}

/** An endpoint whose circuit is open. */
async function fail(): Promise<void> {
  await note('-'.repeat(20));
  aws.takeNames();
}

test('an endpoint that succeeds costs no call', async () => {
  await note('++++');
  expect(aws.takeNames()).toEqual([]);
});

test('failures of a batch cost one update, and a success after them another', async () => {
  await note('---');
  expect(health()).toMatchObject({ run: 3, failingSince: expect.any(Number) });
  const { failingSince } = health();
  await note('-', Date.now() + 5_000);
  expect(health()).toMatchObject({ run: 4, failingSince });
  expect(aws.takeNames()).toEqual(['UpdateItem', 'UpdateItem']);
  await note('+');
  expect(health()).toEqual({ run: 0 });
  expect(aws.takeNames()).toEqual(['UpdateItem']);
});

test('failures behind a success of the same batch begin a run of their own', async () => {
  await note('-----');
  await note('--+--', 5_000);
  expect(health()).toEqual({ run: 2, failingSince: 5_003, failedAt: 5_004, circuit: undefined });
});

test('a failure days after the last begins a run of its own', async () => {
  await note('-----', 1_000);
  await note('-', 1_000 + 3 * DAY);
  expect(health()).toMatchObject({ run: 1, failingSince: 1_000 + 3 * DAY });
});

test('an endpoint that was deleted meanwhile is not made again', async () => {
  const gone = read();
  directory.put({ ...KEY, sk: { S: 'ENDPOINT#ep_2' } });
  directory.delete('TENANT#ten_1', 'ENDPOINT#ep_1');
  await note('-', Date.now(), gone);
  await note('+', Date.now(), { ...gone, health: { run: 3 } });
  expect(item()).toBeUndefined();
});

describe('a run of failures', () => {
  test('opens the circuit, and its first probe is asked for before', async () => {
    await note('-'.repeat(19));
    expect(health().circuit).toBeUndefined();
    aws.takeNames();
    await note('-');
    expect(health()).toMatchObject({ run: 20, circuit: { state: 'open', turn: 1, probes: 0 } });
    expect(aws.takeNames()).toEqual(['UpdateItem', 'SendMessageBatch', 'SendMessageBatch', 'UpdateItem']);
  });

  test('forgets what was planned by the rate of the endpoint, which would be waited for after the end', async () => {
    directory.put({ ...KEY, active: { BOOL: true }, rate_limit: { S: '{"perSecond":1}' } });
    await reserveSlots('ep_1', 'plan', 10_000, 1_000);
    await note('-'.repeat(19));
    expect((await reserveSlots('ep_1', 'plan', 1, 1_000))[0]).toBeGreaterThan(Date.now() + 9_000_000);
    await note('-');
    expect(health().circuit?.state).toBe('open');
    expect((await reserveSlots('ep_1', 'plan', 1, 1_000))[0]).toBeLessThanOrEqual(Date.now());
  });

  test('that two functions notice at once opens it once', async () => {
    const before = read();
    await note('-'.repeat(20));
    const [opened] = [health().circuit];
    await note('-', Date.now() + 1, before);
    expect(health().circuit).toEqual(opened);
  });

  test('does not raise the version that dispatching compares', async () => {
    await fail();
    expect(item().version).toEqual({ N: '1' });
    expect(aws.inputsOf('TransactWriteItems')).toEqual([]);
  });

  test('goes on while the circuit is open, by one update for each probe', async () => {
    await fail();
    await note('-');
    expect(aws.takeNames()).toEqual(['UpdateItem']);
    expect(health().run).toBe(21);
  });
});

describe('a success while the circuit is open', () => {
  test('clears everything and lets it drain at once', async () => {
    await fail();
    await note('+');
    expect(health()).toMatchObject({ run: 0, circuit: { state: 'draining', turn: 1 } });
    expect(health().failingSince).toBeUndefined();
    expect(turns().at(-1)).toMatchObject({ endpointId: 'ep_1', turn: 1, delay: 1 });
  });

  test('counts though another was first', async () => {
    await fail();
    const before = read();
    await note('+');
    await note('+', Date.now(), before);
    expect(health()).toMatchObject({ run: 0, circuit: { state: 'draining' } });
  });

  test('leaves what failed since another let it drain for the next turn to see', async () => {
    await fail();
    const before = read();
    await note('+');
    await note('-', 9_000);
    await note('+', 9_500, before);
    expect(health()).toMatchObject({ run: 0, failedAt: 9_000, circuit: { state: 'draining' } });
  });

  test('leaves a failure for the next turn to see that a later success of its batch hides', async () => {
    await fail();
    await note('+');
    aws.takeNames();
    await note('+++', 7_000);
    expect(aws.takeNames()).toEqual([]);
    await note('--+', 8_000);
    expect(health()).toMatchObject({ run: 0, failedAt: 8_001, circuit: { state: 'draining' } });
    expect(health().failingSince).toBeUndefined();
    expect(aws.takeNames()).toEqual(['UpdateItem']);
    await note('-', 9_000);
    await note('-+', 10_000);
    expect(health()).toMatchObject({ run: 0, failedAt: 10_000 });
  });

  test('does not keep it from opening again when what follows fails', async () => {
    await fail();
    const { id } = health().circuit!;
    await note('+');
    await note('-'.repeat(20));
    expect(health()).toMatchObject({ circuit: { id, state: 'open', turn: 1 } });
    expect(turns().at(-1)).toMatchObject({ circuit: id, turn: 1, delay: 30 });
  });
});

describe('an endpoint that has failed for five days', () => {
  test('is disabled at the failure that makes it so, with the reason', async () => {
    await note('-', 0);
    for (let day = 1; day < 5; day++) await note('-', day * DAY);
    expect(read().active).toBe(true);
    await note('-', 5 * DAY);
    expect(read()).toMatchObject({
      active: false,
      disabledReason:
        'Nothing was delivered for 5 days: every attempt failed. The last one: The endpoint answered 503.',
    });
  });

  test('is left alone where a success came in between', async () => {
    await note('-', 0);
    for (let day = 1; day < 5; day++) await note('-', day * DAY);
    const before = read();
    await note('+', 5 * DAY - 1);
    await note('-', 5 * DAY, before);
    expect(read()).toMatchObject({ active: true, health: { run: 1, failingSince: 5 * DAY } });
  });
});

describe('a turn that was lost', () => {
  test('is asked for again by whatever comes for the endpoint, once', async () => {
    await fail();
    const late = { ...health().circuit!, turnAt: Date.now() - 121_000 };
    directory.update('TENANT#ten_1', 'ENDPOINT#ep_1', {
      circuit: { M: { ...item().circuit.M, turn_at: { N: String(late.turnAt) } } },
    });
    const before = read();
    const asked = turns().length;
    await Promise.all([reviveTurn(before), reviveTurn(before)]);
    expect(turns().slice(asked)).toEqual([expect.objectContaining({ turn: 1, delay: 30 })]);
  });

  test('is no matter before its grace is over', async () => {
    await fail();
    await reviveTurn(read());
    expect(aws.takeNames()).toEqual([]);
  });
});

describe('what is told', () => {
  const changes = () => (read().changes ?? []).map(({ kind, since }) => [kind, since !== undefined]);
  const notices = () =>
    aws
      .inputsOf('SendMessageBatch')
      .filter(({ QueueUrl }) => QueueUrl === process.env.NOTICE_QUEUE_URL)
      .flatMap(({ Entries }) => Entries.map(({ MessageBody }: Input) => JSON.parse(MessageBody)));

  test('an endpoint that begins to rest is told to fail, once; its notice is queued before', async () => {
    await note('-'.repeat(20));
    expect(changes()).toEqual([['failing', true]]);
    expect(read().changes?.[0]).toMatchObject({
      reason: 'The endpoint answered 503.',
      statusCode: 503,
      eventType: 'order.paid',
    });
    expect(notices()).toEqual([{ kind: 'endpoint', tenantId: 'ten_1', endpointId: 'ep_1' }]);
    await note('-----');
    expect(changes()).toHaveLength(1);
  });

  test('a queue that takes no notice holds nothing up: the change stands on the endpoint', async () => {
    jest.spyOn(console, 'error').mockReturnValue();
    const answers = aws.inputsOf('SendMessageBatch').length;
    await note('-'.repeat(19));
    process.env.NOTICE_QUEUE_URL = '';
    await note('-');
    process.env.NOTICE_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/notices`;
    expect(health().circuit?.state).toBe('open');
    expect(changes()).toEqual([['failing', true]]);
    expect(notices()).toHaveLength(answers);
  });

  test('one that is well again is told to have recovered, once, by whichever success comes first', async () => {
    await note('-'.repeat(20));
    const before = read();
    await Promise.all([note('+', Date.now(), before), note('+', Date.now(), before)]);
    expect(changes().map(([kind]) => kind)).toEqual(['failing', 'recovered']);
    await note('-+');
    expect(changes()).toHaveLength(2);
  });

  test('one that opens again without a success between is not told again', async () => {
    await note('-'.repeat(20));
    const circuit = { ...item().circuit.M, state: { S: 'draining' } };
    directory.update('TENANT#ten_1', 'ENDPOINT#ep_1', { circuit: { M: circuit } });
    await note('-');
    expect(health().circuit?.state).toBe('open');
    expect(changes().map(([kind]) => kind)).toEqual(['failing']);
  });

  test('one that a person enabled is told to have recovered by its next success, once', async () => {
    await note('-'.repeat(20));
    const { run, failing_since, failed_at, circuit, ...mended } = item();
    directory.put(mended);
    await note('+');
    await note('+');
    expect(changes().map(([kind]) => kind)).toEqual(['failing', 'recovered']);
  });

  test('one that an answer disabled is told to have recovered, once it is enabled and answers', async () => {
    const why = { reason: 'The endpoint answered 410.', at: 5_000, statusCode: 410 };
    await disableEndpoint({ tenantId: 'ten_1', endpointId: 'ep_1' }, why);
    expect(read().changes).toEqual([{ kind: 'disabled', ...why }]);
    directory.update('TENANT#ten_1', 'ENDPOINT#ep_1', { active: { BOOL: true } });
    await note('+');
    expect(changes().map(([kind]) => kind)).toEqual(['disabled', 'recovered']);
  });

  test('failures that no circuit opened for are told by nobody, nor is their end', async () => {
    await note('---');
    await note('+');
    expect([changes(), notices()]).toEqual([[], []]);
  });

  test('days of nothing but failures are told as the end of it', async () => {
    await note('-'.repeat(20), 1_000);
    await note('-', 1_000 + DAY);
    for (const day of [2, 3, 4, 5]) await note('-', 2_000 + day * DAY);
    expect(item().active.BOOL).toBe(false);
    expect(changes().map(([kind]) => kind)).toEqual(['failing', 'disabled']);
    expect(read().changes?.at(-1)).toMatchObject({
      reason: expect.stringMatching(/^Nothing was delivered for 5 days: .* answered 503\.$/),
      statusCode: 503,
      eventType: 'order.paid',
    });
  });
});
