import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { addTallies, EMPTY_TALLY, type Tally, tallyChange } from '../../core/tally.ts';
import { binOf } from '../../lambdas/adapters/latency-sketch.ts';
import { readObserved } from '../../lambdas/adapters/observed-records.ts';
import { endpointOwner, tenantOwner } from '../../lambdas/adapters/stats-store.ts';
import { closeWindow, type StatsWindow } from '../../lambdas/adapters/stats-window.ts';
import { handler, type WindowedStreamEvent } from '../../lambdas/observe.ts';
import { AwsError, type FakeAws, startFakeAws } from './fake-aws.ts';
import { FakeStats } from './fake-stats.ts';
import { ENDPOINT, failed, NOON, recordOf, succeeded } from './stream-records.ts';

const OTHER = 'ep_0TbsgmRk5x2mQ8vYb1LzNd';
const WINDOW = { start: '2026-01-15T12:00:00Z', end: '2026-01-15T12:01:00Z' };
const SHARD = 'shardId-00000001768480200000-1a2b3c4d';
let aws: FakeAws;
let stats: FakeStats;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  jest.spyOn(console, 'error').mockReturnValue();
  stats = new FakeStats(aws);
});
afterAll(() => aws.close());

const observe = (Records: DynamoDBRecord[], fields: Partial<WindowedStreamEvent> = {}) =>
  handler({ Records, ...fields });
const inWindow = (Records: DynamoDBRecord[], fields: Partial<WindowedStreamEvent> = {}) =>
  observe(Records, { window: WINDOW, shardId: SHARD, ...fields });
const endpoint = (id = ENDPOINT) => stats.total(endpointOwner(id));

/** What the records say, counted one by one. */
function expected(records: DynamoDBRecord[]): Tally {
  return readObserved(records)
    .map((record) => tallyChange(record, record.at, binOf))
    .reduce(addTallies, EMPTY_TALLY);
}

test('attempts, failures by kind, ends and latencies are counted for the endpoint and its tenant', async () => {
  const records = [
    recordOf(succeeded(120)),
    recordOf(failed(503, NOON + 5)),
    recordOf({ s: 'retrying', n: 1, z: NOON, r: 'Connection timeout', f: 'timeout', m: 15_000 }),
    recordOf({ s: 'failed', n: 2, c: 404, m: 20, z: NOON, r: 'no' }, failed()),
    recordOf({ s: 'discarded', n: 0, z: NOON, r: 'gone' }, undefined, { endpointId: OTHER }),
  ];
  await observe(records);
  expect(endpoint()).toEqual({
    attempts: 4,
    successes: 1,
    failures: { '5xx': 1, timeout: 1, '4xx': 1 },
    ended: { succeeded: 1, failed: 1 },
    latencies: { [binOf(120)]: 1, [binOf(50)]: 1, [binOf(20)]: 1 },
    lastSuccessAt: NOON,
    lastFailureAt: NOON + 5,
  });
  expect(stats.total(tenantOwner('ten_1'))).toEqual({
    ...endpoint(),
    ended: { succeeded: 1, failed: 1, discarded: 1 },
  });
});

test('tests, attempts of a log, removals and what is no delivery are not counted, and sink nothing', async () => {
  const ok = recordOf(succeeded());
  const logged = { ...ok, dynamodb: { ...ok.dynamodb, Keys: { pk: { S: 'k#1' }, sk: { S: 'L1#002#w' } } } };
  const broken = { ...ok, dynamodb: { ...ok.dynamodb, NewImage: { s: { S: 'succeeded' } } } };
  const removed = { ...ok, eventName: 'REMOVE' as const };
  await observe([recordOf({ ...succeeded(), g: true }), logged, broken, removed, recordOf(succeeded())]);
  expect(endpoint().attempts).toBe(1);
});

test('while a window lasts nothing is written; it is written once at its end, however much came', async () => {
  let state: WindowedStreamEvent['state'] = {};
  for (let batch = 0; batch < 20; batch++) {
    const records = Array.from({ length: 50 }, () => recordOf(succeeded()));
    ({ state } = await inWindow(records, { state }));
  }
  expect(aws.inputsOf('BatchExecuteStatement')).toEqual([]);
  expect(await inWindow([], { state, isFinalInvokeForWindow: true })).toEqual({ state: {} });
  const [{ Statements }] = aws.inputsOf('BatchExecuteStatement');
  // The endpoint's and the tenant's.
  expect(Statements).toHaveLength(2);
  expect(aws.inputsOf('BatchExecuteStatement')).toHaveLength(1);
  expect(endpoint().attempts).toBe(1_000);
});

test('an owner is looked up once a window, however many calls touch it', async () => {
  let state: WindowedStreamEvent['state'] = {};
  for (let call = 0; call < 5; call++) ({ state } = await inWindow([recordOf(succeeded())], { state }));
  const keys = aws.inputsOf('BatchGetItem').map(({ RequestItems }) => RequestItems.stats.Keys.length);
  // The fence each time; the endpoint and the tenant the first time.
  expect(keys).toEqual([1, 2, 1, 1, 1, 1]);
});

