import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { acceptEvent } from '../../core/accept-event.ts';
import type { DeliveryMessage } from '../../core/delivery.ts';
import { DIALECTS } from '../../core/dialects/index.ts';
import { printMessage, readMessage } from '../../lambdas/adapters/delivery-queue.ts';
import { addressOf, deliveryKey, partition } from '../../lambdas/adapters/delivery-store.ts';
import { putEvent } from '../../lambdas/adapters/event-store.ts';
import { handler } from '../../lambdas/deliver.ts';
import { type Answer, type Receiver, startReceiver } from '../fixtures/receivers/receiver.ts';
import { verifyStandard } from '../fixtures/receivers/standard.ts';
import { storedEndpoint } from './adapters/endpoints.ts';
import { AwsError, type FakeAws, startFakeAws } from './fake-aws.ts';
import { FakeTables } from './fake-tables.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ENDPOINT = 'ep_0TbsgmRk5x2mQ8vYb1LzNc';
const ACCEPTED_AT = 1768480200_000;
let aws: FakeAws;
let tables: FakeTables;
let receiver: Receiver;
let respond: (n: number, body: string) => Answer | undefined;

beforeAll(async () => {
  process.env.ALLOW_LOCAL_RECEIVERS = 'true';
  aws = await startFakeAws();
  process.env.FAN_OUT_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/fan-out`;
});
beforeEach(async () => {
  aws.reset();
  jest.spyOn(console, 'error').mockReturnValue();
  jest.spyOn(console, 'info').mockReturnValue();
  tables = new FakeTables(aws);
  respond = () => undefined;
  receiver = await startReceiver({
    secret: SECRET,
    verify: verifyStandard,
    respond: (n, { body }) => respond(n, body),
  });
  await putEndpoint(ENDPOINT);
  for (let n = 0; n < 10; n++) await publish(n);
  aws.takeNames();
});
afterEach(() => receiver.close());
afterAll(() => aws.close());

async function putEndpoint(id: string, active = true): Promise<void> {
  const signing = [{ kind: 'hmac', value: SECRET }];
  const { sealed, wrappedKey } = await storedEndpoint({ id }, { signing });
  tables.put('directory', {
    pk: { S: 'TENANT#ten_1' },
    sk: { S: `ENDPOINT#${id}` },
    dialect: { S: 'standard' },
    url: { S: receiver.url },
    events: { L: [{ S: '*' }] },
    active: { BOOL: active },
    created_at: { N: '1' },
    updated_at: { N: '1' },
    sealed: { B: Buffer.from(sealed).toString('base64') },
    wrapped_key: { B: Buffer.from(wrappedKey).toString('base64') },
  });
}

async function publish(n: number): Promise<void> {
  const input = { id: `evt_${n}`, type: 'order.paid', data: { n } };
  await putEvent(acceptEvent(DIALECTS.standard, 'ten_1', input, ACCEPTED_AT));
}

function messageOf(n: number, fields: Partial<DeliveryMessage> = {}): string {
  const message = { tenantId: 'ten_1', eventId: `evt_${n}`, endpointId: ENDPOINT, acceptedAt: ACCEPTED_AT };
  return printMessage({ ...message, attempt: 1, ...fields });
}

