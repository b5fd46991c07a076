import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { continueTask } from '../../../lambdas/adapters/task-runner.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeTasks, START } from './fake-tasks.ts';

let aws: FakeAws;
let world: FakeTasks;

beforeAll(async () => {
  aws = await startFakeAws();
  process.env.FAN_OUT_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/fan-out`;
  jest.spyOn(console, 'info').mockReturnValue();
});
beforeEach(() => {
  aws.reset();
  world = new FakeTasks(aws);
  world.putEndpoint();
});
afterAll(() => aws.close());

const eventIds = (count: number) => Array.from({ length: count }, (_, n) => `evt_${n}`);

/** So many failed deliveries of events that are a millisecond apart, and others beside them that are not meant. */
function putFailed(count: number): void {
  for (const [n, eventId] of eventIds(count).entries()) {
    world.putEvent(eventId);
    world.putDelivery({ eventId, acceptedAt: START + n, attempts: 3 + (n % 2) });
  }
  world.putDelivery({ eventId: 'before', acceptedAt: START - 1 });
  world.putDelivery({ eventId: 'after', acceptedAt: START + 60_000 });
  world.putDelivery({ eventId: 'tested', test: true });
  for (const state of ['succeeded', 'retrying', 'discarded', 'pending']) {
    world.putDelivery({ eventId: state, state });
  }
}

/** An endpoint that wants orders, and journal pages with what it has had, has missed and does not want. */
function putMissed(pages: number, linesOfPage: number): string[] {
  world.putEndpoint({ events: ['order.*'] });
  const missed: string[] = [];
  for (let page = 1; page <= pages; page++) {
    const ids = eventIds(linesOfPage).map((id) => `${id}_${page}`);
    world.putPage(
      page,
      ids.map((id, n) => ({ id, type: n % 5 === 0 ? 'user.new' : 'order.paid' })),
    );
    for (const [n, eventId] of ids.entries()) {
      world.putEvent(eventId);
      if (n % 5 === 1) world.putDelivery({ eventId, state: 'succeeded', attempts: 1 });
      if (n % 5 === 2) world.putDelivery({ eventId, state: 'discarded', attempts: n % 10 });
      if (n % 5 >= 2) missed.push(eventId);
    }
  }
  return missed;
}

/** Goes on with the task until it ends, whatever is made to fail: a message that failed comes again. */
async function runToTheEnd(message: Parameters<typeof continueTask>[0], afterFailure = () => {}) {
  for (let round = 0; (await world.task()).state === 'running'; round++) {
    if (round > 50) throw new Error('the task does not end');
    await continueTask(message, Date.now()).catch((error) => {
      if (error.message !== 'made to fail') throw error;
      afterFailure();
    });
  }
  return world.task();
}

describe('recovering', () => {
  test('queues every delivery that failed in that time once, for a new schedule', async () => {
    putFailed(700);
    const task = await runToTheEnd(await world.start('recover'));
    expect(task).toMatchObject({ state: 'done', found: 700, done: 700, failed: 0, skipped: 0 });
    expect(world.queued.map(({ eventId }) => eventId).sort()).toEqual(eventIds(700).sort());
    for (const { eventId, attempt, base, acceptedAt } of world.queued) {
      const n = Number(eventId.slice(4));
      expect([attempt, base, acceptedAt]).toEqual([4 + (n % 2), 3 + (n % 2), START + n]);
    }
    expect(task.finishedAt).toBeGreaterThan(0);
  });

  test('reads no more than a page at once, and queues it before it reads the next', async () => {
    putFailed(700);
    await runToTheEnd(await world.start('recover'));
    const reads = aws.calls.filter(({ name, input }) => name === 'Query' && input.Select !== 'COUNT');
    for (const { input } of reads) expect(input.Limit).toBeLessThanOrEqual(250);
    const isPut = ({ name }: { name: string }) => name === 'PutItem';
    const perSave = aws.calls
      .map(({ name }, i) => (name === 'SendMessageBatch' ? aws.calls.slice(0, i).filter(isPut).length : -1))
      .filter((save) => save >= 0);
    for (const calls of Map.groupBy(perSave, (save) => save).values())
      expect(calls.length).toBeLessThanOrEqual(25);
  });

  test('has no cap: what is more than any page, query or message takes is recovered too', async () => {
    putFailed(10_500);
    const task = await runToTheEnd(await world.start('recover'));
    expect(task).toMatchObject({ state: 'done', done: 10_500, found: 10_500 });
    expect(new Set(world.queued.map(({ eventId }) => eventId)).size).toBe(10_500);
  }, 60_000);

  test('counts what has no event any more as failed', async () => {
    putFailed(20);
    for (const id of ['evt_3', 'evt_7']) world.remove('events', { pk: { S: `ten_1#${id}` } });
    expect(await runToTheEnd(await world.start('recover'))).toMatchObject({ done: 18, failed: 2 });
    expect(world.queued).toHaveLength(18);
  });

  test('of nothing is done at once', async () => {
    expect(await runToTheEnd(await world.start('recover'))).toMatchObject({
      state: 'done',
      done: 0,
      found: 0,
    });
  });
});

