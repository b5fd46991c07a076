import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Attempt } from '../../core/attempt.ts';
import type { Dialect } from '../../core/dialects/dialect.ts';
import { buildEnvelope } from '../../core/envelope.ts';
import { PosthornError, quote } from '../../core/errors.ts';
import { decodeTime, ID_RANDOM_BYTES, makeId, parseDeliveryId } from '../../core/ids.ts';
import { readAttempts } from '../adapters/attempt-log.ts';
import { type DeliveryRecord, getDelivery } from '../adapters/delivery-store.ts';
import { requireDialect } from '../adapters/dialects.ts';
import { getEndpoint } from '../adapters/endpoint-lists.ts';
import { getEvent } from '../adapters/event-store.ts';
import { requestResend } from '../adapters/resend-store.ts';
import type { Tenant } from '../adapters/tenant-store.ts';
import { requireTenant, tenantQuery } from './common.ts';
import { showDelivery } from './deliveries.ts';
import { ATTEMPTS, deliveryDetailsSchema, deliverySchema, resendExample } from './delivery-schemas.ts';
import { defineOperation } from './operation.ts';

/** What a function answers has at most 6 MB. Of these a body may take one: its 256 KB are escaped twice. */
const MAX_LOG_BYTES = 4_000_000;

export const deliveryDetailOperations = [
  defineOperation({
    method: 'GET',
    path: '/v1/deliveries/{id}',
    access: 'portal',
    summary: 'Read a delivery with its attempts, the exact body included',
    description:
      'The body stands there once, since it is the same on every attempt; `body_sha256` of an attempt proves it. Of very ' +
      `many attempts the latest ${ATTEMPTS} are shown.`,
    query: z.strictObject(tenantQuery),
    status: 200,
    response: deliveryDetailsSchema,
    run: async ({ caller, params, query, now }) => {
      const tenant = await requireTenant(caller, query.tenant_id);
      const { record, first } = await requireDelivery(tenant, params.id);
      const [body, attempts] = await Promise.all([
        rebuildBody(requireDialect(tenant.dialect), record),
        readAttempts(record.address, first, ATTEMPTS),
      ]);
      return {
        ...showDelivery(record, tenant.dialect, now),
        // Null where the event has expired.
        body: body ?? null,
        body_sha256: body === undefined ? null : createHash('sha256').update(body).digest('hex'),
        attempt_log: latestThatFit(attempts.map(showAttempt)),
      };
    },
  }),
  defineOperation({
    method: 'POST',
    path: '/v1/deliveries/{id}/resend',
    access: 'portal',
    summary: 'Make one more attempt now; the automatic schedule stays as it is',
    query: z.strictObject(tenantQuery),
    status: 202,
    response: deliverySchema,
    examples: { response: resendExample },
    run: async ({ caller, params, query, now }) => {
      const tenant = await requireTenant(caller, query.tenant_id);
      const refusal = requireDialect(tenant.dialect).resendRefusal;
      if (refusal !== null) throw new PosthornError('conflict', refusal);
      const { record } = await requireDelivery(tenant, params.id);
      await requireActive(record);
      const resend = makeId('', now, randomBytes(ID_RANDOM_BYTES));
      await requestResend(record, resend, decodeTime(record.address.order.slice(0, 8)));
      return showDelivery({ ...record, resend }, tenant.dialect, now);
    },
  }),
];

async function requireDelivery(tenant: Tenant, id: string | undefined) {
  const prefix = requireDialect(tenant.dialect).idPrefixes.delivery;
  const address = parseDeliveryId(prefix, id ?? '');
  const delivery = address && (await getDelivery(address));
  if (delivery?.record.tenantId === tenant.id) return delivery;
  throw new PosthornError('not_found', `There is no delivery ${quote(id ?? '')}.`);
}

/** A resend to an endpoint that gets nothing would only be discarded. */
async function requireActive({ tenantId, endpointId, test }: DeliveryRecord): Promise<void> {
  const endpoint = await getEndpoint(tenantId, endpointId);
  if (endpoint === undefined) {
    throw new PosthornError(
      'conflict',
      `The webhook ${quote(endpointId)} was deleted: there is nowhere to resend to.`,
    );
  }
  if (endpoint.active || test) return;
  throw new PosthornError(
    'conflict',
    `The webhook ${quote(endpointId)} is disabled: enable it, then resend.`,
  );
}

/** Bodies are not stored: an event always gives the same bytes, and the log's hash proves it. */
async function rebuildBody(dialect: Dialect, record: DeliveryRecord): Promise<string | undefined> {
  const [event, endpoint] = await Promise.all([
    getEvent(record.tenantId, record.eventId),
    getEndpoint(record.tenantId, record.endpointId),
  ]);
  return event && buildEnvelope(dialect, event, endpoint?.apiVersion);
}

function showAttempt({
  attempt,
  resend,
  startedAt,
  durationMs,
  statusCode,
  error,
  request,
  response,
}: Attempt) {
  return {
    attempt,
    resend,
    started_at: new Date(startedAt).toISOString(),
    duration_ms: durationMs,
    status_code: statusCode,
    error,
    request: { url: request.url, headers: request.headers, body_sha256: request.bodyHash },
    response,
  };
}

/** The latest of the attempts, as many as one answer can carry; the last one always. */
function latestThatFit(attempts: readonly ReturnType<typeof showAttempt>[]) {
  let room = MAX_LOG_BYTES;
  let first = attempts.length;
  while (first > 0) {
    // The answer is JSON within JSON.
    room -= Buffer.byteLength(JSON.stringify(JSON.stringify(attempts[first - 1])));
    if (room < 0 && first < attempts.length) break;
    first--;
  }
  return attempts.slice(first);
}
