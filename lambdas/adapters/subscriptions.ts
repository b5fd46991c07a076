import type { EndpointSubscription } from './endpoint-items.ts';
import { listSubscriptions } from './endpoint-lists.ts';
import { readTenantVersions } from './tenant-store.ts';

/** A tenant's endpoints as dispatching sees them; `many` where there are too many to hold. */
export type TenantSubscriptions = readonly EndpointSubscription[] | 'many';

/** A tenant with more endpoints is dispatched page by page, off the stream. */
export const MANY_ENDPOINTS = 500;
/** About 300 bytes an endpoint: 20,000 are 6 MB. */
const CACHED_ENDPOINTS = 20_000;

/** A list that was read amid a change may be older than its version says; no such list is used for longer. */
const CACHED_MS = 60_000;

interface CachedSubscriptions {
  readonly version: number;
  readonly subscriptions: TenantSubscriptions;
  readonly readAt: number;
}

const cache = new Map<string, CachedSubscriptions>();

/**
 * The endpoints of tenants. They are cached, and every call reads the tenants' versions first, with everything written
 * before: an endpoint that was created before an event was published is always seen. Tenants that do not exist are not
 * in the answer.
 */
export async function loadSubscriptions(
  tenantIds: readonly string[],
): Promise<Map<string, TenantSubscriptions>> {
  const versions = await readTenantVersions(tenantIds);
  const loaded = new Map<string, TenantSubscriptions>();
  for (const [tenantId, version] of versions) {
    const cached = cache.get(tenantId);
    if (cached?.version === version && cached.readAt + CACHED_MS > Date.now()) {
      loaded.set(tenantId, cached.subscriptions);
      continue;
    }
    const { subscriptions, nextKey } = await listSubscriptions(tenantId, MANY_ENDPOINTS);
    const found = nextKey === undefined ? subscriptions : 'many';
    // The list is read after the version: it may be newer, never older, and is then read again next time.
    remember(tenantId, { version, subscriptions: found, readAt: Date.now() });
    loaded.set(tenantId, found);
  }
  return loaded;
}

function remember(tenantId: string, entry: CachedSubscriptions): void {
  cache.delete(tenantId);
  cache.set(tenantId, entry);
  let held = 0;
  for (const { subscriptions } of cache.values()) held += subscriptions.length;
  for (const [oldest, { subscriptions }] of cache) {
    if (held <= CACHED_ENDPOINTS) break;
    cache.delete(oldest);
    held -= subscriptions.length;
  }
}
