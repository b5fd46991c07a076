import { PosthornError } from '../../core/errors.ts';
import { checkActive } from '../../core/tenant.ts';
import { getCachedTenant } from '../adapters/tenant-cache.ts';
import type { Caller } from './authenticate.ts';

/**
 * Refuses the keys of a tenant that is disabled, or gone; a change is seen within the tenant cache's minute.
 * @throws PosthornError `tenant_disabled`, or `unauthorized` where the tenant is no more
 */
export async function checkTenant(caller: Caller): Promise<void> {
  if (caller.kind === 'operator') return;
  const tenant = await getCachedTenant(caller.tenantId);
  if (tenant === undefined) throw new PosthornError('unauthorized', 'The key is unknown, or was revoked.');
  checkActive(tenant);
}
