import { Duration, Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { ENV } from '../core/environment-names.ts';
import { METRIC, METRICS_DIMENSION, METRICS_NAMESPACE, type MetricName } from '../core/metrics.ts';
import type { BundledFunction } from './bundled-function.ts';

/** What the functions count themselves, of this platform alone: an account may have several. */
export class Metrics extends Construct {
  private readonly service: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.service = `${Stack.of(this).stackName}-${scope.node.id}`;
  }

  /** They write metrics into their log, so no permission is needed. */
  giveMetricsTo(...functions: BundledFunction[]): void {
    for (const fn of functions) fn.addEnvironment(ENV.metricsService, this.service);
  }

  of(name: MetricName, options: MetricOptions): Metric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName: METRIC[name],
      dimensionsMap: { [METRICS_DIMENSION]: this.service },
      period: Duration.minutes(1),
      ...options,
    });
  }
}