test('a state that nears its limit of 1 MB is written early', async () => {
  const latencies = (n: number) =>
    Object.fromEntries(Array.from({ length: 400 }, (_, bin) => [bin, 1 + ((n * bin * 7919) % 99_991)]));
  const hour = NOON / 3_600_000;
  const pending = (n: number) => ({
    last: '1',
    tally: { ...EMPTY_TALLY, attempts: 1, latencies: latencies(n) },
  });
  const entries = new Map(Array.from({ length: 600 }, (_, n) => [`${hour} E#${n}`, pending(n)]));
  const window = { pending: entries, fence: 0 } as unknown as StatsWindow;
  expect(closeWindow(window)).toBeUndefined();
  const kept = closeWindow({ ...window, pending: new Map([...window.pending].slice(0, 300)) });
  expect(kept?.tallies?.length).toBeGreaterThan(300_000);
  expect(await inWindow([recordOf(succeeded())], { state: kept })).not.toEqual({ state: {} });
  expect(aws.inputsOf('BatchExecuteStatement')).toEqual([]);
  const full = zstdCompressSync(JSON.stringify([...window.pending])).toString('base64');
  expect(await inWindow([recordOf(succeeded())], { state: { tallies: full, fence: 0 } })).toEqual({
    state: {},
  });
  expect(stats.total('E#599').attempts).toBe(1);
  expect(endpoint().attempts).toBe(1);
});

test.each([undefined, WINDOW])('the same batch ten times counts once (window %j)', async (window) => {
  const records = [recordOf(succeeded()), recordOf(failed()), recordOf(succeeded())];
  for (let n = 0; n < 10; n++) {
    const { state } = await observe(records, { window, shardId: SHARD });
    await observe([], { window, shardId: SHARD, state, isFinalInvokeForWindow: true });
  }
  expect(endpoint()).toEqual(expected(records));
});

test('a batch within the same window ten times counts once', async () => {
  const records = [recordOf(succeeded()), recordOf(failed())];
  let state: WindowedStreamEvent['state'] = {};
  for (let n = 0; n < 10; n++) ({ state } = await inWindow(records, { state }));
  await inWindow([], { state, isFinalInvokeForWindow: true });
  expect(endpoint()).toEqual(expected(records));
});

test('halves of a batch whose answer was lost count what is new and nothing again', async () => {
  const [a, b, c, d, e] = Array.from({ length: 5 }, () => recordOf(succeeded())) as [
    DynamoDBRecord,
    ...DynamoDBRecord[],
  ];
  await observe([a, b!, c!, d!]);
  await observe([a, b!]);
  await observe([c!, d!, e!]);
  expect(endpoint().attempts).toBe(5);
});

test('a window that was written although its call failed, and goes on, counts nothing twice', async () => {
  const [a, b, c, d] = Array.from({ length: 4 }, () => recordOf(succeeded()));
  const { state } = await inWindow([a!]);
  stats.afterStatements = () => {
    throw new AwsError('ValidationException', 'the answer is lost');
  };
  await expect(inWindow([b!, c!], { state, isFinalInvokeForWindow: true })).rejects.toThrow('lost');
  stats.afterStatements = () => {};
  // Halved, and the window is not at its end: what was in the state is in the table.
  const half = await inWindow([b!], { state });
  const rest = await inWindow([c!, d!], { state: half.state });
  await inWindow([], { state: rest.state, isFinalInvokeForWindow: true });
  expect(endpoint().attempts).toBe(4);
});

test('records of several shards at the same time are all counted', async () => {
  const records = Array.from({ length: 30 }, () => recordOf(succeeded()));
  const shards = [0, 1, 2].map((n) => ({
    shardId: `shard-${n}`,
    records: records.filter((_, i) => i % 3 === n),
  }));
  const states = await Promise.all(
    shards.map(({ shardId, records }) => observe(records, { window: WINDOW, shardId })),
  );
  await Promise.all(
    shards.map(({ shardId }, i) =>
      observe([], { window: WINDOW, shardId, state: states[i]!.state, isFinalInvokeForWindow: true }),
    ),
  );
  expect(endpoint().attempts).toBe(30);
});

test('attempts of two hours are counted in two hours', async () => {
  await observe([recordOf(succeeded(1, NOON)), recordOf(succeeded(1, NOON + 3_600_000))]);
  const hours = [...stats.items.values()].filter(({ pk, x }) => pk.S === endpointOwner(ENDPOINT) && x);
  expect(hours.map(({ sk }) => sk.S)).toEqual(['2026-01-15T12#only', '2026-01-15T13#only']);
  expect(hours[0].ttl.N).toBe(String((NOON + 3_600_000) / 1000 + 30 * 86_400));
});

