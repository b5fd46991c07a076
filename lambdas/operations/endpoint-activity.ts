import { addTallies, EMPTY_TALLY, successRate } from '../../core/tally.ts';
import { readLast } from '../adapters/stats-last.ts';
import { endpointOwner, HOUR_MS, readHours } from '../adapters/stats-store.ts';
import { showTime } from './common.ts';

const HOURS = 24;

/** What reading an endpoint shows of its attempts: the last times, and the current hour with the 23 before it. */
export async function showActivity(endpointId: string, now: number) {
  const hour = Math.floor(now / HOUR_MS);
  const [hours, { lastSuccessAt, lastFailureAt }] = await Promise.all([
    readHours(endpointOwner(endpointId), hour - HOURS + 1, hour),
    readLast(endpointId),
  ]);
  return {
    last_success_at: lastSuccessAt === undefined ? undefined : showTime(lastSuccessAt),
    last_failure_at: lastFailureAt === undefined ? undefined : showTime(lastFailureAt),
    success_rate_24h: successRate([...hours.values()].reduce(addTallies, EMPTY_TALLY)),
  };
}
