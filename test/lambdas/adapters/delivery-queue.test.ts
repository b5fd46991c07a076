import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeliveryMessage } from '../../../core/delivery.ts';
import {
  messageGroup,
  printMessage,
  queueDeliveries,
  readMessage,
} from '../../../lambdas/adapters/delivery-queue.ts';
import { type FakeAws, type Input, startFakeAws } from '../fake-aws.ts';

let aws: FakeAws;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => aws.reset());
afterAll(() => aws.close());

const message: DeliveryMessage = {
  tenantId: 'ten_1',
  eventId: 'evt_1',
  endpointId: 'wh_0TbsgmRk5x2mQ8vYb1LzNc',
  acceptedAt: 1704067200_123,
  attempt: 2,
};
const deliveries = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    message: { ...message, eventId: `evt_${n}` },
    delaySeconds: 0,
  }));

test('a message is read as it was printed, and is small', () => {
  const body = printMessage(message);
  expect(readMessage(body)).toEqual(message);
  expect(body).toBe('{"t":"ten_1","e":"evt_1","p":"wh_0TbsgmRk5x2mQ8vYb1LzNc","a":1704067200123,"n":2}');
});

test.each([
  '',
  'null',
  '[]',
  '{}',
  '"text"',
  'not JSON',
  '{"t":"a","e":"b","p":"c","a":1,"n":0}',
  '{"t":"a","e":"b","p":"c","a":1,"n":1.5}',
  '{"t":"a","e":"b","p":"c","a":"1","n":1}',
  '{"t":1,"e":"b","p":"c","a":1,"n":1}',
  '{"t":"a","e":"b","a":1,"n":1}',
  '{"t":"a","e":"b","p":"c","a":1,"n":1,"b":1}',
  '{"t":"a","e":"b","p":"c","a":1,"n":1,"b":"0"}',
])('%j is no delivery message', (body) => {
  expect(() => readMessage(body)).toThrow();
});

test('a message that asks for a new schedule says behind how many attempts', () => {
  const again = { ...message, attempt: 11, base: 10 };
  expect(readMessage(printMessage(again))).toEqual(again);
  expect(printMessage(again)).toMatch(/"n":11,"b":10}$/);
});

test('a message keeps its slot, by which rate it has that, and how often it was refused', () => {
  const held = { ...message, slot: 1768480200_000, slotRate: 0.5, refusals: 3 };
  expect(readMessage(printMessage(held))).toEqual(held);
});

test('first attempts wait by tenant, retries and new schedules by endpoint', () => {
  expect(messageGroup({ ...message, attempt: 1, base: 0 })).toBe('wh_0TbsgmRk5x2mQ8vYb1LzNc');
  expect(messageGroup({ ...message, attempt: 1 })).toBe('ten_1');
  expect(messageGroup(message)).toBe('wh_0TbsgmRk5x2mQ8vYb1LzNc');
});

describe('queueing', () => {
  test('25 deliveries are three calls of at most ten', async () => {
    await queueDeliveries(deliveries(25));
    const batches: Input[] = aws.inputsOf('SendMessageBatch');
    expect(batches.map(({ Entries }) => Entries.length).sort()).toEqual([10, 10, 5]);
    const bodies = batches.flatMap(({ Entries }) => Entries.map((entry: Input) => entry.MessageBody));
    expect(new Set(bodies).size).toBe(25);
  });

  test('none is no call', async () => {
    await queueDeliveries([]);
    expect(aws.calls).toEqual([]);
  });

  test('only what was refused is sent again', async () => {
    let calls = 0;
    aws.on('SendMessageBatch', ({ Entries }) => ({
      Successful: [],
      Failed: ++calls === 1 ? [{ Id: Entries[3].Id, Code: 'ServiceUnavailable', SenderFault: false }] : [],
    }));
    await queueDeliveries(deliveries(10));
    const [first, second, ...others] = aws.inputsOf('SendMessageBatch');
    expect(second.Entries).toEqual([first.Entries[3]]);
    expect(others).toEqual([]);
  });

  test('a queue that goes on refusing is an error that says what it said', async () => {
    aws.on('SendMessageBatch', ({ Entries }) => ({
      Failed: Entries.map(({ Id }: Input) => ({
        Id,
        Code: 'InternalError',
        Message: 'busy',
        SenderFault: false,
      })),
    }));
    await expect(queueDeliveries(deliveries(2))).rejects.toThrow(
      'The queue would not take 2 messages (InternalError: busy).',
    );
    expect(aws.inputsOf('SendMessageBatch')).toHaveLength(3);
  });
});