async function deliver(bodies: string[], receiveCount = 1): Promise<string[]> {
  const Records = bodies.map((body, i) => ({
    body,
    messageId: `m${i}`,
    receiptHandle: `r${i}`,
    attributes: { ApproximateReceiveCount: String(receiveCount) },
  }));
  const { batchItemFailures } = await handler({ Records } as unknown as SQSEvent);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

const tenMessages = Array.from({ length: 10 }, (_, n) => messageOf(n));
const statesOf = () => tables.itemsOf('deliveries').map(({ e, s, n }) => `${e.S} ${s?.S} ${n?.N}`);

test('ten deliveries that succeed cost two calls: one reads, one records', async () => {
  await deliver([messageOf(0)]); // opens the tenant's data key, once per container
  aws.takeNames();
  expect(await deliver(tenMessages.slice(1))).toEqual([]);
  expect(aws.takeNames()).toEqual(['BatchGetItem', 'BatchExecuteStatement']);
  expect(receiver.requests.every(({ verdict }) => verdict.ok)).toBe(true);
  expect(statesOf()).toHaveLength(10);
});

test('a batch that is delivered twice is sent once', async () => {
  await deliver(tenMessages);
  expect(await deliver(tenMessages, 2)).toEqual([]);
  expect(receiver.requests).toHaveLength(10);
});

test('two copies of a message in one batch are one request', async () => {
  expect(await deliver([messageOf(1), messageOf(1)])).toEqual([]);
  expect(receiver.requests).toHaveLength(1);
});

test('an endpoint that answers 500 is a result, and its retry is on its way before the message is done', async () => {
  respond = (_, body) => (body.includes('"n":3') ? { status: 500 } : undefined);
  expect(await deliver(tenMessages)).toEqual([]);
  const [{ Entries }] = aws.inputsOf('SendMessageBatch');
  expect(Entries).toHaveLength(1);
  expect(readMessage(Entries[0].MessageBody)).toMatchObject({ eventId: 'evt_3', attempt: 2 });
  // 5 s, give or take the dialect's tenth; the queue counts whole seconds.
  expect([5, 6]).toContain(Entries[0].DelaySeconds);
  expect(statesOf()).toContain('evt_3 retrying 1');
});

test('a message that came back after its attempt was recorded puts the retry on its way, and sends nothing', async () => {
  respond = () => ({ status: 500 });
  await deliver([messageOf(1)]);
  aws.takeNames();
  expect(await deliver([messageOf(1)], 2)).toEqual([]);
  expect(receiver.requests).toHaveLength(1);
  expect(aws.takeNames()).toEqual(['BatchGetItem', 'SendMessageBatch']);
});

describe('one of a batch', () => {
  test.each(['not a message', '{"t":"ten_1"}', ''])('that is %j fails alone', async (body) => {
    expect(await deliver([messageOf(1), body, messageOf(2)])).toEqual(['m1']);
    expect(receiver.requests).toHaveLength(2);
  });

  test.each([1, 2])(
    'whose event cannot be read fails alone, at its receive number %i',
    async (receiveCount) => {
      const [event] = tables.itemsOf('events');
      tables.put('events', { ...event, d: { B: 'AAAA' } });
      expect(await deliver(tenMessages, receiveCount)).toEqual(['m0']);
      expect(jest.mocked(console.error).mock.lastCall?.[0]).toMatchObject({
        tenantId: 'ten_1',
        eventId: 'evt_0',
        endpointId: ENDPOINT,
        deliveryId: expect.stringMatching(/^del_0TbsgmRk5x2mQ8vYb1LzNc/),
        attempt: 1,
      });
      expect(receiver.requests).toHaveLength(9);
    },
  );

  test('whose secrets do not open fails alone', async () => {
    const { sealed } = await storedEndpoint({ id: 'another' }, {});
    const [endpoint] = tables.itemsOf('directory');
    const broken = {
      ...endpoint,
      sk: { S: 'ENDPOINT#ep_1' },
      sealed: { B: Buffer.from(sealed).toString('base64') },
    };
    tables.put('directory', broken);
    expect(await deliver([messageOf(1), messageOf(2, { endpointId: 'ep_1' }), messageOf(3)])).toEqual(['m1']);
    expect(statesOf().sort()).toEqual(['evt_1 succeeded 1', 'evt_3 succeeded 1']);
  });

  test('that is slow does not hold back the record of the others for more than a second', async () => {
    respond = (_, body) => (body.includes('"n":9') ? { delayMs: 1_500 } : undefined);
    const startedAt = performance.now();
    let recordedAfter = Number.POSITIVE_INFINITY;
    const watch = setInterval(() => {
      if (statesOf().length === 9) recordedAfter = Math.min(recordedAfter, performance.now() - startedAt);
    }, 20);
    await deliver(tenMessages);
    clearInterval(watch);
    expect(recordedAfter).toBeLessThan(1_000);
    expect(statesOf()).toHaveLength(10);
  });
});

test.each([
  ['deleted', () => 'ep_gone', 'discarded', /deleted/],
  ['disabled', () => 'ep_off', 'discarded', /disabled/],
])('an endpoint that was %s since gets nothing, and the record says so', async (_name, id, state, words) => {
  await putEndpoint('ep_off', false);
  expect(await deliver([messageOf(1, { endpointId: id() })])).toEqual([]);
  expect(receiver.requests).toEqual([]);
  const [record] = tables.itemsOf('deliveries');
  expect(record).toMatchObject({ s: { S: state }, n: { N: '0' } });
  expect(record.r.S).toMatch(words);
});

describe('a new schedule', () => {
  const asked = { attempt: 11, base: 10 };

  /** The record of a delivery after ten attempts, or more. */
  function putRecord(state: string, fields: object = { n: { N: '10' } }, endpointId = ENDPOINT): void {
    const message = readMessage(messageOf(1, { endpointId }));
    tables.put('deliveries', {
      ...deliveryKey(addressOf(message)),
      p: { S: endpointId },
      e: { S: 'evt_1' },
      s: { S: state },
      ...fields,
    });
    aws.on('BatchExecuteStatement', ({ Statements }) => ({ Responses: Statements.map(() => ({})) }));
  }

  test.each(['failed', 'discarded'])('of one that %s begins with the first delay', async (state) => {
    putRecord(state);
    respond = () => ({ status: 500 });
    expect(await deliver([messageOf(1, asked)])).toEqual([]);
    const [{ Entries }] = aws.inputsOf('SendMessageBatch');
    expect(readMessage(Entries[0].MessageBody)).toEqual(readMessage(messageOf(1, { attempt: 12 })));
    expect([5, 6]).toContain(Entries[0].DelaySeconds);
    const [{ Statements }] = aws.inputsOf('BatchExecuteStatement');
    expect(Statements[0].Statement).toMatch(/^UPDATE .*SET "b"=\?.* WHERE .*"n"=\? AND "s"=\?$/);
    expect(Statements[0].Parameters).toContainEqual({ N: '10' });
  });

  test('goes on with its second delay, by what the record says', async () => {
    putRecord('retrying', { n: { N: '11' }, b: { N: '10' }, w: { N: '1' } });
    respond = () => ({ status: 500 });
    await deliver([messageOf(1, { attempt: 12 })]);
    const [{ Entries }] = aws.inputsOf('SendMessageBatch');
    // 5 minutes, give or take a tenth.
    expect(Math.abs(Entries[0].DelaySeconds - 300)).toBeLessThanOrEqual(31);
  });

  test('ends after as many attempts as the first had', async () => {
    putRecord('retrying', { n: { N: '19' }, b: { N: '10' }, w: { N: '1' } });
    respond = () => ({ status: 500 });
    await deliver([messageOf(1, { attempt: 20 })]);
    // The last call tells the endpoint.
    expect(aws.takeNames()).toEqual([
      'BatchGetItem',
      'BatchWriteItem',
      'BatchExecuteStatement',
      'UpdateItem',
    ]);
  });

  test('that cannot begin leaves the delivery failed, so that it can be recovered later', async () => {
    await putEndpoint('ep_off', false);
    for (const endpointId of ['ep_off', 'ep_gone']) {
      putRecord('failed', undefined, endpointId);
      expect(await deliver([messageOf(1, { ...asked, endpointId })])).toEqual([]);
    }
    expect(receiver.requests).toEqual([]);
    expect(aws.inputsOf('BatchExecuteStatement')).toEqual([]);
  });

  test('that is asked for again after its first attempt was recorded sends nothing', async () => {
    putRecord('retrying', { n: { N: '11' }, b: { N: '10' }, w: { N: String(Date.now() + 5_000) } });
    expect(await deliver([messageOf(1, asked)])).toEqual([]);
    putRecord('succeeded', { n: { N: '11' }, b: { N: '10' } });
    expect(await deliver([messageOf(1, asked)])).toEqual([]);
    expect(receiver.requests).toEqual([]);
  });
});

test('a table that does not answer fails the call, and nothing was sent', async () => {
  aws.on('BatchGetItem', () => {
    throw new AwsError('ValidationException', 'no such table');
  });
  await expect(deliver(tenMessages)).rejects.toThrow('no such table');
  expect(receiver.requests).toEqual([]);
});

describe('at an endpoint that rests', () => {
  const circuit = (state: string) => ({
    M: {
      state: { S: state },
      id: { N: '1' },
      since: { N: '1' },
      turn: { N: '3' },
      turn_at: { N: String(Date.now() + 60_000) },
    },
  });

  function rest(state = 'open', fields: object = {}): void {
    const endpoint = tables.itemsOf('directory').find(({ sk }) => sk.S === `ENDPOINT#${ENDPOINT}`);
    tables.put('directory', { ...endpoint, run: { N: '20' }, circuit: circuit(state), ...fields });
  }

  const putWaiting = (fields: object = {}) => {
    aws.on('BatchExecuteStatement', ({ Statements }) => ({ Responses: Statements.map(() => ({})) }));
    const address = addressOf(readMessage(messageOf(1)));
    tables.put('deliveries', {
      ...deliveryKey(address),
      tpk: { S: `${partition(address)}#waiting` },
      tsk: { S: address.order },
      s: { S: 'retrying' },
      n: { N: '2' },
      w: { N: String(Date.now() - 1_000) },
      ...fields,
    });
  };

  /** The attributes that the last statement sets. */
  function lastUpdate(): Record<string, unknown> {
    const { Statement, Parameters } = aws.inputsOf('BatchExecuteStatement').at(-1).Statements[0];
    const names = [...Statement.matchAll(/SET "(\w+)"=\?/g)].map(([, name]) => name);
    return Object.fromEntries(names.map((name, i) => [name, Object.values(Parameters[i])[0]]));
  }

  test('deliveries wait: two calls for ten, no request, no attempt, no retry', async () => {
    rest();
    expect(await deliver(tenMessages)).toEqual([]);
    expect(aws.takeNames()).toEqual(['BatchGetItem', 'BatchExecuteStatement']);
    expect(receiver.requests).toEqual([]);
    for (const item of tables.itemsOf('deliveries')) {
      expect(item).toMatchObject({
        s: { S: 'pending' },
        n: { N: '0' },
        tpk: { S: expect.stringMatching(/#waiting$/) },
      });
    }
  });

  test('a message whose delivery waits already is dropped without a write', async () => {
    rest();
    await deliver(tenMessages);
    aws.takeNames();
    expect(await deliver(tenMessages)).toEqual([]);
    expect(aws.takeNames()).toEqual(['BatchGetItem']);
  });

  test('a retry that comes by its schedule waits as the retry that it is', async () => {
    rest();
    putWaiting({ tpk: { S: 'retrying' }, r: { S: 'It answered 500.' }, z: { N: '7' } });
    await deliver([messageOf(1, { attempt: 3 })]);
    expect(receiver.requests).toEqual([]);
    expect(lastUpdate()).toMatchObject({
      s: 'retrying',
      n: '2',
      r: 'It answered 500.',
      z: '7',
      tpk: expect.stringMatching(/#waiting$/),
    });
  });

  test('a new schedule waits too, behind the attempts of the one before', async () => {
    rest();
    putWaiting({ tpk: { S: 'failed' }, s: { S: 'failed' }, n: { N: '10' }, w: undefined });
    await deliver([messageOf(1, { attempt: 11, base: 10 })]);
    expect(receiver.requests).toEqual([]);
    expect(lastUpdate()).toMatchObject({
      s: 'retrying',
      n: '10',
      b: '10',
      tpk: expect.stringMatching(/#waiting$/),
    });
  });

  test('a probe is sent; when it fails it waits again, and no retry is put on its way', async () => {
    rest();
    putWaiting();
    respond = () => ({ status: 500 });
    aws.takeNames();
    await deliver([messageOf(1, { attempt: 3, probe: true })]);
    expect(receiver.requests).toHaveLength(1);
    expect(lastUpdate()).toMatchObject({ s: 'retrying', n: '3', tpk: expect.stringMatching(/#waiting$/) });
    expect(aws.takeNames()).toEqual([
      'BatchGetItem',
      'BatchWriteItem',
      'BatchExecuteStatement',
      'UpdateItem',
    ]);
  });

  test('a probe whose last attempt fails ends its delivery, as the dialect says', async () => {
    rest();
    putWaiting({ n: { N: '9' } });
    respond = () => ({ status: 500 });
    await deliver([messageOf(1, { attempt: 10, probe: true })]);
    expect(lastUpdate()).toMatchObject({ s: 'failed', n: '10', tpk: expect.stringMatching(/#failed$/) });
  });

  test('a delivery that waited is sent while the circuit drains, and what comes new goes straight out', async () => {
    rest('draining', { run: { N: '0' } });
    putWaiting();
    await deliver([messageOf(2)]);
    await deliver([messageOf(1, { attempt: 3 })]);
    expect(receiver.requests).toHaveLength(2);
    expect(lastUpdate()).toMatchObject({ s: 'succeeded', n: '3' });
    expect(lastUpdate()).not.toHaveProperty('tpk');
  });

  test('a delivery that waited is not sent before its time, but is a retry like any other again', async () => {
    rest('draining');
    putWaiting({ w: { N: String(Date.now() + 300_000) } });
    await deliver([messageOf(1, { attempt: 3 })]);
    expect(receiver.requests).toEqual([]);
    expect(lastUpdate()).toMatchObject({ s: 'retrying', n: '2', tpk: expect.stringMatching(/#retrying$/) });
  });

  test('what waited for an endpoint that was disabled meanwhile is discarded, with the reason', async () => {
    rest('open', { active: { BOOL: false } });
    putWaiting();
    await deliver([messageOf(1, { attempt: 3 })]);
    expect(receiver.requests).toEqual([]);
    expect(lastUpdate()).toMatchObject({ s: 'discarded', r: expect.stringMatching(/disabled/) });
  });

  test('whatever comes asks again for a turn that was lost', async () => {
    rest('open', { circuit: { M: { ...circuit('open').M, turn_at: { N: '1' } } } });
    aws.on('UpdateItem', () => ({ Attributes: { circuit: circuit('open') } }));
    await deliver([messageOf(1)], 2);
    expect(aws.takeNames()).toContain('UpdateItem');
  });
});
