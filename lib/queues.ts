import { Duration, Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption, type QueueProps, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MESSAGES_KEPT_DAYS } from '../core/delivery.ts';
import { ENV } from '../core/environment-names.ts';
import { allow } from './allow.ts';
import type { BundledFunction } from './bundled-function.ts';
import type { PlatformSettings } from './platform-settings.ts';

/** Seconds that the consumers may run; a queue hides a message for six times as long, as AWS advises. */
export const DELIVER_TIMEOUT_SECONDS = 45;
export const FAN_OUT_TIMEOUT_SECONDS = 60;
export const BUS_INTAKE_TIMEOUT_SECONDS = 20;
export const DOCUMENTS_INTAKE_TIMEOUT_SECONDS = 30;
export const DOWNLOADS_TIMEOUT_SECONDS = 20;
export const ALERTS_TIMEOUT_SECONDS = 30;

const MAX_RECEIVE_COUNT = 5;
const DEAD_LETTERS_KEPT = Duration.days(14);
const COMMON = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } satisfies QueueProps;
/** Nobody may name such a queue as the place for their own dead letters. */
const NOT_A_REDRIVE_TARGET = { redriveAllowPolicy: { redrivePermission: RedrivePermission.DENY_ALL } };

/** A queue that a function reads, and where what it cannot take is kept. */
export interface WorkQueue {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

/** Work on its way, and the places where work that cannot be done is kept until somebody looks. */
export class Queues extends Construct {
  /** One small message per attempt. Standard, so that a message group orders fairly without ever blocking. */
  readonly delivery: Queue;
  readonly deliveryDeadLetters: Queue;
  /** The rest of an event with many endpoints. */
  readonly fanOut: Queue;
  readonly fanOutDeadLetters: Queue;
  /** Events that producers put on the event bus. */
  readonly bus: Queue;
  /** Events from the bus that could not be accepted, whole. */
  readonly busDeadLetters: Queue;
  /** What happened to objects of the documents' bucket. */
  readonly documents: Queue;
  readonly documentsDeadLetters: Queue;
  /** Reads of documents as CloudTrail records them; only where they are what tells of downloads. */
  readonly downloads?: WorkQueue;
  /** What went wrong, for people and programs to be told of. */
  readonly notices: Queue;
  readonly noticeDeadLetters: Queue;
  /** Whole stream records that cannot be dispatched, and batches that a stream's reader gave up. */
  readonly poison: Queue;
  /** Retries that EventBridge Scheduler could not put on the delivery queue. */
  readonly scheduleDeadLetters: Queue;

  constructor(scope: Construct, id: string, settings: Pick<PlatformSettings, 'downloads'>) {
    super(scope, id);
    this.deliveryDeadLetters = this.deadLetters('DeliveryDeadLetters');
    this.delivery = this.workQueue('Delivery', this.deliveryDeadLetters, DELIVER_TIMEOUT_SECONDS);
    this.fanOutDeadLetters = this.deadLetters('FanOutDeadLetters');
    this.fanOut = this.workQueue('FanOut', this.fanOutDeadLetters, FAN_OUT_TIMEOUT_SECONDS);
    this.busDeadLetters = this.deadLetters('BusDeadLetters');
    this.bus = this.workQueue('Bus', this.busDeadLetters, BUS_INTAKE_TIMEOUT_SECONDS);
    this.documentsDeadLetters = this.deadLetters('DocumentsDeadLetters');
    this.documents = this.workQueue('Documents', this.documentsDeadLetters, DOCUMENTS_INTAKE_TIMEOUT_SECONDS);
    this.downloads = settings.downloads === 'cloudtrail' ? this.downloadsQueue() : undefined;
    this.noticeDeadLetters = this.deadLetters('NoticeDeadLetters');
    this.notices = this.workQueue('Notices', this.noticeDeadLetters, ALERTS_TIMEOUT_SECONDS);
    this.poison = this.lastResort('Poison');
    this.scheduleDeadLetters = this.lastResort('ScheduleDeadLetters');
  }

  giveDeliveryQueueTo(fn: BundledFunction): void {
    allow(fn, 'sqs', ['SendMessage'], this.delivery.queueArn);
    fn.addEnvironment(ENV.deliveryQueueUrl, this.delivery.queueUrl);
  }

  giveFanOutQueueTo(fn: BundledFunction): void {
    allow(fn, 'sqs', ['SendMessage'], this.fanOut.queueArn);
    fn.addEnvironment(ENV.fanOutQueueUrl, this.fanOut.queueUrl);
  }

  giveNoticesTo(fn: BundledFunction): void {
    allow(fn, 'sqs', ['SendMessage'], this.notices.queueArn);
    fn.addEnvironment(ENV.noticeQueueUrl, this.notices.queueUrl);
  }

  givePoisonQueueTo(fn: BundledFunction): void {
    allow(fn, 'sqs', ['SendMessage'], this.poison.queueArn);
    fn.addEnvironment(ENV.poisonQueueUrl, this.poison.queueUrl);
  }

  private downloadsQueue(): WorkQueue {
    const deadLetters = this.deadLetters('DownloadsDeadLetters');
    return { queue: this.workQueue('Downloads', deadLetters, DOWNLOADS_TIMEOUT_SECONDS), deadLetters };
  }

  private workQueue(id: string, deadLetters: Queue, timeoutSeconds: number): Queue {
    return new Queue(this, id, {
      ...COMMON,
      ...NOT_A_REDRIVE_TARGET,
      retentionPeriod: Duration.days(MESSAGES_KEPT_DAYS),
      visibilityTimeout: Duration.seconds(6 * timeoutSeconds),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }

  /** It names no source queue: that would need the source's ARN, whose redrive policy already needs this one's. */
  private deadLetters(id: string): Queue {
    return new Queue(this, id, { ...COMMON, retentionPeriod: DEAD_LETTERS_KEPT });
  }

  private lastResort(id: string): Queue {
    const queue = new Queue(this, id, {
      ...COMMON,
      ...NOT_A_REDRIVE_TARGET,
      retentionPeriod: DEAD_LETTERS_KEPT,
    });
    Validations.of(queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'Nothing consumes this queue: it is itself where undeliverable work is kept, and an alarm watches it.',
    });
    return queue;
  }
}