/** What Lambda may do to a shard's records: cut batches anywhere, end calls at any write, halve batches, end windows. */
const course = fc.record({
  kinds: fc.array(fc.constantFrom(200, 503, 404), { minLength: 1, maxLength: 30 }),
  owners: fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
  cuts: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 30, maxLength: 30 }),
  finals: fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
  crashes: fc.array(fc.constantFrom('none', 'none', 'before', 'between', 'after'), {
    minLength: 100,
    maxLength: 100,
  }),
});

test('a resend that fails a day after a success is a failure of its own hour, and leaves the success counted', async () => {
  const later = NOON + 24 * 3_600_000;
  const v = { c: 503, m: 50, z: later, r: 'The endpoint answered 503.' };
  await observe([recordOf(succeeded(120)), recordOf({ ...succeeded(120), u: 1, v }, succeeded(120))]);
  expect(endpoint()).toMatchObject({
    attempts: 2,
    successes: 1,
    failures: { '5xx': 1 },
    ended: { succeeded: 1 },
  });
  expect(endpoint()).toMatchObject({ lastSuccessAt: NOON, lastFailureAt: later });
});

test('whatever is cut off, halved and repeated, the sums are those of the records', async () => {
  await fc.assert(
    fc.asyncProperty(course, async ({ kinds, owners, cuts, finals, crashes }) => {
      stats.items.clear();
      const records = kinds.map((status, n) =>
        recordOf(status === 200 ? succeeded(n) : failed(status), undefined, {
          endpointId: owners[n] ? ENDPOINT : OTHER,
          eventId: `evt_${n}`,
        }),
      );
      let call = 0;
      const crash = () => {
        const plan = crashes[call++ % crashes.length];
        let statements = 0;
        const end = () => {
          throw new AwsError('ValidationException', 'cut off');
        };
        stats.beforeStatement = () => {
          if (plan === 'before' || (plan === 'between' && statements++ > 0)) end();
        };
        stats.afterStatements = () => {
          if (plan === 'after') end();
        };
      };
      /** Tries a call, halves what fails, and goes on with the state that was answered last. */
      const run = async (
        batch: DynamoDBRecord[],
        state: WindowedStreamEvent['state'],
        final: boolean,
        tries = 0,
      ): Promise<WindowedStreamEvent['state']> => {
        crash();
        if (tries > 4) stats.beforeStatement = stats.afterStatements = () => {};
        try {
          return (await inWindow(batch, { state, isFinalInvokeForWindow: final })).state;
        } catch {
          if (batch.length < 2) return run(batch, state, final, tries + 1);
          const half = Math.ceil(batch.length / 2);
          // Whether the window ends there may look otherwise the second time.
          const ends = () => finals[call % finals.length] === true;
          const first = await run(batch.slice(0, half), state, ends(), tries + 1);
          return run(batch.slice(half), first, ends(), tries + 1);
        }
      };
      let state: WindowedStreamEvent['state'] = {};
      for (let start = 0, n = 0; start < records.length; n++) {
        const size = cuts[n] ?? 1;
        state = await run(records.slice(start, start + size), state, finals[n] === true);
        start += size;
      }
      await run([], state, true, 5);
      expect(endpoint()).toEqual(expected(records.filter((_, n) => owners[n])));
      expect(endpoint(OTHER)).toEqual(expected(records.filter((_, n) => !owners[n])));
      expect(stats.total(tenantOwner('ten_1'))).toEqual(expected(records));
    }),
    { numRuns: 100 },
  );
}, 60_000);

test('a recovered delivery that fails again is told and counted once more, however often its record comes', async () => {
  const before = { ...failed(), s: 'failed' };
  const records = [recordOf(before), recordOf({ ...before, n: 2 }, before)];
  for (let time = 0; time < 3; time++) await observe(records);
  expect(endpoint()).toMatchObject({ attempts: 2, ended: { failed: 2 } });
  const told = aws.inputsOf('SendMessageBatch').flatMap(({ Entries }) => Entries);
  expect(new Set(told.map(({ MessageBody }) => JSON.parse(MessageBody).attempts))).toEqual(new Set([1, 2]));
});

test('deliveries that ended failed are told, tests and discarded ones are not, and no retry is', async () => {
  await observe([
    recordOf({ s: 'failed', n: 2, c: 404, m: 20, z: NOON, r: 'no' }, failed()),
    recordOf(failed(503, NOON + 5)),
    recordOf({ s: 'discarded', n: 0, z: NOON, r: 'gone' }),
    recordOf(succeeded(120)),
  ]);
  const notices = aws
    .inputsOf('SendMessageBatch')
    .flatMap(({ Entries }) =>
      Entries.map(({ MessageBody }: { MessageBody: string }) => JSON.parse(MessageBody)),
    );
  expect(notices).toEqual([
    expect.objectContaining({
      kind: 'delivery',
      endpointId: ENDPOINT,
      attempts: 2,
      statusCode: 404,
      error: 'no',
      at: NOON,
    }),
  ]);
  expect(notices[0].deliveryKey).toMatch(/^[0-9A-Za-z]{41}$/);
});
