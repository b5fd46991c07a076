import type { EndpointChange, FailedDelivery } from '../../core/notice.ts';
import {
  describeOccurrence,
  type OperationalEvent,
  type OperationalType,
} from '../../core/operational-event.ts';
import { requireDialect } from './dialects.ts';
import type { StoredEndpoint } from './endpoint-items.ts';

const TYPES: Record<EndpointChange['kind'], OperationalType> = {
  failing: 'endpoint.failing',
  recovered: 'endpoint.recovered',
  disabled: 'endpoint.disabled',
};

/** What happened to an endpoint, as its tenant and the operator are told of it. */
export function occurrencesOf(
  endpoint: Pick<StoredEndpoint, 'tenantId' | 'id' | 'url' | 'dialect'>,
  failures: readonly FailedDelivery[],
  changes: readonly EndpointChange[],
): OperationalEvent[] {
  const { tenantId, id, url } = endpoint;
  const prefix = requireDialect(endpoint.dialect).idPrefixes.delivery;
  const failed = failures.map(({ deliveryKey, eventId, eventType, attempts, error, statusCode, at }) =>
    describeOccurrence('delivery.failed', [deliveryKey, attempts], tenantId, at, {
      webhook_id: id,
      url,
      delivery_id: prefix + deliveryKey,
      event_id: eventId,
      event_type: eventType,
      attempts,
      status_code: statusCode,
      error,
      failed_at: showTime(at),
    }),
  );
  const changed = changes.map(({ kind, at, since, reason, statusCode, eventType }) =>
    describeOccurrence(TYPES[kind], [id, at], tenantId, at, {
      webhook_id: id,
      url,
      failing_since: since === undefined ? undefined : showTime(since),
      reason,
      status_code: statusCode,
      event_type: eventType,
      changed_at: showTime(at),
    }),
  );
  return [...failed, ...changed];
}

function showTime(ms: number): string {
  return new Date(ms).toISOString();
}
