import { Metrics } from '@aws-lambda-powertools/metrics';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Circuit, openCircuit } from '../../../core/circuit.ts';
import { LOST_AFTER_MS } from '../../../core/drain.ts';
import { addressDelivery } from '../../../core/ids.ts';
import { type CircuitTurn, readTurn } from '../../../lambdas/adapters/circuit-queue.ts';
import { takeTurn } from '../../../lambdas/adapters/circuit-turns.ts';
import { readMessage } from '../../../lambdas/adapters/delivery-queue.ts';
import { partition } from '../../../lambdas/adapters/delivery-store.ts';
import { fromItem } from '../../../lambdas/adapters/endpoint-items.ts';
import { circuitSettings } from '../../../lambdas/adapters/environment.ts';
import { printCircuit } from '../../../lambdas/adapters/health-items.ts';
import { AwsError, type FakeAws, type Input, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory } from '../fake-directory.ts';
import { holds } from '../fake-expressions.ts';

const ENDPOINT = 'ep_0TbsgmRk5x2mQ8vYb1LzNc';
const PLACE = { tenantId: 'ten_1', endpointId: ENDPOINT };
const SETTLED_MS = 90_000;
const START = 1768480200_000;
let aws: FakeAws;
let directory: FakeDirectory;
/** The index's entries of the deliveries that wait. */
let waiting: Input[];
let now: number;

beforeAll(async () => {
  aws = await startFakeAws();
  process.env.FAN_OUT_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/fan-out`;
  process.env.SETTLED_AFTER_SECONDS = String(SETTLED_MS / 1000);
});
beforeEach(() => {
  aws.reset();
  jest.spyOn(console, 'info').mockReturnValue();
  now = START;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  directory = new FakeDirectory(aws);
  waiting = [];
  aws.on('Query', (query) => {
    const values = query.ExpressionAttributeValues;
    const [from, to] = [values[':after'].S, values[':upTo'].S];
    if (from > to) throw new AwsError('ValidationException', 'The BETWEEN operator requires upper >= lower');
    const inShard = waiting.filter(
      ({ tpk, tsk }) => tpk.S === values[':pk'].S && tsk.S >= from && tsk.S <= to,
    );
    const fits = inShard.filter((item) => holds(query.FilterExpression, item, query));
    return { Items: fits.sort((a, b) => (a.tsk.S < b.tsk.S ? -1 : 1)).slice(0, query.Limit) };
  });
});
afterAll(() => aws.close());

function putEndpoint(circuit: Circuit | undefined, fields: object = {}): void {
  directory.put({
    pk: { S: 'TENANT#ten_1' },
    sk: { S: `ENDPOINT#${ENDPOINT}` },
    active: { BOOL: true },
    ...(circuit && { circuit: { M: printCircuit(circuit) } }),
    ...fields,
  });
}

const item = () => directory.find('TENANT#ten_1', `ENDPOINT#${ENDPOINT}`);
const circuitNow = () => fromItem(item()).health.circuit;
const opened = (fields: Partial<Circuit> = {}): Circuit => ({
  ...openCircuit(now - 30_000, circuitSettings()),
  ...fields,
});
const drainingSince = (since: number, fields: Partial<Circuit> = {}) =>
  opened({ state: 'draining', since, turnAt: now, ...fields });

/** A delivery of the n-th event that waits. */
function wait(n: number, dueAt = now - 1_000, attempts = 0): void {
  const address = addressDelivery(ENDPOINT, `evt_${n}`, 1768400000_000 + n);
  waiting.push({
    tpk: { S: `${partition(address)}#waiting` },
    tsk: { S: address.order },
    t: { S: 'ten_1' },
    e: { S: `evt_${n}` },
    n: { N: String(attempts) },
    w: { N: String(dueAt) },
  });
}

function turnOf(circuit: Circuit, fields: Partial<CircuitTurn> = {}): CircuitTurn {
  return { ...PLACE, circuit: circuit.id, turn: circuit.turn, ...fields };
}

