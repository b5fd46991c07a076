import { expect, test } from '@jest/globals';
import { observeChange, type RecordedCourse } from '../../core/observed-change.ts';

const course = (fields: Partial<RecordedCourse>): RecordedCourse => ({
  state: 'retrying',
  attempts: 1,
  ...fields,
});
const answered = (statusCode: number) =>
  course({ statusCode, durationMs: 80, error: `The endpoint answered ${statusCode}.` });

test('a delivery that succeeds at once is an attempt and an end', () => {
  const after = course({ state: 'succeeded', statusCode: 200, durationMs: 80 });
  expect(observeChange(undefined, after)).toEqual({ ended: 'succeeded', attempt: { answeredInMs: 80 } });
});

test.each([
  [answered(302), '3xx'],
  [answered(404), '4xx'],
  [answered(503), '5xx'],
  [answered(101), 'other'],
  [course({ error: 'x', durationMs: 5, failure: 'timeout' }), 'timeout'],
  [course({ error: 'x', failure: 'connection' }), 'connection'],
  [course({ error: 'x', failure: 'tls' }), 'tls'],
  [course({ error: 'x', failure: 'dns' }), 'dns'],
  [course({ error: 'x', failure: 'address_refused' }), 'other'],
  [course({ error: 'x' }), 'other'],
] as const)('%j failed by %s', (after, failure) => {
  expect(observeChange(undefined, after).attempt?.failure).toBe(failure);
});

test('an attempt without an answer has no latency', () => {
  const after = course({ error: 'x', durationMs: 15_000, failure: 'timeout' });
  expect(observeChange(undefined, after).attempt?.answeredInMs).toBeUndefined();
});

test('a resend is an attempt, and ends a failed delivery where it succeeds', () => {
  const before = course({ state: 'failed', attempts: 3, error: 'x' });
  const succeeded = course({ state: 'succeeded', attempts: 3, resends: 1, statusCode: 200, durationMs: 9 });
  expect(observeChange(before, succeeded)).toEqual({ ended: 'succeeded', attempt: { answeredInMs: 9 } });
  const failed = { ...before, resends: 1, statusCode: 500, durationMs: 9 };
  expect(observeChange(before, failed)).toEqual({ attempt: { failure: '5xx', answeredInMs: 9 } });
});

test('a resend that fails after a success is a failed attempt, and no end', () => {
  const before = course({ state: 'succeeded', statusCode: 200, durationMs: 80 });
  const after = {
    ...before,
    resends: 1,
    failedResend: { durationMs: 9, error: 'x', failure: 'dns' },
  } as const;
  expect(observeChange(before, after)).toEqual({ attempt: { failure: 'dns' } });
});

test('a recovered delivery that fails again at once ends again', () => {
  const before = course({ state: 'failed', attempts: 3, error: 'x', resends: 1 });
  const after = { ...before, attempts: 4, base: 3, statusCode: 500, durationMs: 9 };
  expect(observeChange(before, after)).toEqual({
    ended: 'failed',
    attempt: { failure: '5xx', answeredInMs: 9 },
  });
});

test.each([
  ['a resend that is asked for', course({}), course({ resend: 'r1' })],
  ['a pending delivery', undefined, course({ state: 'pending', attempts: 0 })],
  ['the same record again', course({ state: 'failed' }), course({ state: 'failed' })],
])('%s is neither an attempt nor an end', (_name, before, after) => {
  expect(observeChange(before, after)).toEqual({});
});

test('a delivery that is discarded ended without an attempt', () => {
  expect(observeChange(undefined, course({ state: 'discarded', attempts: 0, error: 'gone' }))).toEqual({
    ended: 'discarded',
  });
});
