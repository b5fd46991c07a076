import type { Dialect } from '../../core/dialects/dialect.ts';
import { MAX_EVENT_TYPES } from '../../core/event-type.ts';
import { knownTypes } from '../../core/file-events.ts';
import { TimedCache } from './cache.ts';
import { getEventType, listEventTypes } from './event-type-store.ts';
import { compileSchema, type SchemaCheck } from './json-schema.ts';
import type { Tenant } from './tenant-store.ts';

/** As the tenant's: a change is seen within the minute. */
const CACHED_MS = 60_000;
/** The names of 200 types of 128 characters are 25 KB; 1,000 tenants' are 25 MB. */
const names = new TimedCache<ReadonlyMap<string, { readonly archived: boolean }>>(1_000, CACHED_MS);
/** `none` where the type has no schema, or is not there. */
const checks = new TimedCache<SchemaCheck | 'none'>(500, CACHED_MS);

/** The types that a tenant declared, by name, in alphabetical order. */
export function getCachedTypes(tenant: Tenant): Promise<ReadonlyMap<string, { readonly archived: boolean }>> {
  return names.getOrLoad(`${tenant.id}#${tenant.typesVersion}`, async () => {
    const found = new Map<string, { readonly archived: boolean }>();
    let page: Awaited<ReturnType<typeof listEventTypes>> | undefined;
    // A page ends at 1 MB of what is read, schemas included, whatever of it is wanted.
    do {
      const after = page?.types.at(-1)?.type;
      page = await listEventTypes(tenant.id, MAX_EVENT_TYPES, { names: true, after });
      for (const { type, archived } of page.types) found.set(type, { archived });
    } while (page.more);
    return found;
  });
}

/** What checks the data of a type, compiled. */
export async function getCachedCheck(
  tenant: Tenant,
  dialect: Dialect,
  type: string,
): Promise<SchemaCheck | undefined> {
  const catalogue = knownTypes(dialect);
  const owner = catalogue === null ? `${tenant.id}#${tenant.typesVersion}` : `dialect ${dialect.name}`;
  const check = await checks.getOrLoad(`${owner}#${type}`, async () => {
    const found =
      catalogue === null
        ? await getEventType(tenant.id, type)
        : catalogue.find((entry) => entry.type === type);
    return found?.schema === undefined ? 'none' : compileSchema(found.schema);
  });
  return check === 'none' ? undefined : check;
}
