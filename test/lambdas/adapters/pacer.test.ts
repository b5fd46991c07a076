import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeliveryMessage } from '../../../core/delivery.ts';
import type { RateLimit } from '../../../core/pace.ts';
import type { ReadEndpoint } from '../../../lambdas/adapters/endpoint-items.ts';
import { type Admission, Pacer } from '../../../lambdas/adapters/pacer.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory } from '../fake-directory.ts';

let aws: FakeAws;
let directory: FakeDirectory;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  directory = new FakeDirectory(aws);
});
afterAll(() => aws.close());

/** How much too early a timer of Node may fire, and two readings of a clock may round. */
const TIMER_MS = 5;

const endpointWith = (rateLimit?: RateLimit) => ({ id: 'ep_1', rateLimit }) as ReadEndpoint;
const messageOf = (n: number, fields: Partial<DeliveryMessage> = {}): DeliveryMessage => ({
  tenantId: 'ten_1',
  eventId: `evt_${n}`,
  endpointId: 'ep_1',
  acceptedAt: 1768480200_000,
  attempt: 1,
  ...fields,
});

/** Asks for all of a batch, makes requests of a length, and answers what became of each and when they began. */
async function run(limit: RateLimit | undefined, messages: DeliveryMessage[], requestMs = 0) {
  const pacer = new Pacer();
  const begun: number[] = [];
  let underWay = 0;
  let most = 0;
  const admissions = await Promise.all(
    messages.map(async (message): Promise<Admission> => {
      const admission = await pacer.admit(endpointWith(limit), message);
      if (admission.message === undefined) {
        begun.push(Date.now());
        most = Math.max(most, ++underWay);
        setTimeout(() => {
          underWay--;
          admission.done();
        }, requestMs);
      }
      return admission;
    }),
  );
  await pacer.close();
  return { begun, most, later: admissions.flatMap((one) => (one.message === undefined ? [] : [one])) };
}

const messages = (count: number) => Array.from({ length: count }, (_, n) => messageOf(n));

test('an endpoint without a limit costs no call', async () => {
  expect((await run(undefined, messages(10))).begun).toHaveLength(10);
  expect(aws.takeNames()).toEqual([]);
});

