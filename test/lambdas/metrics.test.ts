import { afterAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { DeliveryMessage } from '../../core/delivery.ts';
import { measureDelivery } from '../../lambdas/adapters/delivery-metrics.ts';
import type { DeliveryChange } from '../../lambdas/adapters/delivery-statements.ts';
import { measure, writeMetrics } from '../../lambdas/adapters/metrics.ts';

process.env.METRICS_SERVICE = 'posthorn-Platform';
const lines: string[] = [];
jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
  lines.push(String(line));
  return true;
});
beforeEach(() => void lines.splice(0));
afterAll(() => {
  jest.restoreAllMocks();
});

const DUE_AT = 1768480200_000;
const message: DeliveryMessage = {
  tenantId: 'ten_1',
  eventId: 'evt_1',
  endpointId: 'ep_0TbsgmRk5x2mQ8vYb1LzNc',
  acceptedAt: DUE_AT,
  attempt: 1,
};

function change(fields: Partial<DeliveryChange>, durationMs = 161): DeliveryChange {
  const attempt = {
    attempt: 1,
    startedAt: DUE_AT + 250,
    durationMs,
    request: { url: '', headers: {}, bodyHash: '' },
  };
  return {
    message,
    recorded: undefined,
    writer: 'w',
    eventType: 'order.paid',
    state: 'succeeded',
    changedAt: DUE_AT,
    attempt,
    ...fields,
  };
}

/** What CloudWatch would make of the one line that was written. */
function written(): { metrics: Record<string, unknown>; dimensions: unknown } {
  expect(lines).toHaveLength(1);
  const line = JSON.parse(lines[0] ?? '');
  const [{ Namespace, Dimensions, Metrics }] = line._aws.CloudWatchMetrics;
  expect(Namespace).toBe('Posthorn');
  const dimensions = Dimensions.map((names: string[]) => names.map((name) => `${name}=${line[name]}`));
  return {
    dimensions,
    metrics: Object.fromEntries(Metrics.map(({ Name }: { Name: string }) => [Name, line[Name]])),
  };
}

test('a batch is one line, with a success, a failure that is retried and one that is the last', () => {
  measureDelivery(change({}));
  measureDelivery(change({ state: 'retrying' }, 15_000));
  measureDelivery(change({ state: 'failed' }, 20));
  writeMetrics();
  expect(written()).toEqual({
    dimensions: [['service=posthorn-Platform']],
    metrics: {
      Delivered: 1,
      Failed: 1,
      FailedAttempts: [0, 1, 1],
      AttemptLatency: [161, 15_000, 20],
      DeliveryAge: [250, 250, 250],
    },
  });
});

test('no id of a tenant, an event or an endpoint is in it', () => {
  measureDelivery(change({}));
  writeMetrics();
  expect(lines[0]).not.toMatch(/ten_1|evt_1|ep_/);
});

test('a retry is as old as the time since it was due, not since its event', () => {
  const recorded = { nextAttemptAt: DUE_AT + 200 } as DeliveryChange['recorded'];
  measureDelivery(change({ recorded, message: { ...message, attempt: 2 } }));
  writeMetrics();
  expect(written().metrics).toMatchObject({ DeliveryAge: 50 });
});

test('a resend has no age, and its failure ends nothing', () => {
  measureDelivery(change({ state: 'failed', message: { ...message, resend: 'r1' } }));
  writeMetrics();
  expect(written().metrics).toEqual({ FailedAttempts: 1, AttemptLatency: 161 });
});

test.each<[string, Partial<DeliveryChange>]>([
  [
    'waited for its circuit',
    { recorded: { state: 'pending', attempts: 0, waiting: true, nextAttemptAt: 7 } },
  ],
  ['has a slot of its rate', { message: { ...message, slot: DUE_AT, slotRate: 1 } }],
  ['found no place', { message: { ...message, refusals: 2 } }],
])('what %s is as old as its endpoint wants it: it has no age', (_name, fields) => {
  measureDelivery(change(fields));
  writeMetrics();
  expect(written().metrics).toEqual({ Delivered: 1, FailedAttempts: 0, AttemptLatency: 161 });
});

test('what was discarded is neither a success nor a failure', () => {
  measureDelivery(change({ state: 'discarded', attempt: undefined }));
  writeMetrics();
  expect(lines).toEqual([]);
});

test('a call that measured nothing writes nothing, and nothing is written twice', () => {
  measure('dispatched', 3);
  writeMetrics();
  writeMetrics();
  expect(written().metrics).toEqual({ Dispatched: 3 });
});

test('the line of ten deliveries is what the cost table counts on: at most 700 bytes', () => {
  for (let n = 0; n < 10; n++) measureDelivery(change({}, 10_000));
  writeMetrics();
  expect(lines[0]?.length).toBeLessThanOrEqual(700);
});
