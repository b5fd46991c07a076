import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmSpec } from './alarm-spec.ts';
import type { Metrics } from './metrics.ts';
import type { PlatformSettings } from './platform-settings.ts';

/** What goes wrong only where a deployment has asked for it. */
export function optionalAlarms(settings: PlatformSettings, metrics: Metrics): AlarmSpec[] {
  return [
    ...(settings.alertSender === undefined ? [] : [bouncedMails(metrics)]),
    ...(settings.exportExpired ? [lostExports(metrics)] : []),
  ];
}

/** SES stops an account whose mails bounce too often: one in twenty is under review, one in ten is stopped. */
function bouncedMails(metrics: Metrics): AlarmSpec {
  return {
    id: 'BouncedAlertMails',
    metric: metrics.of('bouncedAlertMails', { period: Duration.hours(1), statistic: Stats.SUM }),
    threshold: 5,
    periods: 1,
    advice:
      'More than five alerts within an hour bounced, were complained of or refused by SES. SES watches that rate',
  };
}

/** Nothing brings it again: the tables have deleted it. */
function lostExports(metrics: Metrics): AlarmSpec {
  return {
    id: 'ExpiredLost',
    metric: metrics.of('expiredLost', { statistic: Stats.SUM }),
    threshold: 0,
    periods: 1,
    advice:
      'What expired was taken neither by Firehose nor by the bucket, and is not in the export. Mend the cause first',
  };
}
