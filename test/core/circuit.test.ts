import { describe, expect, test } from '@jest/globals';
import {
  beginsNewRun,
  type Circuit,
  type CircuitSettings,
  drainCircuit,
  hasFailedTooLong,
  isTurnLost,
  openCircuit,
  planTurn,
  probeDelay,
  tally,
} from '../../core/circuit.ts';
import { judgeAtCircuit } from '../../core/circuit-receipt.ts';
import type { DeliveryCourse, DeliveryMessage, Receipt } from '../../core/delivery.ts';

const NOW = 1768480200_000;
const DAY = 86_400_000;
const settings: CircuitSettings = {
  failures: 20,
  firstProbeMs: 30_000,
  longestProbeMs: 900_000,
  disableAfterMs: 5 * DAY,
};
const open = openCircuit(NOW, settings);
const draining = drainCircuit(open, NOW);

describe('a tally', () => {
  const failed = (endedAt: number) => ({ delivered: false, endedAt });
  const delivered = (endedAt: number) => ({ delivered: true, endedAt });
  const because = (reason: string, endedAt: number) => ({ ...failed(endedAt), failure: { reason } });

  test('says why the last of its run failed', () => {
    expect(tally([because('b', 3), because('a', 2)]).lastFailure).toEqual({ reason: 'b' });
    expect(tally([because('a', 2), delivered(3)]).lastFailure).toBeUndefined();
  });

  test.each([
    [
      'of failures counts them all',
      [failed(1), failed(3)],
      { succeeded: false, failures: 2, firstAt: 1, lastAt: 3 },
    ],
    ['of a success has no run', [delivered(1)], { succeeded: true, failures: 0, lastAt: undefined }],
    [
      'knows when the last failure was, though a success came after',
      [delivered(3), failed(1), failed(2)],
      { succeeded: true, failures: 0, firstAt: undefined, lastAt: 2 },
    ],
    [
      'counts behind the last success, in the order of time',
      [failed(5), delivered(4), failed(2), failed(6)],
      { succeeded: true, failures: 2, firstAt: 5, lastAt: 6 },
    ],
  ])('%s', (_name, results, expected) => expect(tally(results)).toMatchObject(expected));
});

test('probes come at growing intervals, never further apart than the longest', () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 1000].map((probes) => probeDelay(probes, settings) / 1000);
  expect(delays).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
});

describe('a turn of draining', () => {
  const full = { sent: 40, underWay: 0 };
  const plan = (circuit: Partial<Circuit>, failedAt?: number, most?: number) =>
    planTurn(
      { ...draining, window: 40, ...circuit },
      { active: true, failedAt, progress: full, most },
      NOW,
      settings,
    ).next;

  test('takes a failure for new until it has seen it', () => {
    const failed = plan({}, NOW - 5);
    expect(failed).toMatchObject({ window: 20, failedAt: NOW - 5 });
    expect(plan({ failedAt: NOW - 5 }, NOW - 5).window).toBeGreaterThan(40);
    expect(plan({ failedAt: NOW - 5 }, NOW - 4).window).toBe(20);
  });

  test('grows slowly once something has failed, though a success came after', () => {
    expect(plan({}).window).toBe(50);
    expect(plan({ failedAt: NOW - 5 })).toMatchObject({ window: 42.5, failedAt: NOW - 5 });
  });

  test('has no more under way than the endpoint takes', () => expect(plan({}, undefined, 4).window).toBe(4));

  test('of an endpoint that is not active hands on as many as it can', () => {
    const view = { active: false, failedAt: NOW, progress: full };
    expect(planTurn(open, view, NOW, settings)).toMatchObject({ does: 'drain', next: { window: 500 } });
  });
});

test('a circuit that opens again while it drains goes on with the same turns', () => {
  const again = openCircuit(NOW + 9_000, settings, { ...draining, turn: 7, window: 300, probes: 4 });
  expect(again).toEqual({
    id: open.id,
    state: 'open',
    since: NOW + 9_000,
    probes: 0,
    turn: 7,
    turnAt: NOW + 39_000,
    window: 2,
  });
});

