import type { Dialect } from '../../core/dialects/dialect.ts';
import { DIALECTS } from '../../core/dialects/index.ts';
import { demoDialect } from '../../local/stack-settings.ts';

/**
 * Test-only: one short retry through the queue, then one that is longer than the test stack's queue may delay, which
 * therefore goes through the scheduler.
 */
export const twoWaysDialect: Dialect = {
  ...DIALECTS.standard,
  name: 'two-ways',
  title: 'Test: a retry through the queue, one through the scheduler',
  retryDelays: [1, 5],
  jitter: 0,
};

/** Test-only: one attempt, and a deadline that a test can wait for. */
export const hastyDialect: Dialect = {
  ...DIALECTS.standard,
  name: 'hasty',
  title: 'Test: one attempt of at most a second',
  timeoutMs: 1_000,
  retryDelays: [],
};

/** How the stack of the end-to-end tests differs from `npm run local -- up`. */
export const testContext = {
  exportExpired: true,
  maxQueueDelaySeconds: 2,
  retryGraceSeconds: 2,
  alertGatherSeconds: 2,
  // Suites that let hundreds of attempts fail want them made; resting endpoints have a suite and a stack of their own.
  circuitFailures: 10_000,
  extraDialects: [demoDialect, twoWaysDialect, hastyDialect],
};
