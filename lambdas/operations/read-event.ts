import { randomBytes } from 'node:crypto';
import type * as z from 'zod';
import { acceptEvent } from '../../core/accept-event.ts';
import { PosthornError, quote } from '../../core/errors.ts';
import type { StoredEvent } from '../../core/event.ts';
import { ID_RANDOM_BYTES, makeId } from '../../core/ids.ts';
import { checkActive } from '../../core/tenant.ts';
import { requireDialect } from '../adapters/dialects.ts';
import { getCachedTenant } from '../adapters/tenant-cache.ts';
import { checkEventType } from './check-event-type.ts';
import { noTenant } from './common.ts';
import type { eventSchema } from './publish-schemas.ts';

/**
 * Turns a producer's input into the event to store.
 * @param path where the event stands in the request: empty, or `events[3].`
 * @param idTail what follows the prefix of an id that has to be made; chance where absent
 * @throws PosthornError where the tenant is unknown or its dialect cannot take the event
 */
export async function readEvent(
  tenantId: string,
  input: z.output<typeof eventSchema>,
  now: number,
  path: string,
  idTail?: string,
): Promise<StoredEvent> {
  const tenant = await getCachedTenant(tenantId);
  if (tenant === undefined) throw noTenant(tenantId, `${path}tenant_id`);
  checkActive(tenant);
  const dialect = requireDialect(tenant.dialect);
  const event = {
    id: input.id ?? newId(dialect.idPrefixes.event, now, idTail),
    type: input.type,
    data: input.data,
    occurredAt: input.occurred_at === undefined ? undefined : Date.parse(input.occurred_at),
  };
  const { keptDays } = tenant;
  const accepted = { ...acceptEvent(dialect, tenantId, event, now, path), keptDays };
  await checkEventType(tenant, dialect, accepted, path);
  return accepted;
}

function newId(prefix: string, now: number, tail?: string): string {
  return tail === undefined ? makeId(prefix, now, randomBytes(ID_RANDOM_BYTES)) : prefix + tail;
}

/** The refusal of an event whose id its tenant has used for another. */
export function conflict(event: StoredEvent): PosthornError {
  return new PosthornError(
    'conflict',
    `An event ${quote(event.id)} with other content was published before. Send the same content, or another id or Idempotency-Key.`,
  );
}
