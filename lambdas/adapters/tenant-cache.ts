import { TimedCache } from './cache.ts';
import { getTenant, type Tenant } from './tenant-store.ts';

/** A tenant's dialect never changes, and publishing needs no more of it. */
const cache = new TimedCache<Tenant>(10_000, 60_000);

/** A tenant, at most a minute old. One that was not there is looked for again at once. */
export function getCachedTenant(tenantId: string): Promise<Tenant | undefined> {
  return cache.getOrLoad(tenantId, () => getTenant(tenantId));
}
