import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { acceptEvent } from '../../core/accept-event.ts';
import type { Dialect } from '../../core/dialects/dialect.ts';
import { quote, refuse } from '../../core/errors.ts';
import { EVENT_TYPE_PATTERN, MAX_EVENT_TYPE_LENGTH } from '../../core/event.ts';
import { callableExample, fileEventTypes } from '../../core/file-events.ts';
import { ID_RANDOM_BYTES, makeId } from '../../core/ids.ts';
import { matchesType } from '../../core/match.ts';
import { requireDialect } from '../adapters/dialects.ts';
import type { StoredEndpoint } from '../adapters/endpoint-items.ts';
import { readEnvironment } from '../adapters/environment.ts';
import { getEventType } from '../adapters/event-type-store.ts';
import { getCachedTenant } from '../adapters/tenant-cache.ts';
import { putTestEvent } from '../adapters/test-event-store.ts';
import { knownTenant, ownId, tenantQuery } from './common.ts';
import { showDelivery } from './deliveries.ts';
import { deliverySchema, testExample } from './delivery-schemas.ts';
import { requireEndpoint } from './endpoints.ts';
import { findKnownTypes, type KnownTypes, listAccepted } from './known-types.ts';
import { defineOperation } from './operation.ts';

const what = {
  event: z
    .string()
    .max(MAX_EVENT_TYPE_LENGTH)
    .regex(EVENT_TYPE_PATTERN, 'must be a dotted name')
    .optional()
    .meta({
      description:
        'Its type: of the dialect, of those that the tenant declared where it did, or any. Chosen among those that the endpoint wants, where absent.',
      example: 'order.paid',
    }),
  data: z
    .custom<unknown>(() => true)
    .meta({
      type: 'object',
      description:
        "The event's data; the type's example where absent. It is checked against no schema. The example of a file event asks for a call of this deployment, of a document that is not there (404).",
      example: { order: { id: 'ord_123' } },
    })
    .optional(),
  tenant_id: ownId.optional(),
};

export const testEventOperations = [
  defineOperation({
    method: 'POST',
    path: '/v1/webhooks/test',
    access: 'portal',
    summary: 'Send a test event to an endpoint, named in the body',
    body: z.strictObject({ webhookId: z.string().meta({ example: 'wh_0VbZ3KSPWhVCbapCkicz61' }), ...what }),
    opaque: ['data'],
    status: 202,
    response: deliverySchema,
    examples: { response: testExample },
    run: async ({ caller, body, now }) =>
      sendTest(await requireEndpoint(await knownTenant(caller, body.tenant_id), body.webhookId), body, now),
  }),
  defineOperation({
    method: 'POST',
    path: '/v1/webhooks/{id}/test',
    access: 'portal',
    summary: "Send a test event to an endpoint; without a body, the catalogue's example",
    body: z.strictObject(what),
    opaque: ['data'],
    query: z.strictObject(tenantQuery),
    status: 202,
    response: deliverySchema,
    examples: { response: testExample },
    run: async ({ caller, params, query, body, now }) => {
      const tenantId = await knownTenant(caller, query.tenant_id ?? body.tenant_id);
      return sendTest(await requireEndpoint(tenantId, params.id), body, now);
    },
  }),
];

/** What a test is sent where nothing is declared and none is named. */
const ANY_TYPE = 'test.event';
const ANY_DATA = { message: 'This is a test.' };

/**
 * Publishes an event for one endpoint alone. It goes the way of every event, is marked as a test, and is sent whatever the
 * endpoint subscribed to and whether or not it is enabled. Its data is not checked against a schema.
 * @throws PosthornError `unknown_event_type` where it names a type that the endpoint cannot get
 */
export async function sendTest(
  endpoint: StoredEndpoint,
  { event: wanted, data: given }: { readonly event?: string; readonly data?: unknown },
  now: number,
) {
  const dialect = requireDialect(endpoint.dialect);
  const { tenantId, operational } = endpoint;
  const known = await findKnownTypes(endpoint, dialect);
  const type = wanted === undefined ? chooseType(known, endpoint.events) : checkType(known, wanted);
  const data = given ?? (await exampleOf(tenantId, dialect, known, type)) ?? ANY_DATA;
  const id = makeId(dialect.idPrefixes.event, now, randomBytes(ID_RANDOM_BYTES));
  // The type is checked already, by more than the catalogue.
  const event = acceptEvent({ ...dialect, catalogue: null }, tenantId, { id, type, data }, now);
  const keptDays = (await getCachedTenant(tenantId))?.keptDays;
  const address = await putTestEvent({ ...event, operational, testEndpointId: endpoint.id, keptDays });
  const pending = { state: 'pending', attempts: 0, eventId: id, eventType: type, test: true } as const;
  return showDelivery({ ...pending, address, tenantId, endpointId: endpoint.id }, endpoint.dialect, now);
}

function checkType(known: KnownTypes | undefined, type: string): string {
  if (known === undefined || known.types.some((entry) => entry.type === type)) return type;
  const message = `event is ${quote(type)}, which is no ${known.kind}. ${listAccepted(known)}.`;
  throw refuse('unknown_event_type', 'event', message);
}

/** The first type that the endpoint wants, or the first one of all. */
function chooseType(known: KnownTypes | undefined, patterns: readonly string[]): string {
  if (known === undefined) return patterns.find((pattern) => !pattern.includes('*')) ?? ANY_TYPE;
  const types = known.types.filter(({ archived }) => !archived);
  const wanted = types.find(({ type }) => patterns.some((pattern) => matchesType(pattern, type)));
  return (wanted ?? types[0])?.type ?? ANY_TYPE;
}

async function exampleOf(
  tenantId: string,
  dialect: Dialect,
  known: KnownTypes | undefined,
  type: string,
): Promise<unknown> {
  const { types } = known ?? { types: fileEventTypes(dialect) };
  const found = types.find((entry) => entry.type === type);
  if (found === undefined) return undefined;
  return 'example' in found
    ? callableExample(found.example, readEnvironment('apiUrl'))
    : (await getEventType(tenantId, type))?.example;
}
