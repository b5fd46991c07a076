import { TimedCache } from './cache.ts';
import { getTenant, type Tenant } from './tenant-store.ts';

/** Every request of a tenant's key asks for its tenant; that one was disabled is seen within the minute. */
const cache = new TimedCache<Tenant>(10_000, 60_000);
/** The tenants that were read anew a moment ago. */
const renewed = new TimedCache<true>(10_000, 5_000);

/** A tenant, at most a minute old. One that was not there is looked for again at once. */
export function getCachedTenant(tenantId: string): Promise<Tenant | undefined> {
  return cache.getOrLoad(tenantId, () => getTenant(tenantId));
}

/** The tenant read anew, for what the cached one would refuse; undefined where that was done in the last 5 seconds. */
export async function renewCachedTenant(tenantId: string): Promise<Tenant | undefined> {
  if (renewed.get(tenantId)) return undefined;
  renewed.set(tenantId, true);
  cache.delete(tenantId);
  return getCachedTenant(tenantId);
}
