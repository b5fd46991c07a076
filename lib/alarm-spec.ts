import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';

/** What an operator is called for. */
export interface AlarmSpec {
  readonly id: string;
  readonly metric: IMetric;
  /** It fires above this. */
  readonly threshold: number;
  /** How many of the last periods it looks at. */
  readonly periods: number;
  /** In how many of them, so that a deploy or one throttled call wakes nobody; in all of them where absent. */
  readonly bad?: number;
  readonly advice: string;
  /** Heading of the runbook's section, as an anchor; the alarm's own name unless several share one. */
  readonly section?: string;
}
