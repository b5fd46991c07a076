import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { PlatformSettings } from './platform-settings.ts';
import type { Queues } from './queues.ts';

const EVERY = { period: Duration.minutes(1), statistic: Stats.MAXIMUM };

/** Twice the longest delay that the queue itself carries: older than that means that deliveries fall behind. */
const OLD_DELIVERY_SECONDS = 1800;

export interface AlarmsProps {
  readonly queues: Queues;
  readonly dispatch: IFunction;
  readonly journal: IFunction;
}

/** What an operator is called for. Every description says what to do and where it is written. */
export class Alarms extends Construct {
  readonly topic: Topic;

  constructor(
    scope: Construct,
    id: string,
    settings: PlatformSettings,
    { queues, dispatch, journal }: AlarmsProps,
  ) {
    super(scope, id);
    this.topic = this.alarmTopic(settings.alarmEmail);

    this.notEmpty(
      'DeliveryDeadLetters',
      queues.deliveryDeadLetters,
      'Deliveries crashed the delivering function five times. Read its log, then redrive the queue',
      'delivery-dead-letters',
    );
    this.notEmpty(
      'FanOutDeadLetters',
      queues.fanOutDeadLetters,
      'Events with many endpoints were not dispatched in full. Read the log, then redrive the queue',
      'fan-out-dead-letters',
    );
    this.notEmpty(
      'Poison',
      queues.poison,
      'Events were stored but could not be dispatched or listed. Mend the cause, then re-dispatch them',
      'poison-records',
    );
    this.notEmpty(
      'ScheduleDeadLetters',
      queues.scheduleDeadLetters,
      'Retries that were due did not reach the delivery queue. Mend the cause, then move them there',
      'schedule-dead-letters',
    );
    this.tooOld(
      'DispatchBehind',
      dispatch.metric('IteratorAge', EVERY),
      60_000,
      'Stored events wait more than a minute to be dispatched. Look for errors of the dispatching function',
      'dispatch-behind',
    );
    this.tooOld(
      'JournalBehind',
      journal.metric('IteratorAge', EVERY),
      300_000,
      'Accepted events are listed more than five minutes late. Look for errors of the journal function',
      'journal-behind',
    );
    this.tooOld(
      'DeliveriesBehind',
      queues.delivery.metricApproximateAgeOfOldestMessage(EVERY),
      OLD_DELIVERY_SECONDS,
      'Deliveries wait more than half an hour. Raise deliverMaxConcurrency or find the slow receivers',
      'deliveries-behind',
    );
  }

  private notEmpty(id: string, queue: IQueue, advice: string, anchor: string): void {
    const metric = queue.metricApproximateNumberOfMessagesVisible(EVERY);
    this.alarm(id, metric, 0, 1, advice, anchor);
  }

  /** Five minutes in a row, so that a deploy or one throttled call wakes nobody. */
  private tooOld(id: string, metric: IMetric, threshold: number, advice: string, anchor: string): void {
    this.alarm(id, metric, threshold, 5, advice, anchor);
  }

  private alarm(
    id: string,
    metric: IMetric,
    threshold: number,
    minutes: number,
    advice: string,
    anchor: string,
  ): void {
    new Alarm(this, id, {
      metric,
      threshold,
      evaluationPeriods: minutes,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${advice}: docs/operations.md#${anchor}`,
    }).addAlarmAction(new SnsAction(this.topic));
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
