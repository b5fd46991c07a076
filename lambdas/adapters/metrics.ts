import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC, METRICS_NAMESPACE, type MetricName } from '../../core/metrics.ts';
import { readEnvironment } from './environment.ts';

const MILLISECONDS: readonly MetricName[] = ['attemptLatency', 'deliveryAge', 'restingAge'];

let opened: Metrics | undefined;

function metrics(): Metrics {
  opened ??= new Metrics({ namespace: METRICS_NAMESPACE, serviceName: readEnvironment('metricsService') });
  return opened;
}

/** Adds a value to a metric. Nothing is written before {@link writeMetrics}. */
export function measure(name: MetricName, value: number): void {
  const unit = MILLISECONDS.includes(name) ? MetricUnit.Milliseconds : MetricUnit.Count;
  metrics().addMetric(METRIC[name], unit, value);
}

/**
 * Writes what was measured as one log line, from which CloudWatch makes the metrics (embedded metric format): no call of
 * AWS, and a batch of ten costs the bytes of one line.
 */
export function writeMetrics(): void {
  if (opened?.hasStoredMetrics()) opened.publishStoredMetrics();
}
