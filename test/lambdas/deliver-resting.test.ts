import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventExpiry } from '../../core/retention.ts';
import { readMessage } from '../../lambdas/adapters/delivery-queue.ts';
import { addressOf, deliveryKey, partition } from '../../lambdas/adapters/delivery-store.ts';
import { ACCEPTED_AT, deliver, ENDPOINT, messageOf, setUpDelivering, tenMessages } from './delivering.ts';
import { AwsError } from './fake-aws.ts';

const at = setUpDelivering();

/** What time it is, a minute after the events were accepted unless a test says otherwise; it goes on. */
function setClock(time: number): void {
  const began = performance.now();
  jest.spyOn(Date, 'now').mockImplementation(() => Math.round(time + performance.now() - began));
}
beforeEach(() => setClock(ACCEPTED_AT + 60_000));

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
  const endpoint = at.tables.itemsOf('directory').find(({ sk }) => sk.S === `ENDPOINT#${ENDPOINT}`);
  at.tables.put('directory', { ...endpoint, run: { N: '20' }, circuit: circuit(state), ...fields });
}

const putWaiting = (fields: object = {}) => {
  at.aws.on('BatchExecuteStatement', ({ Statements }) => ({ Responses: Statements.map(() => ({})) }));
  const address = addressOf(readMessage(messageOf(1)));
  at.tables.put('deliveries', {
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
  const { Statement, Parameters } = at.aws.inputsOf('BatchExecuteStatement').at(-1).Statements[0];
  const names = [...Statement.matchAll(/SET "(\w+)"=\?/g)].map(([, name]) => name);
  return Object.fromEntries(names.map((name, i) => [name, Object.values(Parameters[i])[0]]));
}

test('deliveries wait: two calls for ten, no request, no attempt, no retry', async () => {
  rest();
  expect(await deliver(tenMessages)).toEqual([]);
  expect(at.aws.takeNames()).toEqual(['BatchGetItem', 'BatchExecuteStatement']);
  expect(at.receiver.requests).toEqual([]);
  for (const item of at.tables.itemsOf('deliveries')) {
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
  at.aws.takeNames();
  expect(await deliver(tenMessages)).toEqual([]);
  expect(at.aws.takeNames()).toEqual(['BatchGetItem']);
});

test('a retry that comes by its schedule waits as the retry that it is', async () => {
  rest();
  putWaiting({ tpk: { S: 'retrying' }, r: { S: 'It answered 500.' }, z: { N: '7' } });
  await deliver([messageOf(1, { attempt: 3 })]);
  expect(at.receiver.requests).toEqual([]);
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
  expect(at.receiver.requests).toEqual([]);
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
  at.respond = () => ({ status: 500 });
  at.aws.takeNames();
  await deliver([messageOf(1, { attempt: 3, probe: true })]);
  expect(at.receiver.requests).toHaveLength(1);
  expect(lastUpdate()).toMatchObject({ s: 'retrying', n: '3', tpk: expect.stringMatching(/#waiting$/) });
  expect(at.aws.takeNames()).toEqual([
    'BatchGetItem',
    'BatchWriteItem',
    'BatchExecuteStatement',
    'UpdateItem',
  ]);
});

test('a probe whose last attempt fails ends its delivery, as the dialect says', async () => {
  rest();
  putWaiting({ n: { N: '9' } });
  at.respond = () => ({ status: 500 });
  await deliver([messageOf(1, { attempt: 10, probe: true })]);
  expect(lastUpdate()).toMatchObject({ s: 'failed', n: '10', tpk: expect.stringMatching(/#failed$/) });
});

test('a delivery that waited is sent while the circuit drains, and what comes new goes straight out', async () => {
  rest('draining', { run: { N: '0' } });
  putWaiting();
  await deliver([messageOf(2)]);
  await deliver([messageOf(1, { attempt: 3 })]);
  expect(at.receiver.requests).toHaveLength(2);
  expect(lastUpdate()).toMatchObject({ s: 'succeeded', n: '3' });
  expect(lastUpdate()).not.toHaveProperty('tpk');
});

test('a delivery that waited is not sent before its time, but is a retry like any other again', async () => {
  rest('draining');
  putWaiting({ w: { N: String(Date.now() + 300_000) } });
  await deliver([messageOf(1, { attempt: 3 })]);
  expect(at.receiver.requests).toEqual([]);
  expect(lastUpdate()).toMatchObject({ s: 'retrying', n: '2', tpk: expect.stringMatching(/#retrying$/) });
});

test('what waited for an endpoint that was disabled meanwhile is discarded, with the reason', async () => {
  rest('open', { active: { BOOL: false } });
  putWaiting();
  await deliver([messageOf(1, { attempt: 3 })]);
  expect(at.receiver.requests).toEqual([]);
  expect(lastUpdate()).toMatchObject({ s: 'discarded', r: expect.stringMatching(/disabled/) });
});

test('whatever comes asks again for a turn that was lost', async () => {
  rest('open', { circuit: { M: { ...circuit('open').M, turn_at: { N: '1' } } } });
  at.aws.on('UpdateItem', () => ({ Attributes: { circuit: circuit('open') } }));
  await deliver([messageOf(1)], 2);
  expect(at.aws.takeNames()).toContain('UpdateItem');
});

describe('a delivery whose event may be deleted before its endpoint is well', () => {
  const DAY_MS = 86_400_000;
  const at8Days = (ms: number) => new Date(ACCEPTED_AT + 8 * DAY_MS + ms).toISOString().slice(0, 19);
  const schedules = () => at.aws.inputsOf('CreateSchedule');

  beforeEach(() => {
    const ofOneDay = { k: { N: '1' }, ttl: { N: String(eventExpiry(ACCEPTED_AT, 1)) } };
    for (const event of at.tables.itemsOf('events')) at.tables.put('events', { ...event, ...ofOneDay });
  });

  test('gets a last attempt hours before, asked for before it is recorded as waiting', async () => {
    rest('open', { circuit: circuit('open') });
    setClock(ACCEPTED_AT + 2 * DAY_MS);
    await deliver([messageOf(1)]);
    const [schedule] = schedules();
    expect(at.aws.takeNames().slice(-2)).toEqual(['CreateSchedule', 'BatchExecuteStatement']);
    expect(schedule.ScheduleExpression).toBe(`at(${at8Days(-6 * 3_600_000)})`);
    expect(readMessage(schedule.Target.Input)).toMatchObject({ attempt: 1, last: true });
    expect(schedule.Name).toMatch(/-1-last$/);
  });

  test('gets it after its probe was recorded: where planning fails, the probe comes back and makes no request', async () => {
    rest('open', { circuit: circuit('open') });
    setClock(ACCEPTED_AT + 2 * DAY_MS);
    putWaiting();
    at.respond = () => ({ status: 500 });
    at.aws.on('CreateSchedule', () => {
      throw new AwsError('ValidationException');
    });
    const probe = messageOf(1, { attempt: 3, probe: true });
    expect(await deliver([probe])).toHaveLength(1);
    expect(lastUpdate()).toMatchObject({ n: '3', tpk: expect.stringMatching(/#waiting$/) });
    putWaiting({ n: { N: '3' }, w: { N: String(Date.now() + 300_000) } });
    expect(await deliver([probe], 2)).toHaveLength(1);
    at.aws.on('CreateSchedule', () => undefined);
    expect(await deliver([probe], 3)).toEqual([]);
    expect(readMessage(schedules().at(-1).Target.Input)).toMatchObject({ attempt: 4, last: true });
    expect(at.receiver.requests).toHaveLength(1);
    expect(at.aws.inputsOf('BatchExecuteStatement')).toHaveLength(1);
  });

  test('gets none while it is young, as all of them are where tenants keep deliveries for long', async () => {
    rest('open', { circuit: circuit('open') });
    await deliver([messageOf(1)]);
    expect(schedules()).toEqual([]);
  });

  test('ends failed by its last attempt, with the reason', async () => {
    rest();
    putWaiting();
    at.respond = () => ({ status: 500 });
    await deliver([messageOf(1, { attempt: 3, last: true })]);
    expect(at.receiver.requests).toHaveLength(1);
    expect(lastUpdate()).toMatchObject({
      s: 'failed',
      n: '3',
      r: expect.stringMatching(/500.*rested until/),
    });
  });

  test('is left alone by a last attempt that another was before, or once it waits no longer', async () => {
    rest('draining');
    putWaiting();
    await deliver([messageOf(1, { attempt: 2, last: true })]);
    putWaiting({ tpk: { S: 'retrying' } });
    await deliver([messageOf(1, { attempt: 3, last: true })]);
    expect(at.receiver.requests).toEqual([]);
  });
});
