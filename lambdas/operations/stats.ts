import * as z from 'zod';
import { quote, refuse } from '../../core/errors.ts';
import { END_STATES, FAILURE_KINDS } from '../../core/observed-change.ts';
import {
  countSteps,
  coverSteps,
  cutToKept,
  firstKeptHour,
  groupSteps,
  MAX_STEPS,
  type StatsRange,
  type Step,
} from '../../core/stats-range.ts';
import { addTallies, type Counts, successRate, type Tally } from '../../core/tally.ts';
import { keptDays } from '../adapters/environment.ts';
import { percentilesOf } from '../adapters/latency-sketch.ts';
import { endpointOwner, HOUR_MS, readHours, tenantOwner } from '../adapters/stats-store.ts';
import { knownTenant, requireTenant, showTime } from './common.ts';
import { requireEndpoint } from './endpoints.ts';
import { defineOperation } from './operation.ts';
import { endpointStatsQuery, statsExample, statsQuery, statsSchema } from './stats-schemas.ts';

const DESCRIPTION =
  "Counted from what happened, a minute or two late, and kept for the platform's days, whatever days a tenant's deliveries are kept for. An attempt counts in the hour in which it ended. Steps before `kept_since` are not answered: `from` says where the answer begins.";

export const statsOperations = [
  defineOperation({
    method: 'GET',
    path: '/v1/webhooks/{id}/stats',
    access: 'portal',
    summary: "Read an endpoint's statistics",
    description: DESCRIPTION,
    query: endpointStatsQuery,
    status: 200,
    response: statsSchema,
    examples: { response: statsExample },
    run: async ({ caller, params, query, now }) => {
      const endpoint = await requireEndpoint(await knownTenant(caller, query.tenant_id), params.id);
      return showStats(endpointOwner(endpoint.id), readRange(query, now), now);
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/tenants/{id}/stats',
    access: 'portal',
    summary: "Read the statistics of all of a tenant's endpoints together",
    description: `${DESCRIPTION} Deleted endpoints are in them.`,
    query: z.strictObject(statsQuery),
    status: 200,
    response: statsSchema,
    examples: { response: statsExample },
    run: async ({ caller, params, query, now }) => {
      const tenant = await requireTenant(caller, params.id, 'id');
      return showStats(tenantOwner(tenant.id), readRange(query, now), now);
    },
  }),
];

function readRange(query: { from?: number; to?: number; step: Step }, now: number): StatsRange {
  const to = query.to ?? now;
  const { from } = query;
  if (from !== undefined && from >= to) {
    throw refuse(
      'invalid_request',
      'from',
      `from is ${quote(showTime(from))}; it must be before to, ${showTime(to)}.`,
    );
  }
  const range = coverSteps({ from, to }, query.step);
  const most = MAX_STEPS[query.step];
  if (countSteps(range) > most) {
    const message = `from and to are ${countSteps(range)} ${query.step}s apart; at most ${most} are answered at once.`;
    throw refuse('invalid_request', 'from', message);
  }
  const kept = cutToKept(range, firstKeptHour(now, keptDays()));
  if (countSteps(kept) > 0) return kept;
  const message = `to is ${quote(showTime(to))}; statistics are kept for ${keptDays()} days, since ${showKeptSince(now)}.`;
  throw refuse('invalid_request', 'to', message);
}

function showKeptSince(now: number): string {
  return showTime(firstKeptHour(now, keptDays()) * HOUR_MS);
}

async function showStats(owner: string, range: StatsRange, now: number) {
  const points = groupSteps(range, await readHours(owner, range.from, range.to - 1));
  return {
    from: showTime(range.from * HOUR_MS),
    to: showTime(range.to * HOUR_MS),
    step: range.step,
    kept_since: showKeptSince(now),
    total: showTally(points.map(({ tally }) => tally).reduce(addTallies)),
    points: points.map(({ at, tally }) => ({ at: showTime(at), ...showTally(tally) })),
  };
}

function showTally(tally: Tally) {
  return {
    attempts: tally.attempts,
    successes: tally.successes,
    success_rate: successRate(tally),
    failures: showCounts(FAILURE_KINDS, tally.failures),
    deliveries: showCounts(END_STATES, tally.ended),
    latency_ms: percentilesOf(tally.latencies),
  };
}

function showCounts<Key extends string>(keys: readonly Key[], counts: Counts<Key>) {
  return Object.fromEntries(keys.map((key) => [key, counts[key] ?? 0])) as Record<Key, number>;
}
