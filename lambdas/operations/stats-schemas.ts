import * as z from 'zod';
import { END_STATES, FAILURE_KINDS } from '../../core/observed-change.ts';
import { MAX_STEPS } from '../../core/stats-range.ts';
import { shownTime, tenantQuery, time } from './common.ts';

const counts = <Key extends string>(keys: readonly Key[]) =>
  z.object(Object.fromEntries(keys.map((key) => [key, z.int()])) as Record<Key, z.ZodInt>);

const summary = z.object({
  attempts: z.int().meta({ description: 'Requests made.' }),
  successes: z.int().meta({ description: 'Attempts that were answered 2xx.' }),
  success_rate: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .meta({ description: 'Successes by attempts; absent where there was no attempt.' }),
  failures: counts(FAILURE_KINDS).meta({
    description: 'Attempts that failed, by the class of their status or by why there was no answer.',
  }),
  deliveries: counts(END_STATES).meta({ description: 'Deliveries that ended, by how.' }),
  latency_ms: z
    .object({ p50: z.int(), p90: z.int(), p95: z.int(), p99: z.int() })
    .optional()
    .meta({ description: 'How long answers took, within 1 %; absent where there was no answer.' }),
});

export const statsSchema = z
  .object({
    from: shownTime,
    to: shownTime,
    step: z.enum(['hour', 'day']),
    kept_since: shownTime.meta({
      description: 'The first hour that statistics are kept of. What was asked for before it is left out.',
    }),
    total: summary,
    points: z.array(summary.extend({ at: shownTime.meta({ description: 'The beginning of the step.' }) })),
  })
  .meta({
    id: 'Stats',
    description: 'Counts of attempts and of deliveries that ended; tests are not counted.',
  });

export const statsQuery = {
  from: time.optional().meta({
    description:
      'The first step is the one that it is in, or the first that is kept (`kept_since`); by default there are 24 hours, or 30 days.',
  }),
  to: time
    .optional()
    .meta({ description: 'The last step is the one that holds the moment before it; by default now.' }),
  step: z
    .enum(['hour', 'day'])
    .default('hour')
    .meta({
      description: `In UTC. At most ${MAX_STEPS.hour} hours or ${MAX_STEPS.day} days.`,
    }),
};

export const endpointStatsQuery = z.strictObject({ ...statsQuery, ...tenantQuery });

const counted = {
  attempts: 1204,
  successes: 1198,
  success_rate: 0.995,
  failures: { '3xx': 0, '4xx': 1, '5xx': 3, timeout: 2, connection: 0, tls: 0, dns: 0, other: 0 },
  deliveries: { succeeded: 1198, failed: 0, discarded: 0 },
  latency_ms: { p50: 84, p90: 190, p95: 260, p99: 1420 },
};

export const statsExample = {
  from: '2026-01-15T12:00:00Z',
  to: '2026-01-15T13:00:00Z',
  step: 'hour',
  kept_since: '2025-12-16T12:00:00Z',
  total: counted,
  points: [{ ...counted, at: '2026-01-15T12:00:00Z' }],
};