/** What was put on a queue since the last look. */
function queued(queue: 'delivery' | 'fan-out'): Input[] {
  return aws
    .inputsOf('SendMessageBatch')
    .filter(({ QueueUrl }) => QueueUrl.endsWith(`/${queue}`))
    .flatMap(({ Entries }) => Entries);
}
const deliveries = () => queued('delivery').map(({ MessageBody }) => readMessage(MessageBody));
const turns = () =>
  queued('fan-out').map(({ MessageBody, DelaySeconds }) => ({
    ...readTurn(MessageBody),
    delay: DelaySeconds,
  }));

describe('a probe', () => {
  test('is the oldest delivery that is due, and the next one comes after twice as long', async () => {
    putEndpoint(opened());
    wait(1, now + 3_600_000, 3);
    for (const n of [5, 3, 4]) wait(n, now - 1_000, n === 3 ? 2 : 0);
    await takeTurn(turnOf(opened()), 'm1');
    expect(deliveries()).toEqual([expect.objectContaining({ eventId: 'evt_3', attempt: 3, probe: true })]);
    expect(circuitNow()).toMatchObject({ state: 'open', probes: 1, turn: 2, turnAt: now + 60_000 });
    expect(turns()).toEqual([expect.objectContaining({ turn: 2, delay: 60 })]);
  });

  test('is not made where nothing that waits is due, and the circuit stays open', async () => {
    putEndpoint(opened());
    wait(1, now + 3_600_000, 3);
    await takeTurn(turnOf(opened()), 'm1');
    expect(deliveries()).toEqual([]);
    expect(circuitNow()?.state).toBe('open');
    expect(turns()).toHaveLength(1);
  });

  test('is the next event where nothing waits: one more failure opens the circuit again', async () => {
    putEndpoint(opened(), { run: { N: '20' }, failing_since: { N: '7' } });
    await takeTurn(turnOf(opened()), 'm1');
    expect(fromItem(item()).health).toMatchObject({
      run: 19,
      failingSince: 7,
      circuit: { state: 'draining', since: now, turn: 2 },
    });
  });

  test('is put off where the circuit opened again meanwhile', async () => {
    const circuit = opened({ turnAt: now + 20_000 });
    putEndpoint(circuit);
    wait(1);
    await takeTurn(turnOf(circuit), 'm1');
    expect(deliveries()).toEqual([]);
    expect(turns()).toEqual([expect.objectContaining({ turn: 2, delay: 20 })]);
  });
});

test('probes and turns of draining measure how old the oldest event is that waits', async () => {
  const age = now - 1768400000_003;
  const measured = jest.spyOn(Metrics.prototype, 'addMetric');
  putEndpoint(opened());
  for (const n of [5, 3, 4]) wait(n);
  await takeTurn(turnOf(opened()), 'm1');
  const circuit = drainingSince(now - 1_000);
  putEndpoint(circuit);
  await takeTurn(turnOf(circuit), 'm2');
  expect(measured.mock.calls.map(([name, , value]) => [name, value])).toEqual([
    ['RestingAge', age],
    ['RestingAge', age],
  ]);
});

describe('a turn', () => {
  test('is taken by one message', async () => {
    putEndpoint(opened());
    wait(1);
    await takeTurn(turnOf(opened()), 'm1');
    await takeTurn(turnOf(opened()), 'm2');
    expect(deliveries()).toHaveLength(1);
  });

  test('is taken again by the message that crashed, and leaves one chain of turns', async () => {
    putEndpoint(opened());
    wait(1);
    await takeTurn(turnOf(opened()), 'm1');
    await takeTurn(turnOf(opened()), 'm1');
    expect(deliveries()).toHaveLength(1);
    const [one, other] = turns();
    aws.takeNames();
    now += 120_000;
    await takeTurn(one as CircuitTurn, 'm2');
    await takeTurn(other as CircuitTurn, 'm3');
    // The message of before comes late, for a third time.
    await takeTurn(turnOf(opened()), 'm1');
    expect(deliveries()).toHaveLength(1);
    expect(turns()).toEqual([expect.objectContaining({ turn: 3 })]);
  });

  test('that was lost goes on when its message comes back from the dead letters, under a new id', async () => {
    putEndpoint(opened());
    wait(1);
    await takeTurn(turnOf(opened()), 'm1');
    aws.takeNames();
    // What m1 asked for next never came; a redriven message has a new id, and its turn is taken.
    now += 60_000 + 120_000;
    const lost = turnOf(opened({ id: circuitNow()?.id }));
    await takeTurn(lost, 'redriven');
    expect(turns()).toEqual([expect.objectContaining({ turn: 2, delay: 30 })]);
    // A second one finds that somebody was there.
    await takeTurn(lost, 'redriven too');
    expect(turns()).toHaveLength(1);
    expect(await takeNext()).toEqual([1]);
  });

  test.each(['another circuit', 'no circuit'])('of an endpoint that has %s does nothing', async (which) => {
    putEndpoint(which === 'no circuit' ? undefined : opened({ id: 5 }));
    wait(1);
    await takeTurn(turnOf(opened()), 'm1');
    expect(deliveries()).toEqual([]);
    expect(turns()).toEqual([]);
  });
});