describe('a rate', () => {
  test('lets begin what is due within a second, evenly spaced, and sends the rest back with its slot', async () => {
    const startedAt = Date.now();
    const { begun, later } = await run({ perSecond: 5 }, messages(100));
    // Six slots lie within a second; on a machine that stands still between two steps it is more of them.
    expect(begun.length).toBeGreaterThanOrEqual(6);
    expect(begun.length + later.length).toBe(100);
    // None before its slot, whatever is late.
    for (const [i, at] of begun.entries()) expect(at - startedAt).toBeGreaterThanOrEqual(i * 200 - TIMER_MS);
    const slots = later.map(({ message }) => message.slot!);
    expect(new Set(slots.map((slot, i) => slot - slots[0]! - i * 200))).toEqual(new Set([0]));
    // A queue counts whole seconds: back before the slot, never a second before.
    for (const { dueAt, message } of later) expect(message.slot! - dueAt).toBeLessThan(1_000);
    expect(slots[0]).toBeGreaterThanOrEqual(startedAt + 1_200);
    // A plan and a gate: two writes for the batch.
    expect(aws.takeNames()).toEqual(['UpdateItem', 'UpdateItem']);
  });

  test('asks for nothing when a message comes before its slot', async () => {
    const slot = Date.now() + 3_600_000;
    const { begun, later } = await run({ perSecond: 5 }, [messageOf(1, { slot })]);
    expect(begun).toEqual([]);
    expect(later).toEqual([{ message: messageOf(1, { slot }), dueAt: expect.any(Number) }]);
    expect(aws.takeNames()).toEqual([]);
  });

  test('sends a probe of a circuit as soon as the gate lets it, whatever is planned', async () => {
    const far = { N: String(Date.now() + 3 * 3_600_000) };
    directory.put({ pk: { S: 'PACE#ep_1' }, sk: { S: 'PACE' }, plan: far, plan_step: { N: '200' } });
    const { begun, later } = await run({ perSecond: 5 }, [messageOf(1, { probe: true })]);
    expect([begun.length, later]).toEqual([1, []]);
    directory.update('PACE#ep_1', 'PACE', { gate: far });
    const refused = await run({ perSecond: 5 }, [messageOf(2, { probe: true })]);
    expect(refused.later[0]?.message).toEqual(messageOf(2, { probe: true, refusals: 1 }));
    expect(refused.later[0]?.dueAt).toBeLessThan(Date.now() + 60_000);
  });

  test('that is raised holds for what was planned by the one before, too', async () => {
    const { later } = await run({ perSecond: 0.01 }, messages(4));
    const planned = later.map(({ message }) => message);
    expect(planned.map(({ slotRate }) => slotRate)).toEqual([0.01, 0.01, 0.01]);
    expect(planned[2]!.slot! - Date.now()).toBeGreaterThan(290_000);
    directory.update('PACE#ep_1', 'PACE', { gate: { N: '1' } });
    const raised = await run({ perSecond: 100 }, [...planned, messageOf(5)]);
    expect(raised.begun).toHaveLength(4);
    expect(raised.later).toEqual([]);
  });

  test('lets what comes late pass one after the other, and not at once', async () => {
    const startedAt = Date.now();
    const late = Array.from({ length: 4 }, (_, n) => messageOf(n, { slot: startedAt - 60_000 + n }));
    const { begun, later } = await run({ perSecond: 10 }, late);
    expect(later).toEqual([]);
    for (const [i, at] of begun.entries()) expect(at - startedAt).toBeGreaterThanOrEqual(i * 100 - TIMER_MS);
  });

  test('plans anew what finds the gate taken for as long as anybody is held', async () => {
    const gate = { N: String(Date.now() + 60_000) };
    directory.put({ pk: { S: 'PACE#ep_1' }, sk: { S: 'PACE' }, gate });
    const { begun, later } = await run({ perSecond: 10 }, [messageOf(1, { slot: Date.now() - 1 })]);
    expect(begun).toEqual([]);
    expect(later[0]?.message.slot).toBeGreaterThan(Date.now() + 3_000);
  });
});

describe('a number of places', () => {
  test('is never exceeded: a batch takes turns at the places that it got, and gives them back', async () => {
    const { begun, most, later } = await run({ concurrent: 2 }, messages(6), 30);
    expect(begun).toHaveLength(6);
    expect(most).toBe(2);
    expect(later).toEqual([]);
    expect(directory.find('PACE#ep_1', 'PACE').places).toEqual({ M: {} });
    expect(aws.takeNames()).toEqual(['UpdateItem', 'UpdateItem']);
  });

  test('that are all taken sends back for some seconds, with no attempt spent', async () => {
    const until = { N: String(Date.now() + 30_000) };
    directory.put({ pk: { S: 'PACE#ep_1' }, sk: { S: 'PACE' }, places: { M: { a: until, b: until } } });
    const { begun, later } = await run({ concurrent: 2 }, [messageOf(1, { refusals: 3 })]);
    expect(begun).toEqual([]);
    expect(later[0]?.message).toEqual(messageOf(1, { refusals: 4 }));
    expect(later[0]?.dueAt).toBeGreaterThan(Date.now() + 1_000);
    expect(later[0]?.dueAt).toBeLessThan(Date.now() + 8_000);
  });
});

test('a store that does not answer brings the messages back', async () => {
  aws.on('UpdateItem', () => {
    throw Object.assign(new Error('no'), { code: 'ValidationException' });
  });
  await expect(run({ perSecond: 5 }, messages(2))).rejects.toThrow();
});
