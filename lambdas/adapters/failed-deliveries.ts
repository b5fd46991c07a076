import { countAttempts } from '../../core/delivery.ts';
import type { FailedDelivery } from '../../core/notice.ts';
import { queueNotices } from './notice-queue.ts';
import type { ObservedRecord } from './observed-records.ts';

/** Tells of deliveries that ended without success. A record that comes again is told again, and known by its delivery. */
export async function forwardFailures(records: readonly ObservedRecord[], now: number): Promise<void> {
  const failed = records.filter(({ ended }) => ended === 'failed');
  if (failed.length > 0) await queueNotices(failed.map(noticeOf), now);
}

function noticeOf({ delivery, at }: ObservedRecord): FailedDelivery {
  const { tenantId, endpointId, eventId, eventType, address, statusCode, error } = delivery;
  return {
    kind: 'delivery',
    tenantId,
    endpointId,
    deliveryKey: address.endpointKey + address.order,
    eventId,
    eventType,
    attempts: countAttempts(delivery),
    ...(error !== undefined && { error }),
    ...(statusCode !== undefined && { statusCode }),
    at,
  };
}
