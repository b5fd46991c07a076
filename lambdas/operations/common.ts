import * as z from 'zod';
import { type PosthornError, quote, refuse } from '../../core/errors.ts';
import { ID_PATTERN } from '../../core/event.ts';
import { getCachedTenant } from '../adapters/tenant-cache.ts';
import { getTenant, type Tenant } from '../adapters/tenant-store.ts';
import type { Caller } from '../middleware/authenticate.ts';

/** An id of the caller's own choosing. */
export const ownId = z.string().regex(ID_PATTERN, 'must be 1 to 64 letters, digits, "_" or "-"');

/** A text that is kept. A lone surrogate has no UTF-8, so the table would refuse it. */
export function text(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode, without half of a surrogate pair');
}

/** A time as {@link showTime} writes it. */
export const shownTime = z.iso.datetime().meta({ example: '2026-01-15T12:30:00Z' });

/** How a list is paged. */
export const page = {
  limit: z
    .string()
    .regex(/^(?:[1-9]\d?|100)$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .default(50)
    .meta({
      description: 'Entries of one page.',
      override: { type: 'integer', minimum: 1, maximum: 100, default: 50, pattern: undefined },
    }),
  cursor: z
    .string()
    .max(1024)
    .optional()
    .meta({ description: 'The `next_cursor` of the page before; absent for the first page.' }),
};

/** Where a list goes on. */
export const nextCursor = z
  .string()
  .nullable()
  .meta({ description: 'The `cursor` of the next page; null on the last one.', example: null });

/** A time as callers write it, in milliseconds since 1970. */
export const time = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time with its zone, e.g. 2026-01-15T12:30:00Z' })
  .transform((text) => Date.parse(text))
  .meta({ example: '2026-01-15T12:30:00Z' });

/**
 * Checks a list's period. An empty one is refused: it is two times that were mixed up, not a wish for nothing.
 * @throws PosthornError
 */
export function checkPeriod({ from, to }: { readonly from?: number; readonly to?: number }): void {
  if (from === undefined || to === undefined || from < to) return;
  const shown = (time: number) => quote(new Date(time).toISOString());
  const message = `from is ${shown(from)}: it must be before to, which is ${shown(to)}.`;
  throw refuse('invalid_request', 'from', message);
}

/** How the operator names a tenant in a query; a tenant's own key need not. */
export const tenantQuery = {
  tenant_id: ownId.optional().meta({
    description: "Whose resources are meant. The operator's key needs it, a tenant's own does not.",
  }),
};

/** The same in the arken guide's words. */
export const accountQuery = { accountHashId: ownId.optional() };

/**
 * Whose resources a request is about.
 * @param path where the tenant is named, e.g. `events[3].tenant_id`
 * @throws PosthornError `not_found` for another tenant's, `invalid_request` where the operator names none
 */
export function tenantOf(caller: Caller, named: string | undefined, path = 'tenant_id'): string {
  if (caller.kind === 'tenant') {
    if (named !== undefined && named !== caller.tenantId) throw noTenant(named, path);
    return caller.tenantId;
  }
  if (named !== undefined) return named;
  throw refuse('invalid_request', path, "tenant_id is missing: the operator's key names the tenant by it.");
}

/**
 * The id of the tenant that a request is about, which is there, or was a minute ago. Enough to read what is the tenant's.
 * @throws PosthornError `not_found`, also where it is being deleted
 */
export async function knownTenant(
  caller: Caller,
  named: string | undefined,
  path = 'tenant_id',
): Promise<string> {
  const tenantId = tenantOf(caller, named, path);
  // That of a key was looked at with the key.
  if (caller.kind === 'tenant') return tenantId;
  const tenant = await getCachedTenant(tenantId);
  if (tenant === undefined || tenant.status === 'deleting') throw noTenant(tenantId, path);
  return tenantId;
}

/** Reads the tenant that a request is about. @throws PosthornError `not_found`, also where it is being deleted */
export async function requireTenant(
  caller: Caller,
  named: string | undefined,
  path = 'tenant_id',
): Promise<Tenant> {
  const tenant = await findTenant(caller, named, path);
  if (tenant.status === 'deleting') throw noTenant(tenant.id, path);
  return tenant;
}

/** Reads the tenant that a request is about, also where it is being deleted. @throws PosthornError `not_found` */
export async function findTenant(
  caller: Caller,
  named: string | undefined,
  path = 'tenant_id',
): Promise<Tenant> {
  const tenantId = tenantOf(caller, named, path);
  // A longer id would be a key that the table refuses.
  const tenant = ownId.safeParse(tenantId).success ? await getTenant(tenantId) : undefined;
  if (tenant === undefined) throw noTenant(tenantId, path);
  return tenant;
}

/** No tenant of that name, or none that the caller may know of. @param path where it is named */
export function noTenant(id: string, path: string): PosthornError {
  return refuse('not_found', path, `There is no tenant ${quote(id)}.`);
}

/** A place in a list, as clients carry it: opaque, and checked when it comes back. */
export function writeCursor(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Reads a cursor that {@link writeCursor} wrote. @param shape what must be in it */
export function readCursor<Place>(
  cursor: string | undefined,
  shape: z.ZodType<Place>,
  path = 'cursor',
): Place | undefined {
  if (cursor === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw refuse('invalid_request', path, `${path} is ${quote(cursor)}, which no list of this API gave.`);
  }
}

/** A time as the API shows it: ISO 8601 in whole seconds, as the guides write it. */
export function showTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
