import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { readNotice } from '../core/notice.ts';
import { announceKey } from './adapters/announce-key.ts';
import { type EndpointNotice, handleEndpoint } from './adapters/endpoint-notices.ts';
import { logError } from './adapters/log.ts';
import { followMail, isTopicCheck, readMailEvent } from './adapters/mail-events.ts';
import { writeMetrics } from './adapters/metrics.ts';

/** What is done as one: everything of one endpoint, or one message. */
interface Task {
  readonly messageIds: string[];
  readonly notices: EndpointNotice[];
  readonly run: (now: number) => Promise<void>;
}

/**
 * Tells people and programs of what went wrong and of what was mended: by mail, by operational webhooks, and on a bus. The
 * notices of one endpoint are taken in together. Each may come twice, and is told once.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const tasks = new Map<string, Task>();
  const failedIds: string[] = [];
  for (const record of event.Records) {
    try {
      addTask(tasks, record);
    } catch (error) {
      logError('a notice is unreadable and goes to the dead letters', error, { messageId: record.messageId });
      failedIds.push(record.messageId);
    }
  }
  const work = [...tasks].map(async ([about, { run, messageIds }]) => {
    try {
      await run(Date.now());
    } catch (error) {
      logError('a notice could not be followed; it comes back', error, { about });
      failedIds.push(...messageIds);
    }
  });
  await Promise.all(work);
  writeMetrics();
  return { batchItemFailures: failedIds.map((itemIdentifier) => ({ itemIdentifier })) };
}

function addTask(tasks: Map<string, Task>, { messageId, body }: SQSRecord): void {
  if (isTopicCheck(body)) return;
  const mailEvent = readMailEvent(body);
  const alone = (run: Task['run']) =>
    void tasks.set(messageId, { messageIds: [messageId], notices: [], run });
  if (mailEvent !== undefined) {
    alone((now) => followMail(mailEvent, now));
    return;
  }
  const notice = readNotice(body);
  if (notice.kind === 'key') {
    alone((now) => announceKey(notice, now));
    return;
  }
  const name = `${notice.tenantId} ${notice.endpointId}`;
  const known = tasks.get(name);
  const notices = known?.notices ?? [];
  const task = known ?? { messageIds: [], notices, run: (now: number) => handleEndpoint(notices, now) };
  task.messageIds.push(messageId);
  task.notices.push(notice);
  tasks.set(name, task);
}
