import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { DeliveryMessage } from '../../../core/delivery.ts';
import { readMessage } from '../../../lambdas/adapters/delivery-queue.ts';
import { scheduleDelivery } from '../../../lambdas/adapters/retry-scheduler.ts';
import { AwsError, type FakeAws, startFakeAws } from '../fake-aws.ts';

let aws: FakeAws;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => aws.reset());
afterAll(() => aws.close());

const message: DeliveryMessage = {
  tenantId: 'ten_1',
  eventId: 'evt_1',
  endpointId: 'ep_0TbsgmRk5x2mQ8vYb1LzNc',
  acceptedAt: 1704067200_123,
  attempt: 4,
};
const DUE = Date.UTC(2026, 0, 15, 12, 30, 0);

test('a schedule puts the message on the delivery queue once, at its time, and is deleted then', async () => {
  await scheduleDelivery('del_abc', message, DUE);
  expect(aws.calls).toEqual([
    {
      name: 'CreateSchedule',
      input: expect.objectContaining({
        Name: 'del_abc-4',
        GroupName: 'posthorn-retries',
        ScheduleExpression: 'at(2026-01-15T12:30:00)',
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: 'arn:aws:sqs:us-east-1:000000000000:delivery',
          RoleArn: 'arn:aws:iam::000000000000:role/schedule',
          DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:000000000000:schedule-dead-letters' },
          Input: expect.any(String),
        },
      }),
    },
  ]);
  expect(readMessage(aws.calls[0]!.input.Target.Input)).toEqual(message);
});

test.each([
  [0, '12:30:00'],
  [1, '12:30:01'],
  [999, '12:30:01'],
  [1_000, '12:30:01'],
])('%i ms past the second: due at %s, never too early', async (ms, time) => {
  await scheduleDelivery('del_abc', message, DUE + ms);
  expect(aws.calls[0]!.input.ScheduleExpression).toBe(`at(2026-01-15T${time})`);
});

test('one that exists already is as good', async () => {
  aws.on('CreateSchedule', () => {
    throw new AwsError('ConflictException');
  });
  await expect(scheduleDelivery('del_abc', message, DUE)).resolves.toBeUndefined();
  expect(aws.calls).toHaveLength(1);
});

test('any other refusal is an error, so that the message comes back', async () => {
  aws.on('CreateSchedule', () => {
    throw new AwsError('ValidationException', 'Invalid Schedule Expression');
  });
  await expect(scheduleDelivery('del_abc', message, DUE)).rejects.toThrow('Invalid Schedule Expression');
});

test('a name fits what Scheduler takes, whatever the ids', async () => {
  await scheduleDelivery(`del_${'0Az'.repeat(13)}xx`, { ...message, attempt: 10 }, DUE);
  expect(aws.calls[0]!.input.Name).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/);
});
