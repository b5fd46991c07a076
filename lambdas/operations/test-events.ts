import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { acceptEvent } from '../../core/accept-event.ts';
import type { Dialect } from '../../core/dialects/dialect.ts';
import { EVENT_TYPE_PATTERN, MAX_EVENT_TYPE_LENGTH } from '../../core/event.ts';
import { fileEventTypes, knownTypes } from '../../core/file-events.ts';
import { ID_RANDOM_BYTES, makeId } from '../../core/ids.ts';
import { matchesType } from '../../core/match.ts';
import { requireDialect } from '../adapters/dialects.ts';
import type { StoredEndpoint } from '../adapters/endpoint-items.ts';
import { getCachedTenant } from '../adapters/tenant-cache.ts';
import { putTestEvent } from '../adapters/test-event-store.ts';
import { ownId, tenantOf, tenantQuery } from './common.ts';
import { showDelivery } from './deliveries.ts';
import { deliverySchema, testExample } from './delivery-schemas.ts';
import { requireEndpoint } from './endpoints.ts';
import { defineOperation } from './operation.ts';

const what = {
  event: z
    .string()
    .max(MAX_EVENT_TYPE_LENGTH)
    .regex(EVENT_TYPE_PATTERN, 'must be a dotted name')
    .optional()
    .meta({
      description: 'Its type; chosen among those that the endpoint wants, where absent.',
      example: 'order.paid',
    }),
  data: z
    .custom<unknown>(() => true)
    .meta({
      type: 'object',
      description: "The event's data; the catalogue's example where absent.",
      example: { order: { id: 'ord_123' } },
    })
    .optional(),
  tenant_id: ownId.optional(),
};

export const testEventOperations = [
  defineOperation({
    method: 'POST',
    path: '/v1/webhooks/test',
    access: 'tenant',
    summary: 'Send a test event to an endpoint, named in the body',
    body: z.strictObject({ webhookId: z.string().meta({ example: 'wh_0VbZ3KSPWhVCbapCkicz61' }), ...what }),
    opaque: ['data'],
    status: 202,
    response: deliverySchema,
    examples: { response: testExample },
    run: async ({ caller, body, now }) =>
      sendTest(await requireEndpoint(tenantOf(caller, body.tenant_id), body.webhookId), body, now),
  }),
  defineOperation({
    method: 'POST',
    path: '/v1/webhooks/{id}/test',
    access: 'tenant',
    summary: "Send a test event to an endpoint; without a body, the catalogue's example",
    body: z.strictObject(what),
    opaque: ['data'],
    query: z.strictObject(tenantQuery),
    status: 202,
    response: deliverySchema,
    examples: { response: testExample },
    run: async ({ caller, params, query, body, now }) => {
      const tenantId = tenantOf(caller, query.tenant_id ?? body.tenant_id);
      return sendTest(await requireEndpoint(tenantId, params.id), body, now);
    },
  }),
];

/** What a test is sent where the tenant has types of its own and names none. */
const ANY_TYPE = 'test.event';
const ANY_DATA = { message: 'This is a test.' };

/**
 * Publishes an event for one endpoint alone. It goes the way of every event, is marked as a test, and is sent whatever the
 * endpoint subscribed to and whether or not it is enabled. Its data is not checked against a schema.
 */
export async function sendTest(
  endpoint: StoredEndpoint,
  { event: wanted, data: given }: { readonly event?: string; readonly data?: unknown },
  now: number,
) {
  const dialect = requireDialect(endpoint.dialect);
  const type = wanted ?? chooseType(dialect, endpoint.events);
  const data = given ?? exampleOf(dialect, type);
  const id = makeId(dialect.idPrefixes.event, now, randomBytes(ID_RANDOM_BYTES));
  const event = acceptEvent(dialect, endpoint.tenantId, { id, type, data }, now);
  const keptDays = (await getCachedTenant(endpoint.tenantId))?.keptDays;
  const address = await putTestEvent({ ...event, testEndpointId: endpoint.id, keptDays });
  const pending = { state: 'pending', attempts: 0, eventId: id, eventType: type, test: true } as const;
  return showDelivery(
    { ...pending, address, tenantId: endpoint.tenantId, endpointId: endpoint.id },
    endpoint.dialect,
  );
}

function chooseType(dialect: Dialect, patterns: readonly string[]): string {
  const types = knownTypes(dialect);
  const wanted = (type: string) => patterns.some((pattern) => matchesType(pattern, type));
  if (types !== null) return (types.find((entry) => wanted(entry.type)) ?? types[0])?.type ?? ANY_TYPE;
  return patterns.find((pattern) => !pattern.includes('*')) ?? ANY_TYPE;
}

function exampleOf(dialect: Dialect, type: string): unknown {
  const types = knownTypes(dialect) ?? fileEventTypes(dialect);
  return types.find((entry) => entry.type === type)?.example ?? ANY_DATA;
}
