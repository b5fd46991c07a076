import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { listAlarms, type Watched } from './alarm-list.ts';
import type { AlarmSpec } from './alarm-spec.ts';
import type { PlatformSettings } from './platform-settings.ts';

/** Calls an operator. Every description says what to do and where it is written. */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, settings: PlatformSettings, watched: Watched) {
    super(scope, id);
    this.topic = this.alarmTopic(settings.alarmEmail);
    this.all = listAlarms(settings, watched).map((spec) => this.alarm(spec));
  }

  /** Alarms that share no section have one of their own name. */
  private alarm({ id, metric, threshold, periods, bad, advice, section = kebab(id) }: AlarmSpec): Alarm {
    const alarm = new Alarm(this, id, {
      metric,
      threshold,
      evaluationPeriods: periods,
      datapointsToAlarm: bad,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${advice}. In the package posthorn, and its repository: docs/operations.md#${section}`,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    return alarm;
  }

  private alarmTopic(email: string | undefined): Topic {
    const topic = new Topic(this, 'Topic', { displayName: 'Webhook platform alarms', enforceSSL: true });
    // Any policy replaces the topic's implicit one, and with it CloudWatch's right to publish.
    topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}

const kebab = (id: string) => id.replace(/\B[A-Z]/g, '-$&').toLowerCase();