describe('sending what was missed', () => {
  test('queues what has no delivery or a discarded one, and skips what was had or is not wanted', async () => {
    const missed = putMissed(30, 50);
    const task = await runToTheEnd(await world.start('send_missed'));
    expect(world.queued.map(({ eventId }) => eventId).sort()).toEqual(missed.sort());
    expect(task).toMatchObject({ state: 'done', found: 1_500, done: 900, skipped: 600, failed: 0 });
    for (const { eventId, attempt, base } of world.queued) {
      const n = Number(eventId.split('_')[1]);
      const before = n % 5 === 2 ? n % 10 : 0;
      expect([attempt, base]).toEqual([before + 1, before]);
    }
  });

  test('looks at events of its time only, those that were journaled late included', async () => {
    const acceptedAt = START + 1;
    world.putPage(1, [{ id: 'old', acceptedAt: START - 86_400_001 }]);
    world.putPage(2, [
      { id: 'a', acceptedAt },
      { id: 'early', acceptedAt: START - 1 },
    ]);
    world.putPage(3, [{ id: 'later', acceptedAt: START + 60_000 }]);
    world.putPage(4, [{ id: 'b', acceptedAt }]);
    world.putPage(5, [{ id: 'latest', acceptedAt: START + 70_000 }]);
    const task = await runToTheEnd(await world.start('send_missed'));
    expect(world.queued.map(({ eventId }) => eventId)).toEqual(['a', 'b']);
    expect(task).toMatchObject({ found: 2, done: 2 });
    expect(
      aws
        .inputsOf('Query')
        .some(({ ExpressionAttributeValues }) => ExpressionAttributeValues[':from'].S === '0'),
    ).toBe(false);
  });

  describe('up to now', () => {
    const now = Date.now();
    const startNow = () => world.start('send_missed', now - 60_000, now);
    const isWaiting = async (message: Parameters<typeof continueTask>[0]) => {
      world.later.length = 0;
      await continueTask(message, Date.now());
      expect(await world.task()).toMatchObject({ state: 'running', counted: false });
      expect([world.queued, world.later]).toEqual([[], [{ message, delaySeconds: 5 }]]);
    };

    test('waits for a journal that is behind, and takes what it writes then', async () => {
      world.putEvent('written', {}, now - 2_000);
      await world.runJournal();
      world.putEvent('late', {}, now - 1_000);
      const message = await startNow();
      await isWaiting(message);
      await isWaiting(message);
      await world.runJournal();
      expect(await runToTheEnd(message)).toMatchObject({ state: 'done', found: 2, done: 2 });
      expect(world.queued.map(({ eventId }) => eventId)).toEqual(['written', 'late']);
    });

    test('waits for one shard of the stream that is behind the others', async () => {
      const message = await startNow();
      await isWaiting(message);
      world.holdBack((pk) => pk === '!task_1#142' || pk === 'ten_1#late');
      world.putEvent('late', {}, now - 1_000);
      await world.runJournal();
      await isWaiting(message);
      world.holdBack(() => false);
      await world.runJournal();
      expect(await runToTheEnd(message)).toMatchObject({ state: 'done', done: 1 });
    });

    test('goes on after a day, when no line can come any more', async () => {
      const message = await startNow();
      await isWaiting(message);
      jest.spyOn(Date, 'now').mockReturnValue(now + 86_400_000 + 60_000);
      try {
        expect(await runToTheEnd(message)).toMatchObject({ state: 'done', done: 0 });
      } finally {
        jest.mocked(Date.now).mockRestore();
      }
    });
  });

  test('reads the events where there is a filter, and counts those that are gone as failed', async () => {
    world.putEndpoint({ filters: { 'plan.name': ['gold'] } });
    world.putPage(
      1,
      ['gold', 'silver', 'gone'].map((id) => ({ id })),
    );
    for (const name of ['gold', 'silver']) world.putEvent(name, { plan: { name } });
    const task = await runToTheEnd(await world.start('send_missed'));
    expect(world.queued.map(({ eventId }) => eventId)).toEqual(['gold']);
    expect(task).toMatchObject({ found: 3, done: 1, skipped: 1, failed: 1 });
  });

  test('of a journal that has nothing, or nothing of that time, is done', async () => {
    expect(await runToTheEnd(await world.start('send_missed'))).toMatchObject({ state: 'done', found: 0 });
  });
});

