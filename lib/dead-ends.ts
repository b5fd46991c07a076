import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Queues } from './queues.ts';

/**
 * The queues whose messages move no further by themselves, so that the first one is worth a call: the alarm's name, the
 * queue, and what to do.
 */
export function listDeadEnds(
  queues: Queues,
): readonly (readonly [id: string, queue: IQueue, advice: string])[] {
  return [
    [
      'DeliveryDeadLetters',
      queues.deliveryDeadLetters,
      'Deliveries crashed the delivering function five times. Read its log, then redrive the queue',
    ],
    [
      'FanOutDeadLetters',
      queues.fanOutDeadLetters,
      'Events with many endpoints, a deletion or a task did not get to the end. Read the log, then redrive the queue',
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
    ...(queues.downloads === undefined
      ? []
      : [
          [
            'DownloadsDeadLetters',
            queues.downloads.deadLetters,
            'Reads of documents were not taken. Read the log, mend the cause, then redrive the queue',
          ] as const,
        ]),
    [
      'NoticeDeadLetters',
      queues.noticeDeadLetters,
      'People and programs were not told of what went wrong. Read the log, mend the cause, then redrive the queue',
    ],
    [
      'PoisonRecords',
      queues.poison,
      'Events were not dispatched or listed, or attempts not counted. Mend the cause, then re-dispatch them',
    ],
    [
      'ScheduleDeadLetters',
      queues.scheduleDeadLetters,
      'Retries that were due did not reach the delivery queue. Mend the cause, then move them there',
    ],
  ];
}
