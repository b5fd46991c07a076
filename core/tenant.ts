import { PosthornError, quote } from './errors.ts';

/** `deleting`: what the tenant owns is being deleted, and it does not come back. */
export type TenantStatus = 'active' | 'disabled' | 'deleting';

/**
 * Lets through only what may be done for a tenant that is active.
 * @throws PosthornError `tenant_disabled`
 */
export function checkActive({ id, status }: { readonly id: string; readonly status: TenantStatus }): void {
  if (status === 'active') return;
  const message =
    status === 'deleting'
      ? `The tenant ${quote(id)} is being deleted.`
      : `The tenant ${quote(id)} is disabled. The operator can enable it again.`;
  throw new PosthornError('tenant_disabled', message);
}
