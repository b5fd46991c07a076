import { describe, expect, jest, test } from '@jest/globals';
import { readMessage } from '../../lambdas/adapters/delivery-queue.ts';
import { addressOf, deliveryKey } from '../../lambdas/adapters/delivery-store.ts';
import { storedEndpoint } from './adapters/endpoints.ts';
import { deliver, ENDPOINT, messageOf, putEndpoint, setUpDelivering, tenMessages } from './delivering.ts';
import { AwsError } from './fake-aws.ts';

const at = setUpDelivering();

const statesOf = () => at.tables.itemsOf('deliveries').map(({ e, s, n }) => `${e.S} ${s?.S} ${n?.N}`);

test('ten deliveries that succeed cost two calls: one reads, one records', async () => {
  await deliver([messageOf(0)]); // opens the tenant's data key, once per container
  at.aws.takeNames();
  expect(await deliver(tenMessages.slice(1))).toEqual([]);
  expect(at.aws.takeNames()).toEqual(['BatchGetItem', 'BatchExecuteStatement']);
  expect(at.receiver.requests.every(({ verdict }) => verdict.ok)).toBe(true);
  expect(statesOf()).toHaveLength(10);
});

test('a delivery never outlives its event, though the days that are kept were raised since that was stored', async () => {
  process.env.RETENTION_DAYS = '365';
  await deliver([messageOf(1)]);
  process.env.RETENTION_DAYS = '30';
  const event = at.tables.itemsOf('events').find(({ pk }) => pk.S === 'ten_1#evt_1');
  expect(at.tables.itemsOf('deliveries').map(({ ttl }) => ttl)).toEqual([event.ttl]);
});

test('a batch that is delivered twice is sent once', async () => {
  await deliver(tenMessages);
  expect(await deliver(tenMessages, 2)).toEqual([]);
  expect(at.receiver.requests).toHaveLength(10);
});

test('two copies of a message in one batch are one request', async () => {
  expect(await deliver([messageOf(1), messageOf(1)])).toEqual([]);
  expect(at.receiver.requests).toHaveLength(1);
});

test('an endpoint that answers 500 is a result, and its retry is on its way before the message is done', async () => {
  at.respond = (_, body) => (body.includes('"n":3') ? { status: 500 } : undefined);
  expect(await deliver(tenMessages)).toEqual([]);
  const [{ Entries }] = at.aws.inputsOf('SendMessageBatch');
  expect(Entries).toHaveLength(1);
  expect(readMessage(Entries[0].MessageBody)).toMatchObject({ eventId: 'evt_3', attempt: 2 });
  // 5 s, give or take the dialect's tenth; the queue counts whole seconds.
  expect([5, 6]).toContain(Entries[0].DelaySeconds);
  expect(statesOf()).toContain('evt_3 retrying 1');
});

test('a message that came back after its attempt was recorded puts the retry on its way, and sends nothing', async () => {
  at.respond = () => ({ status: 500 });
  await deliver([messageOf(1)]);
  at.aws.takeNames();
  expect(await deliver([messageOf(1)], 2)).toEqual([]);
  expect(at.receiver.requests).toHaveLength(1);
  expect(at.aws.takeNames()).toEqual(['BatchGetItem', 'SendMessageBatch']);
});

test('what comes for a deleted tenant leaves no record; for a deleted endpoint alone it is discarded', async () => {
  const gone = { endpointId: 'ep_0TbsgmRk5x2mQ8vYb1LzNd' };
  expect(await deliver([messageOf(77, gone), messageOf(1, gone)])).toEqual([]);
  expect(at.receiver.requests).toEqual([]);
  expect(statesOf()).toEqual(['evt_1 discarded 0']);
});