describe.each([
  ['recover', () => putFailed(300), 300],
  ['send_missed', () => putMissed(30, 5), 90],
] as const)('a crash of %s', (kind, prepare, deliveries) => {
  test.each([
    ['before', false],
    ['after', true],
  ])(
    'just %s any of its calls loses no delivery, and none is counted twice',
    async (_when, carriedOut) => {
      prepare();
      await runToTheEnd(await world.start(kind));
      const calls = world.calls;
      const counts = await world.task();
      expect(counts.done).toBe(deliveries);
      // Every third call: a crash at each would take a minute.
      for (let call = 1; call <= calls; call += 3) {
        aws.reset();
        world = new FakeTasks(aws);
        world.putEndpoint();
        prepare();
        const message = await world.start(kind);
        world.failAt(call, carriedOut);
        // What was queued may be delivered before the message comes again.
        const task = await runToTheEnd(message, () => call % 2 === 0 && world.deliverQueued());
        const { state, done, skipped, failed } = counts;
        expect([call, task]).toEqual([call, expect.objectContaining({ state, done, skipped, failed })]);
        expect(new Set(world.queued.map(({ eventId }) => eventId)).size).toBe(deliveries);
      }
    },
    60_000,
  );
});

test('of two that work on one task, each page is counted once, and who comes second looks again later', async () => {
  putFailed(600);
  const message = await world.start('recover');
  await Promise.all([continueTask(message, Date.now()), continueTask(message, Date.now())]);
  expect(world.later).toContainEqual({ message, delaySeconds: 75 });
  expect(await runToTheEnd(message)).toMatchObject({ state: 'done', done: 600 });
});

test('what is not done in time is queued again', async () => {
  putFailed(10);
  const message = await world.start('recover');
  await continueTask(message, Date.now() - 5_000);
  expect(world.later).toEqual([{ message, delaySeconds: 0 }]);
  expect(world.queued).toEqual([]);
});

test('a message that comes when the task is done does nothing', async () => {
  putFailed(10);
  const message = await world.start('recover');
  await runToTheEnd(message);
  const before = await world.task();
  world.queued.length = 0;
  await continueTask(message, Date.now());
  expect([world.queued, world.later, await world.task()]).toEqual([[], [], before]);
});

test('a message waits for its task to be stored, and gives it up after a minute', async () => {
  const message = { taskId: 'task_1', tenantId: 'ten_1', queuedAt: Date.now() };
  await continueTask(message, Date.now());
  expect(world.later).toEqual([{ message, delaySeconds: 5 }]);
  await continueTask({ ...message, queuedAt: Date.now() - 60_001 }, Date.now());
  expect(world.later).toHaveLength(1);
});

test.each([
  ['deleted', () => world.remove('directory', world.putEndpoint()), 'The webhook was deleted.'],
  ['disabled', () => world.putEndpoint({ active: false }), 'The webhook was disabled.'],
])('a task whose endpoint was %s stops, and says so', async (_what, change, reason) => {
  putFailed(10);
  const message = await world.start('recover');
  change();
  expect(await runToTheEnd(message)).toMatchObject({ state: 'stopped', reason, done: 0 });
  expect(world.queued).toEqual([]);
});

test('a task that was deleted with its tenant is not written again', async () => {
  putFailed(10);
  const message = await world.start('recover');
  aws.on('SendMessageBatch', () => {
    world.remove('directory', { pk: { S: 'TENANT#ten_1' }, sk: { S: 'TASK#task_1' } });
    return { Successful: [], Failed: [] };
  });
  await continueTask(message, Date.now());
  expect(await world.task()).toBeUndefined();
});
