import * as z from 'zod';
import { awaitsResend, countAttempts, type DeliveryState, SHOWN_STATE } from '../../core/delivery.ts';
import type { StoredEvent } from '../../core/event.ts';
import { formatDeliveryId, idKey } from '../../core/ids.ts';
import { matchesType } from '../../core/match.ts';
import { listDeliveries } from '../adapters/delivery-list.ts';
import type { DeliveryRecord } from '../adapters/delivery-store.ts';
import { requireDialect } from '../adapters/dialects.ts';
import {
  checkPeriod,
  knownTenant,
  page,
  readCursor,
  requireTenant,
  showTime,
  tenantQuery,
  writeCursor,
} from './common.ts';
import { deliveryFilter, deliveryListSchema } from './delivery-schemas.ts';
import { requireEndpoint } from './endpoints.ts';
import { eventPlaceSchema, listEventDeliveries } from './event-deliveries.ts';
import { requireEvent } from './events.ts';
import { defineOperation } from './operation.ts';

const STATES = Object.fromEntries(
  Object.entries(SHOWN_STATE).map(([state, shown]) => [shown, state]),
) as Record<(typeof SHOWN_STATE)[DeliveryState], DeliveryState>;

const listQuery = z.strictObject({ ...page, ...tenantQuery, ...deliveryFilter });
type ListQuery = z.output<typeof listQuery>;

const endpointPlaceSchema = z.tuple([z.enum(['older', 'newer']), z.string().regex(/^[!-~]{1,20}$/)]);

const PAGED =
  'A list with filters may answer fewer than asked for, or none, although `next_cursor` says that more follow.';

export const deliveryOperations = [
  defineOperation({
    method: 'GET',
    path: '/v1/webhooks/{id}/deliveries',
    access: 'portal',
    summary: "List an endpoint's deliveries, newest event first",
    description: `${PAGED} A delivery is listed once its first attempt was made; that of a test at once.`,
    query: listQuery,
    status: 200,
    response: deliveryListSchema,
    run: async ({ caller, params, query, now }) => {
      const endpoint = await requireEndpoint(await knownTenant(caller, query.tenant_id), params.id);
      const { status, event_type: eventType, test, from, to } = query;
      checkPeriod(query);
      const filter = { state: status && STATES[status], eventType, test: test && test === 'true', from, to };
      const place = readCursor(query.cursor, endpointPlaceSchema);
      const listed = await listDeliveries(idKey(endpoint.id), query.limit, filter, place);
      return showPage(listed, endpoint.dialect, now);
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/events/{id}/deliveries',
    access: 'portal',
    summary: "List an event's deliveries, by endpoint",
    description: `${PAGED} Those to deleted endpoints come last.`,
    query: listQuery,
    status: 200,
    response: deliveryListSchema,
    run: async ({ caller, params, query, now }) => {
      const tenant = await requireTenant(caller, query.tenant_id);
      const event = await requireEvent(tenant.id, params.id);
      checkPeriod(query);
      const place = readCursor(query.cursor, eventPlaceSchema);
      if (!concerns(event, query)) return showPage({ deliveries: [] }, tenant.dialect, now);
      const { status, test } = query;
      const isWanted = (delivery: DeliveryRecord) =>
        (status === undefined || status === shownStatus(delivery, now)) &&
        (test === undefined || delivery.test === (test === 'true'));
      const listed = await listEventDeliveries(tenant.id, event, query.limit, isWanted, place);
      return showPage(listed, tenant.dialect, now);
    },
  }),
];

/** Whether deliveries of an event can be wanted: all of them are of its type and its time. */
function concerns(
  event: StoredEvent,
  { event_type = '*', from = 0, to = Number.POSITIVE_INFINITY }: ListQuery,
): boolean {
  return event.acceptedAt >= from && event.acceptedAt < to && matchesType(event_type, event.type);
}

interface Page {
  readonly deliveries: readonly DeliveryRecord[];
  readonly next?: readonly string[];
  readonly previous?: readonly string[];
}

function showPage({ deliveries, next, previous }: Page, dialect: string, now: number) {
  return {
    deliveries: deliveries.map((delivery) => showDelivery(delivery, dialect, now)),
    next_cursor: next === undefined ? null : writeCursor(next),
    prev_cursor: previous === undefined ? null : writeCursor(previous),
  };
}

/** Until a resend is made, the delivery is pending, whatever its schedule does. */
function shownStatus(delivery: DeliveryRecord, now: number) {
  return awaitsResend(delivery, now) ? 'pending' : SHOWN_STATE[delivery.state];
}

/** A delivery as the API shows it, in the guides' words. */
export function showDelivery(delivery: DeliveryRecord, dialect: string, now: number) {
  const { state, waiting } = delivery;
  // A delivery that waits before its first attempt has no such time; its endpoint says when the next one is made.
  const attemptedAt = waiting && countAttempts(delivery) === 0 ? undefined : delivery.attemptedAt;
  const nextAttemptAt = waiting ? undefined : delivery.nextAttemptAt;
  return {
    id: formatDeliveryId(requireDialect(dialect).idPrefixes.delivery, delivery.address),
    event_id: delivery.eventId,
    webhook_id: delivery.endpointId,
    event_type: delivery.eventType,
    status: shownStatus(delivery, now),
    status_code: delivery.statusCode,
    attempts: countAttempts(delivery),
    duration_ms: delivery.durationMs,
    attempted_at: attemptedAt === undefined ? undefined : showTime(attemptedAt),
    delivered_at: state === 'succeeded' && attemptedAt !== undefined ? showTime(attemptedAt) : undefined,
    next_attempt_at: nextAttemptAt === undefined ? undefined : showTime(nextAttemptAt),
    waiting: waiting || undefined,
    error: delivery.error,
    test: delivery.test || undefined,
  };
}
