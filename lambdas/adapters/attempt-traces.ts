import type { StoredEvent } from '../../core/event.ts';
import type { DeliveryChange } from './delivery-statements.ts';
import { describeDelivery } from './delivery-store.ts';
import { newSegmentId, noteHop } from './tracing.ts';

/** Notes what came of a delivery, where its event is traced. */
export function noteDelivery(event: StoredEvent | undefined, change: DeliveryChange): void {
  if (event?.trace === undefined) return;
  const { message, attempt, state, changedAt } = change;
  noteHop(event.trace, {
    name: 'deliver',
    startedAt: attempt?.startedAt ?? changedAt,
    endedAt: changedAt,
    annotations: {
      endpoint_id: message.endpointId,
      delivery_id: String(describeDelivery(message).deliveryId),
    },
    metadata: {
      tenant_id: message.tenantId,
      event_id: message.eventId,
      attempt: attempt?.attempt ?? 0,
      state,
    },
    request: attempt && {
      segmentId: newSegmentId(),
      url: attempt.request.url,
      startedAt: attempt.startedAt,
      endedAt: attempt.startedAt + attempt.durationMs,
      status: attempt.statusCode,
      failed: state !== 'succeeded',
    },
  });
}
