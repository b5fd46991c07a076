import type { Dialect } from '../../core/dialects/dialect.ts';
import { PosthornError, quote, refuse } from '../../core/errors.ts';
import type { StoredEvent } from '../../core/event.ts';
import { parseJson } from '../../core/json.ts';
import { getCachedCheck, getCachedTypes } from '../adapters/event-type-cache.ts';
import { renewCachedTenant } from '../adapters/tenant-cache.ts';
import type { Tenant } from '../adapters/tenant-store.ts';

/** What a refusal lists of the types that would be accepted. */
const NAMED_TYPES = 50;

/**
 * Checks an event that its dialect accepts against the types that its tenant declared, and, where the tenant's
 * `validate` is `strict`, its data against the type's schema. Nothing is read that was read in the last minute; before
 * an event is refused its tenant is read anew (every 5 seconds at most), so that a type just declared is known.
 *
 * @param path where the event stands in the request: empty, or `events[3].`
 * @throws PosthornError `unknown_event_type` or `invalid_data`
 */
export async function checkEventType(
  tenant: Tenant,
  dialect: Dialect,
  event: Pick<StoredEvent, 'type' | 'dataText'>,
  path = '',
): Promise<void> {
  try {
    await check(tenant, dialect, event, path);
  } catch (error) {
    const renewed = error instanceof PosthornError ? await renewCachedTenant(tenant.id) : undefined;
    const sameRules =
      renewed === undefined ||
      (renewed.typesVersion === tenant.typesVersion && renewed.validate === tenant.validate);
    if (sameRules) throw error;
    await check(renewed, dialect, event, path);
  }
}

async function check(
  tenant: Tenant,
  dialect: Dialect,
  { type, dataText }: Pick<StoredEvent, 'type' | 'dataText'>,
  path: string,
): Promise<void> {
  if (dialect.catalogue === null && tenant.typesCount > 0) await checkDeclared(tenant, type, path);
  if (tenant.validate !== 'strict') return;
  const checkData = await getCachedCheck(tenant, dialect, type);
  const faults = checkData?.(parseJson(dataText), `${path}data`) ?? [];
  if (faults.length === 0) return;
  throw new PosthornError('invalid_data', faults.map(({ message }) => message).join(' '), faults);
}

/** A tenant that declared no type takes any; one that did takes those, unless they are archived. */
async function checkDeclared(tenant: Tenant, type: string, path: string): Promise<void> {
  const types = await getCachedTypes(tenant);
  const found = types.get(type);
  if (found?.archived === false) return;
  const accepted = [...types].flatMap(([name, { archived }]) => (archived ? [] : [name]));
  const list = nameTypes(accepted) || 'none, since all types are archived';
  const what = found === undefined ? 'which the tenant has not declared' : 'which is archived';
  const message = `${path}type is ${quote(type)}, ${what}. Accepted: ${list}.`;
  throw refuse('unknown_event_type', `${path}type`, message);
}

/** Types as a refusal lists them. */
export function nameTypes(types: readonly string[]): string {
  const more = types.length > NAMED_TYPES ? `, and ${types.length - NAMED_TYPES} more` : '';
  return types.slice(0, NAMED_TYPES).join(', ') + more;
}