test('a turn is lost when it is late by the grace', () => {
  expect(isTurnLost(open, open.turnAt + 119_999, 120_000)).toBe(false);
  expect(isTurnLost(open, open.turnAt + 120_000, 120_000)).toBe(true);
  // Draining puts turns off by more than the shortest grace.
  expect(isTurnLost(draining, draining.turnAt + 119_999, 2_000)).toBe(false);
  expect(isTurnLost(draining, draining.turnAt + 120_000, 2_000)).toBe(true);
});

test('an endpoint that has failed for five days is disabled, and one that failed before a long silence is not', () => {
  expect(hasFailedTooLong(NOW, NOW + 5 * DAY - 1, settings)).toBe(false);
  expect(hasFailedTooLong(NOW, NOW + 5 * DAY, settings)).toBe(true);
  expect(hasFailedTooLong(undefined, NOW, settings)).toBe(false);
  expect(beginsNewRun({ run: 3, failedAt: NOW }, NOW + DAY)).toBe(false);
  expect(beginsNewRun({ run: 3, failedAt: NOW }, NOW + 2 * DAY + 1)).toBe(true);
});

describe('a message', () => {
  const message = (fields: Partial<DeliveryMessage> = {}): DeliveryMessage => ({
    tenantId: 'ten_1',
    eventId: 'evt_1',
    endpointId: 'ep_1',
    acceptedAt: NOW,
    attempt: 2,
    ...fields,
  });
  const send: Receipt = { action: 'send' };
  const resume: Receipt = { action: 'resume', attempt: 2 };
  const wait: Receipt = { action: 'wait', until: NOW + 9_000 };
  const drop: Receipt = { action: 'drop' };
  const retry = (dueAt: number, waiting = false): DeliveryCourse => ({
    state: 'retrying',
    attempts: 1,
    nextAttemptAt: dueAt,
    waiting,
  });
  const judge = (
    judged: Receipt,
    circuit?: Circuit,
    recorded?: DeliveryCourse,
    fields?: Partial<DeliveryMessage>,
    exempt = false,
  ) => judgeAtCircuit(message(fields), judged, circuit, recorded, NOW, { exempt, graceMs: 120_000 });

  test.each<[string, ReturnType<typeof judge>, string]>([
    ['at a closed circuit', judge(send), 'send'],
    ['at an open circuit', judge(send, open), 'park'],
    ['for a retry at an open circuit', judge(send, open, retry(NOW)), 'park'],
    ['that finds its retry lost at an open circuit', judge(resume, open, retry(NOW - DAY)), 'park'],
    ['that comes back too early at an open circuit', judge(wait, open, retry(NOW)), 'wait'],
    ['whose delivery waits already', judge(send, open, retry(NOW, true)), 'drop'],
    ['at a draining circuit', judge(send, draining), 'send'],
    ['for a delivery that waited', judge(send, draining, retry(NOW, true)), 'send'],
    [
      'for a delivery that waited, after the circuit closed',
      judge(send, undefined, retry(NOW, true)),
      'send',
    ],
    ['of before, for a delivery that waits', judge(wait, draining, retry(NOW, true)), 'drop'],
    ['that finds its retry lost while it waits', judge(resume, draining, retry(NOW, true)), 'drop'],
    [
      'that finds its retry lost, and no circuit is there',
      judge(resume, undefined, retry(NOW, true)),
      'resume',
    ],
    [
      'before its time, for a delivery that waited',
      judge(send, draining, retry(NOW + 9_000, true)),
      'release',
    ],
    ['before its time, for a retry on its way', judge(send, undefined, retry(NOW + 9_000)), 'wait'],
    ['that is done', judge(drop, open), 'drop'],
    ['of a probe', judge(send, open, retry(NOW, true), { probe: true }), 'send'],
    ['of a probe that is recorded', judge(wait, open, retry(NOW, true), { probe: true }), 'plan'],
    ['of a test that is recorded', judge(resume, draining, retry(NOW, true), {}, true), 'plan'],
    ['of a test that does not wait', judge(wait, open, retry(NOW), {}, true), 'wait'],
    ['of a last attempt', judge(send, open, retry(NOW, true), { last: true }), 'send'],
    ['of a resend', judge(send, open, retry(NOW, true), { resend: 'r1' }), 'send'],
    ['of a test', judge(send, open, undefined, {}, true), 'send'],
  ])('%s', (_name, receipt, action) => expect(receipt.action).toBe(action));
});
