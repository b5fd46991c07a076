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

/** How the stack of the end-to-end tests differs from `npm run local -- up`. */
export const testContext = {
  maxQueueDelaySeconds: 2,
  extraDialects: [demoDialect, twoWaysDialect],
};
