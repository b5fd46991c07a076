import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmSpec } from './alarm-spec.ts';
import type { Api } from './api.ts';
import type { Metrics } from './metrics.ts';

export interface ErrorRateProps {
  readonly api: Api;
  readonly metrics: Metrics;
}

/** A share of fewer calls than these says little: the night's only traffic may be one dead endpoint's retries. */
const ENOUGH_CALLS = 100;

/** What goes wrong too often, whatever the load. */
export function errorRates({ api, metrics }: ErrorRateProps): AlarmSpec[] {
  const five = { period: Duration.minutes(5) };
  const share = (errors: IMetric, calls: IMetric) =>
    new MathExpression({
      expression: `IF(calls >= ${ENOUGH_CALLS}, 100 * errors / calls, 0)`,
      usingMetrics: { errors, calls },
      ...five,
    });
  return [
    {
      id: 'ApiErrors',
      metric: share(
        api.httpApi.metricServerError({ ...five, statistic: Stats.SUM }),
        api.httpApi.metricCount(five),
      ),
      threshold: 1,
      periods: 2,
      advice: 'More than one call of the API in a hundred is answered 500 or above',
    },
    {
      id: 'AttemptsFailing',
      metric: share(
        metrics.of('failedAttempts', { ...five, statistic: Stats.SUM }),
        metrics.of('failedAttempts', { ...five, statistic: Stats.SAMPLE_COUNT }),
      ),
      threshold: 50,
      periods: 3,
      advice: 'More than half of all attempts fail: either one flood, or nothing gets out of this platform',
    },
  ];
}