/** What was sent on came out: it waits no longer. */
function settle(...numbers: number[]): void {
  waiting = waiting.filter(({ e }) => !numbers.includes(Number(e.S.slice('evt_'.length))));
}

/** Takes the turn that was asked for last, a second later. @returns the numbers of the events that it sent on */
async function takeNext(): Promise<number[]> {
  const [next] = turns();
  aws.takeNames();
  now += 1_000 * (next?.delay ?? 0);
  await takeTurn(next as CircuitTurn, `m${now}`);
  return deliveries().map(({ eventId }) => Number(eventId.slice('evt_'.length)));
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n);

describe('draining', () => {
  /** A drain that has four under way, of sixty that wait. */
  async function begin(fields: Partial<Circuit> = {}): Promise<Circuit> {
    const circuit = drainingSince(now - 1_000, { window: 4, ...fields });
    putEndpoint(circuit);
    for (let n = 0; n < 60; n++) wait(n);
    await takeTurn(turnOf(circuit), 'm1');
    return circuit;
  }

  test('sends on what waited in order of age, more with every turn while all comes out well', async () => {
    const { since } = await begin();
    expect(deliveries().map(({ eventId }) => eventId)).toEqual(range(0, 4).map((n) => `evt_${n}`));
    expect(turns()).toEqual([expect.objectContaining({ turn: 2, since, delay: 1 })]);
    // By the endpoint: its tenant's other deliveries do not wait behind these.
    expect(queued('delivery').every(({ MessageGroupId }) => MessageGroupId === ENDPOINT)).toBe(true);
    settle(...range(0, 4));
    expect(await takeNext()).toEqual(range(4, 5));
    settle(...range(4, 5));
    expect(await takeNext()).toEqual(range(9, 6));
  });

  test('sends on only what there is room for beside what is under way', async () => {
    await begin();
    settle(0);
    expect(await takeNext()).toEqual([4]);
    expect(await takeNext()).toEqual([]);
    // Nothing to be done: it looks again a little later.
    expect(turns()).toEqual([expect.objectContaining({ delay: 5 })]);
    settle(2);
    expect(await takeNext()).toEqual([5]);
  });

  test('has half under way where something failed, though a success came after', async () => {
    await begin();
    settle(...range(0, 4));
    directory.update('TENANT#ten_1', `ENDPOINT#${ENDPOINT}`, { failed_at: { N: String(now + 300) } });
    expect(await takeNext()).toEqual([4, 5]);
    settle(4, 5);
    expect(await takeNext()).toEqual([6, 7]);
  });

  test('has no more under way than twice the places of its endpoint', async () => {
    const circuit = drainingSince(now - 1_000, { window: 50 });
    putEndpoint(circuit, { rate_limit: { S: '{"concurrent":3}' } });
    for (let n = 0; n < 60; n++) wait(n);
    await takeTurn(turnOf(circuit), 'm1');
    expect(deliveries()).toHaveLength(6);
  });

  test('repeats a page whose message crashed, and leaves one chain of turns', async () => {
    const circuit = await begin();
    await takeTurn(turnOf(circuit), 'm1');
    const sent = deliveries().map(({ eventId }) => eventId);
    expect(sent.slice(0, 4)).toEqual(sent.slice(4, 8));
    const [one, other] = turns();
    aws.takeNames();
    await takeTurn(one as CircuitTurn, 'm2');
    await takeTurn(other as CircuitTurn, 'm3');
    expect(turns()).toHaveLength(1);
  });

  test('is not held up by a page that was lost, and sends it again in the end', async () => {
    await begin();
    let sent: number[];
    do sent = await takeNext();
    while (sent.length === 0);
    expect(now - START).toBeGreaterThanOrEqual(LOST_AFTER_MS);
    expect(now - START).toBeLessThan(2 * LOST_AFTER_MS + 10_000);
    for (let next = 4; sent.length > 0; next += sent.length, sent = await takeNext()) {
      expect(sent).toEqual(range(next, sent.length));
      settle(...sent);
    }
    expect(waiting).toHaveLength(4);
    expect(await takeNext()).toEqual(range(0, 4));
    expect(circuitNow()?.state).toBe('draining');
  });

  test('goes on where page after page is lost', async () => {
    await begin();
    for (let next = 4; next < 10; ) {
      const sent = await takeNext();
      expect(sent).toEqual(range(next, sent.length));
      next += sent.length;
    }
    expect(now - START).toBeGreaterThanOrEqual(2 * LOST_AFTER_MS);
    expect(waiting).toHaveLength(60);
  });

  test('closes in the end though a delivery was in the dead letters, and sends it again by the last look', async () => {
    await begin();
    let sent = range(0, 4);
    do {
      settle(...sent.filter((n) => n !== 59));
      sent = await takeNext();
    } while (waiting.length > 1 || sent.length > 0);
    // Nothing new is sent for so long that all that was sent on counts as lost.
    do sent = await takeNext();
    while (sent.length === 0);
    expect(now - START).toBeGreaterThanOrEqual(LOST_AFTER_MS);
    expect(sent).toEqual([59]);
    settle(59);
    while (turns().length > 0) await takeNext();
    expect(circuitNow()).toBeUndefined();
  });

  test('looks once more when nobody can have read the circuit as open any more, and only then closes it', async () => {
    const circuit = drainingSince(now - 1_000);
    putEndpoint(circuit);
    wait(1);
    await takeTurn(turnOf(circuit), 'm1');
    settle(1);
    expect(await takeNext()).toEqual([]);
    expect(turns()).toEqual([expect.objectContaining({ lap: { sent: 0, sweep: true }, delay: 88 })]);
    // Began to wait after the circuit had left its open state, behind the turn that went by.
    wait(0, circuit.since + 40_000);
    expect(await takeNext()).toEqual([0]);
    expect(await takeNext()).toEqual([]);
    expect(circuitNow()?.state).toBe('draining');
    settle(0);
    expect(await takeNext()).toEqual([]);
    expect(circuitNow()).toBeUndefined();
    expect(turns()).toEqual([]);
  });

  test('begins anew where the circuit was open again in between', async () => {
    const circuit = drainingSince(now - 1_000, { turn: 5 });
    putEndpoint(circuit);
    wait(1, circuit.since - 600_000);
    await takeTurn(
      turnOf(circuit, { since: circuit.since - 300_000, lap: { after: 'zzz', sent: 0, sweep: true } }),
      'm1',
    );
    expect(deliveries()).toHaveLength(1);
    expect(circuitNow()?.state).toBe('draining');
  });

  test.each([
    ['disabled', () => putEndpoint(opened({ turnAt: now + 500_000 }), { active: { BOOL: false } })],
    ['deleted', () => {}],
  ])(
    'hands on at once what waits for an endpoint that was %s: delivering discards it',
    async (_name, put) => {
      put();
      for (let n = 0; n < 30; n++) wait(n);
      await takeTurn(turnOf(opened()), 'm1');
      expect(deliveries()).toHaveLength(30);
      settle(...range(0, 30));
      if (_name === 'disabled') await takeNext();
      const [{ lap, delay } = { lap: undefined, delay: 0 }] = turns();
      expect(lap).toEqual({ sent: 0, sweep: true });
      expect(delay).toBeGreaterThanOrEqual(89);
    },
  );
});
