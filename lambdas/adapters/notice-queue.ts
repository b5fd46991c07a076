import type { Notice } from '../../core/notice.ts';
import { sendAll } from './delivery-queue.ts';
import { readEnvironment } from './environment.ts';

/** The queue's own limit on a message's delay, seconds. */
const MAX_DELAY_SECONDS = 900;

/**
 * Tells the alerts function. Notices are of what went wrong, so a healthy endpoint costs none.
 * @param dueAt when they are wanted, milliseconds since 1970; one further away than 15 minutes comes earlier
 */
export async function queueNotices(notices: readonly Notice[], now: number, dueAt = now): Promise<void> {
  const delay = Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil((dueAt - now) / 1000)));
  await sendAll(
    readEnvironment('noticeQueueUrl'),
    notices.map((notice) => ({
      MessageBody: JSON.stringify(notice),
      // A tenant with many failing endpoints waits behind the others' few.
      MessageGroupId: notice.tenantId ?? 'operators',
      ...(delay > 0 && { DelaySeconds: delay }),
    })),
  );
}
