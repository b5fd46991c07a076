import { afterAll, beforeAll, beforeEach, jest } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import type { FailedDelivery, Notice } from '../../core/notice.ts';
import { handler } from '../../lambdas/alerts.ts';
import { ALERT_ENVIRONMENT, FakeAlerts } from './fake-alerts.ts';
import { type FakeAws, type Input, startFakeAws } from './fake-aws.ts';

/** What the alerts function meets: AWS, what is stored and sent there, and the time. */
export const at = { now: 0 } as { aws: FakeAws; alerts: FakeAlerts; now: number };

export const ID = 'ep_0000000000000000000001';
const name = { tenantId: 'acme', endpointId: ID };

/** Before each test of a suite everything is empty, and a week has passed. */
export function setUpAlerting(): void {
  const times = jest.spyOn(Date, 'now');
  jest.spyOn(console, 'error').mockImplementation(() => {});
  jest.spyOn(console, 'info').mockImplementation(() => {});
  beforeAll(async () => {
    at.aws = await startFakeAws();
    const FAN_OUT_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/fan-out`;
    Object.assign(process.env, ALERT_ENVIRONMENT, { FAN_OUT_QUEUE_URL });
  });
  beforeEach(() => {
    at.aws.reset();
    at.alerts = new FakeAlerts(at.aws);
    // Far apart, so that nothing that is cached is still good.
    at.now += 7 * 86_400_000;
    times.mockImplementation(() => at.now);
  });
  afterAll(() => at.aws.close());
}

export function failed(n: number, more: Partial<FailedDelivery> = {}): FailedDelivery {
  const deliveryKey = `0000000000000000000001${String(n).padStart(19, '0')}`;
  const event = { eventId: `e${n}`, eventType: 'order.paid', attempts: 3 };
  return { kind: 'delivery', ...name, deliveryKey, ...event, error: `error ${n}`, at: at.now, ...more };
}

/** Calls the function with a batch of notices, or of what is none. */
export function tell(...bodies: (Notice | Input)[]) {
  const Records = bodies.map((body, i) => ({
    messageId: `m${i}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { ApproximateReceiveCount: '1' },
  }));
  return handler({ Records } as unknown as SQSEvent);
}

/** How long the queue hides a message that was received. */
const VISIBLE_AGAIN_MS = 180_000;

/** Lets the queue's delays pass: what the function asked for comes when it is due. */
export async function pass(ms: number, comesAgain: (notice: Notice) => boolean = () => false): Promise<void> {
  const end = at.now + ms;
  for (;;) {
    const next = at.alerts.queued.toSorted((a, b) => a.arrivesAt - b.arrivesAt)[0];
    if (next === undefined || next.arrivesAt > end) break;
    at.alerts.queued.splice(at.alerts.queued.indexOf(next), 1);
    at.now = next.arrivesAt;
    const { batchItemFailures } = await tell(next.notice);
    if (batchItemFailures.length > 0 && comesAgain(next.notice))
      at.alerts.queued.push({ ...next, arrivesAt: at.now + VISIBLE_AGAIN_MS });
  }
  at.now = end;
}
