import { PosthornError } from '../../core/errors.ts';
import { OPERATOR_TENANT } from '../../core/operational-event.ts';
import { makeWrappedKey } from '../adapters/secret-box.ts';
import { createTenant, getTenant } from '../adapters/tenant-store.ts';
import type { Caller } from '../middleware/authenticate.ts';

/** Makes the operator's own tenant where the operator names it for the first time; nobody else can make one of its id. */
export async function openOperatorTenant(
  caller: Caller,
  tenantId: string | undefined,
  now: number,
): Promise<void> {
  if (tenantId !== OPERATOR_TENANT || caller.kind !== 'operator') return;
  if ((await getTenant(OPERATOR_TENANT)) !== undefined) return;
  const wrappedKey = await makeWrappedKey(OPERATOR_TENANT);
  const settings = { name: 'Operator', dialect: 'standard', validate: 'off', status: 'active' } as const;
  const counters = { version: 1, typesCount: 0, typesVersion: 0 };
  // Of two that make it at once one does, and both go on with that one.
  await createTenant({ id: OPERATOR_TENANT, ...settings, ...counters, createdAt: now, wrappedKey });
}

/** @throws PosthornError `conflict` for the id of the operator's own tenant */
export function refuseOperatorTenant(id: string | undefined, advice: string): void {
  if (id !== OPERATOR_TENANT) return;
  throw new PosthornError('conflict', `The tenant "${OPERATOR_TENANT}" is the operator's own: ${advice}.`);
}