describe('one of a batch', () => {
  test.each(['not a message', '{"t":"ten_1"}', ''])('that is %j fails alone', async (body) => {
    expect(await deliver([messageOf(1), body, messageOf(2)])).toEqual(['m1']);
    expect(at.receiver.requests).toHaveLength(2);
  });

  test.each([1, 2])(
    'whose event cannot be read fails alone, at its receive number %i',
    async (receiveCount) => {
      const [event] = at.tables.itemsOf('events');
      at.tables.put('events', { ...event, d: { B: 'AAAA' } });
      expect(await deliver(tenMessages, receiveCount)).toEqual(['m0']);
      expect(jest.mocked(console.error).mock.lastCall?.[0]).toMatchObject({
        tenantId: 'ten_1',
        eventId: 'evt_0',
        endpointId: ENDPOINT,
        deliveryId: expect.stringMatching(/^del_0TbsgmRk5x2mQ8vYb1LzNc/),
        attempt: 1,
      });
      expect(at.receiver.requests).toHaveLength(9);
    },
  );

  test('whose secrets do not open fails alone', async () => {
    const { sealed } = await storedEndpoint({ id: 'another' }, {});
    const [endpoint] = at.tables.itemsOf('directory');
    const broken = {
      ...endpoint,
      sk: { S: 'ENDPOINT#ep_1' },
      sealed: { B: Buffer.from(sealed).toString('base64') },
    };
    at.tables.put('directory', broken);
    expect(await deliver([messageOf(1), messageOf(2, { endpointId: 'ep_1' }), messageOf(3)])).toEqual(['m1']);
    expect(statesOf().sort()).toEqual(['evt_1 succeeded 1', 'evt_3 succeeded 1']);
  });

  test('that is slow does not hold back the record of the others for more than a second', async () => {
    at.respond = (_, body) => (body.includes('"n":9') ? { delayMs: 1_500 } : undefined);
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
  await putEndpoint(at, 'ep_off', false);
  expect(await deliver([messageOf(1, { endpointId: id() })])).toEqual([]);
  expect(at.receiver.requests).toEqual([]);
  const [record] = at.tables.itemsOf('deliveries');
  expect(record).toMatchObject({ s: { S: state }, n: { N: '0' } });
  expect(record.r.S).toMatch(words);
});

describe('a new schedule', () => {
  const asked = { attempt: 11, base: 10 };

  /** The record of a delivery after ten attempts, or more. */
  function putRecord(state: string, fields: object = { n: { N: '10' } }, endpointId = ENDPOINT): void {
    const message = readMessage(messageOf(1, { endpointId }));
    at.tables.put('deliveries', {
      ...deliveryKey(addressOf(message)),
      p: { S: endpointId },
      e: { S: 'evt_1' },
      s: { S: state },
      ...fields,
    });
    at.aws.on('BatchExecuteStatement', ({ Statements }) => ({ Responses: Statements.map(() => ({})) }));
  }

  test.each(['failed', 'discarded'])('of one that %s begins with the first delay', async (state) => {
    putRecord(state);
    at.respond = () => ({ status: 500 });
    expect(await deliver([messageOf(1, asked)])).toEqual([]);
    const [{ Entries }] = at.aws.inputsOf('SendMessageBatch');
    expect(readMessage(Entries[0].MessageBody)).toEqual(readMessage(messageOf(1, { attempt: 12 })));
    expect([5, 6]).toContain(Entries[0].DelaySeconds);
    const [{ Statements }] = at.aws.inputsOf('BatchExecuteStatement');
    expect(Statements[0].Statement).toMatch(/^UPDATE .*SET "b"=\?.* WHERE .*"n"=\? AND "s"=\?$/);
    expect(Statements[0].Parameters).toContainEqual({ N: '10' });
  });

  test('goes on with its second delay, by what the record says', async () => {
    putRecord('retrying', { n: { N: '11' }, b: { N: '10' }, w: { N: '1' } });
    at.respond = () => ({ status: 500 });
    await deliver([messageOf(1, { attempt: 12 })]);
    const [{ Entries }] = at.aws.inputsOf('SendMessageBatch');
    // 5 minutes, give or take a tenth.
    expect(Math.abs(Entries[0].DelaySeconds - 300)).toBeLessThanOrEqual(31);
  });

  test('ends after as many attempts as the first had', async () => {
    putRecord('retrying', { n: { N: '19' }, b: { N: '10' }, w: { N: '1' } });
    at.respond = () => ({ status: 500 });
    await deliver([messageOf(1, { attempt: 20 })]);
    // The last call tells the endpoint.
    expect(at.aws.takeNames()).toEqual([
      'BatchGetItem',
      'BatchWriteItem',
      'BatchExecuteStatement',
      'UpdateItem',
    ]);
  });

  test('that cannot begin leaves the delivery failed, so that it can be recovered later', async () => {
    await putEndpoint(at, 'ep_off', false);
    for (const endpointId of ['ep_off', 'ep_gone']) {
      putRecord('failed', undefined, endpointId);
      expect(await deliver([messageOf(1, { ...asked, endpointId })])).toEqual([]);
    }
    expect(at.receiver.requests).toEqual([]);
    expect(at.aws.inputsOf('BatchExecuteStatement')).toEqual([]);
  });

  test('that is asked for again after its first attempt was recorded sends nothing', async () => {
    putRecord('retrying', { n: { N: '11' }, b: { N: '10' }, w: { N: String(Date.now() + 5_000) } });
    expect(await deliver([messageOf(1, asked)])).toEqual([]);
    putRecord('succeeded', { n: { N: '11' }, b: { N: '10' } });
    expect(await deliver([messageOf(1, asked)])).toEqual([]);
    expect(at.receiver.requests).toEqual([]);
  });
});

test('a table that does not answer fails the call, and nothing was sent', async () => {
  at.aws.on('BatchGetItem', () => {
    throw new AwsError('ValidationException', 'no such table');
  });
  await expect(deliver(tenMessages)).rejects.toThrow('no such table');
  expect(at.receiver.requests).toEqual([]);
});
