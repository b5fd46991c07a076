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

  constructor(scope: Construct, id: string, settings: PlatformSettings, watched: AlarmsProps) {
    super(scope, id);
    this.topic = this.alarmTopic(settings.alarmEmail);
    this.watchDeadEnds(watched.queues);
    this.watchDelays(watched);
  }

  /** What lies in such a queue moves no further by itself, so the first message is worth a call. */
  private watchDeadEnds(queues: Queues): void {
    const deadEnds: readonly [id: string, queue: IQueue, advice: string][] = [
      [
        'DeliveryDeadLetters',
        queues.deliveryDeadLetters,
        'Deliveries crashed the delivering function five times. Read its log, then redrive the queue',
      ],
      [
        'FanOutDeadLetters',
        queues.fanOutDeadLetters,
        'Events with many endpoints were not dispatched in full. Read the log, then redrive the queue',
      ],
      [
        'BusDeadLetters',
        queues.busDeadLetters,
        'Events from the event bus were not accepted. Read the log, mend the producer, then redrive the queue',
      ],
      [
        'DocumentsDeadLetters',
        queues.documentsDeadLetters,
        'Uploads or deletions of documents were not taken. Read the log, mend the cause, then redrive the queue',
      ],
      [
        'PoisonRecords',
        queues.poison,
        'Events were stored but could not be dispatched or listed. Mend the cause, then re-dispatch them',
      ],
      [
        'ScheduleDeadLetters',
        queues.scheduleDeadLetters,
        'Retries that were due did not reach the delivery queue. Mend the cause, then move them there',
      ],
    ];
    for (const [id, queue, advice] of deadEnds) {
      this.alarm(id, queue.metricApproximateNumberOfMessagesVisible(EVERY), 0, 1, advice);
    }
  }

  /** Five minutes in a row, so that a deploy or one throttled call wakes nobody. */
  private watchDelays({ queues, dispatch, journal }: AlarmsProps): void {
    const delays: readonly [id: string, age: IMetric, limit: number, advice: string][] = [
      [
        'DispatchBehind',
        dispatch.metric('IteratorAge', EVERY),
        60_000,
        'Stored events wait more than a minute to be dispatched. Look for errors of the dispatching function',
      ],
      [
        'JournalBehind',
        journal.metric('IteratorAge', EVERY),
        300_000,
        'Accepted events are listed more than five minutes late. Look for errors of the journal function',
      ],
      [
        'DeliveriesBehind',
        queues.delivery.metricApproximateAgeOfOldestMessage(EVERY),
        OLD_DELIVERY_SECONDS,
        'Deliveries wait more than half an hour. Raise deliverMaxConcurrency or find the slow receivers',
      ],
    ];
    for (const [id, age, limit, advice] of delays) this.alarm(id, age, limit, 5, advice);
  }

  /** The runbook's section has the alarm's own name. */
  private alarm(id: string, metric: IMetric, threshold: number, minutes: number, advice: string): void {
    const section = id.replace(/\B[A-Z]/g, '-$&').toLowerCase();
    new Alarm(this, id, {
      metric,
      threshold,
      evaluationPeriods: minutes,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${advice}: docs/operations.md#${section}`,
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
