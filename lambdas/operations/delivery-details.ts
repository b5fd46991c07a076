import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Attempt } from '../../core/attempt.ts';
import type { Dialect } from '../../core/dialects/dialect.ts';
import { buildEnvelope } from '../../core/envelope.ts';
import { PosthornError, quote } from '../../core/errors.ts';
import { decodeTime, parseDeliveryId } from '../../core/ids.ts';
import { type DeliveryRecord, getDelivery } from '../adapters/delivery-store.ts';
import { requireDialect } from '../adapters/dialects.ts';
import { getEndpoint } from '../adapters/endpoint-lists.ts';
import { getEvent } from '../adapters/event-store.ts';
import { requestResend } from '../adapters/resend-store.ts';
import type { Tenant } from '../adapters/tenant-store.ts';
import { requireTenant, tenantQuery } from './common.ts';
import { showDelivery } from './deliveries.ts';
import { deliveryDetailsSchema, deliverySchema, resendExample } from './delivery-schemas.ts';
import { defineOperation } from './operation.ts';

export const deliveryDetailOperations = [
  defineOperation({
    method: 'GET',
    path: '/v1/deliveries/{id}',
    access: 'tenant',
    summary: 'Read a delivery with all its attempts, the exact bodies included',
    query: z.strictObject(tenantQuery),
    status: 200,
    response: deliveryDetailsSchema,
    run: async ({ caller, params, query }) => {
      const tenant = await requireTenant(caller, query.tenant_id);
      const { record, attempts } = await requireDelivery(tenant, params.id);
      const dialect = requireDialect(tenant.dialect);
      const body = await rebuildBody(dialect, record);
      return {
        ...showDelivery(record, tenant.dialect),
        attempt_log: attempts.map((attempt) => showAttempt(attempt, body)),
      };
    },
  }),
  defineOperation({
    method: 'POST',
    path: '/v1/deliveries/{id}/resend',
    access: 'tenant',
    summary: 'Make one more attempt now; the automatic schedule stays as it is',
    query: z.strictObject(tenantQuery),
    status: 202,
    response: deliverySchema,
    examples: { response: resendExample },
    run: async ({ caller, params, query }) => {
      const tenant = await requireTenant(caller, query.tenant_id);
      const refusal = requireDialect(tenant.dialect).resendRefusal;
      if (refusal !== null) throw new PosthornError('conflict', refusal);
      const { record } = await requireDelivery(tenant, params.id);
      await requireActive(record);
      const resend = randomBytes(9).toString('base64url');
      await requestResend(record, resend, decodeTime(record.address.order.slice(0, 8)));
      return showDelivery({ ...record, resend }, tenant.dialect);
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

function showAttempt(
  { attempt, resend, startedAt, durationMs, statusCode, ...rest }: Attempt,
  body?: string,
) {
  const isSame =
    body !== undefined && createHash('sha256').update(body).digest('hex') === rest.request.bodyHash;
  return {
    attempt,
    resend,
    started_at: new Date(startedAt).toISOString(),
    duration_ms: durationMs,
    status_code: statusCode,
    error: rest.error,
    request: {
      url: rest.request.url,
      headers: rest.request.headers,
      // Null where the event has expired, or where the endpoint's API version stood in the body and was changed since.
      body: isSame ? body : null,
      body_sha256: rest.request.bodyHash,
    },
    response: rest.response,
  };
}
