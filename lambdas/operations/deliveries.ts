import * as z from 'zod';
import { countAttempts, type DeliveryState, SHOWN_STATE } from '../../core/delivery.ts';
import { formatDeliveryId, idKey } from '../../core/ids.ts';
import { findDeliveries, listDeliveries } from '../adapters/delivery-list.ts';
import type { DeliveryRecord } from '../adapters/delivery-store.ts';
import { requireDialect } from '../adapters/dialects.ts';
import { endpointKey } from '../adapters/endpoint-items.ts';
import { listEndpointIds } from '../adapters/endpoint-lists.ts';
import {
  ownId,
  page,
  readCursor,
  requireTenant,
  showTime,
  tenantOf,
  tenantQuery,
  writeCursor,
} from './common.ts';
import { deliveryListSchema } from './delivery-schemas.ts';
import { requireEndpoint } from './endpoints.ts';
import { typeFilter } from './event-schemas.ts';
import { requireEvent } from './events.ts';
import { defineOperation } from './operation.ts';

const STATES = Object.fromEntries(
  Object.entries(SHOWN_STATE).map(([state, shown]) => [shown, state]),
) as Record<(typeof SHOWN_STATE)[DeliveryState], DeliveryState>;

export const deliveryOperations = [
  defineOperation({
    method: 'GET',
    path: '/v1/webhooks/{id}/deliveries',
    access: 'tenant',
    summary: "List an endpoint's deliveries, newest first",
    query: z.strictObject({
      ...page,
      ...tenantQuery,
      status: z.enum(Object.values(SHOWN_STATE)).optional(),
      event_type: typeFilter,
      test: z.enum(['true', 'false']).optional(),
    }),
    status: 200,
    response: deliveryListSchema,
    run: async ({ caller, params, query }) => {
      const endpoint = await requireEndpoint(tenantOf(caller, query.tenant_id), params.id);
      const before = readCursor(query.cursor, z.tuple([z.string().regex(/^[0-9A-Za-z]{19}$/)]))?.[0];
      const filter = {
        state: query.status && STATES[query.status],
        eventType: query.event_type,
        test: query.test && query.test === 'true',
      };
      const listed = await listDeliveries(idKey(endpoint.id), query.limit, filter, before);
      return {
        deliveries: listed.deliveries.map((delivery) => showDelivery(delivery, endpoint.dialect)),
        next_cursor: listed.before === undefined ? null : writeCursor([listed.before]),
      };
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/events/{id}/deliveries',
    access: 'tenant',
    summary: "List an event's deliveries, by endpoint",
    query: z.strictObject({ ...page, ...tenantQuery }),
    status: 200,
    response: deliveryListSchema,
    run: async ({ caller, params, query }) => {
      const tenant = await requireTenant(caller, query.tenant_id);
      const event = await requireEvent(tenant.id, params.id);
      const place =
        readCursor(query.cursor, z.tuple([kinds, z.union([ownId, z.literal('')])])) ??
        (['ENDPOINT#', ''] as const);
      const { deliveries, next } = await collectDeliveries(tenant.id, event, query.limit, place);
      return {
        deliveries: deliveries.map((delivery) => showDelivery(delivery, tenant.dialect)),
        next_cursor: next === undefined ? null : writeCursor(next),
      };
    },
  }),
];

const kinds = z.enum(['ENDPOINT#', 'DELETED#']);
/** Which endpoint was looked at last, and whether it is still there. */
type Place = readonly [kind: z.output<typeof kinds>, endpointId: string];

/**
 * An event's deliveries stand under its endpoints, so the tenant's endpoints are gone through: those that are there,
 * then those that were deleted. No write had to be paid for that.
 */
async function collectDeliveries(
  tenantId: string,
  event: { id: string; acceptedAt: number },
  limit: number,
  from: Place,
): Promise<{ deliveries: DeliveryRecord[]; next?: Place }> {
  const deliveries: DeliveryRecord[] = [];
  let [kind, after] = from;
  for (let round = 0; round < 20; round++) {
    const startKey = after === '' ? undefined : { ...endpointKey(tenantId, after), sk: { S: kind + after } };
    const { ids, nextKey } = await listEndpointIds(tenantId, kind, limit - deliveries.length, startKey);
    deliveries.push(...(await findDeliveries(ids, event.id, event.acceptedAt)));
    if (nextKey !== undefined) after = ids.at(-1) ?? after;
    else if (kind === 'DELETED#') return { deliveries };
    else [kind, after] = ['DELETED#', ''];
    if (deliveries.length >= limit) break;
  }
  return { deliveries, next: [kind, after] };
}

/** A delivery as the API shows it, in the guides' words. */
export function showDelivery(delivery: DeliveryRecord, dialect: string) {
  const { state, attemptedAt, nextAttemptAt } = delivery;
  return {
    id: formatDeliveryId(requireDialect(dialect).idPrefixes.delivery, delivery.address),
    event_id: delivery.eventId,
    webhook_id: delivery.endpointId,
    event_type: delivery.eventType,
    // Until a resend is made, the delivery is pending, whatever its schedule does.
    status: delivery.resend === undefined ? SHOWN_STATE[state] : 'pending',
    status_code: delivery.statusCode,
    attempts: countAttempts(delivery),
    duration_ms: delivery.durationMs,
    attempted_at: attemptedAt === undefined ? undefined : showTime(attemptedAt),
    delivered_at: state === 'succeeded' && attemptedAt !== undefined ? showTime(attemptedAt) : undefined,
    next_attempt_at: nextAttemptAt === undefined ? undefined : showTime(nextAttemptAt),
    error: delivery.error,
    test: delivery.test || undefined,
  };
}
