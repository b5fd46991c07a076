import type { Dialect } from '../../core/dialects/dialect.ts';
import { fileEventTypes, knownTypes } from '../../core/file-events.ts';
import { OPERATIONAL_EXAMPLES, OPERATIONAL_TYPES } from '../../core/operational-event.ts';
import { getCachedTypes } from '../adapters/event-type-cache.ts';
import { getTenant } from '../adapters/tenant-store.ts';
import { nameTypes } from './check-event-type.ts';

interface KnownType {
  readonly type: string;
  /** A tenant's own has it in the table. */
  readonly example?: unknown;
  /** No longer published; what was before may still come. */
  readonly archived?: boolean;
}

/** The types that an endpoint can get. */
export interface KnownTypes {
  /** What each of them is, e.g. `operational event`. */
  readonly kind: string;
  readonly types: readonly KnownType[];
  /** Whether more may be declared: a pattern like `order.*` is for those, too. */
  readonly growing: boolean;
}

/** Finds out which types an endpoint can get, with everything declared before; undefined where any may come. */
export async function findKnownTypes(
  { tenantId, operational }: { readonly tenantId: string; readonly operational?: boolean },
  dialect: Dialect,
): Promise<KnownTypes | undefined> {
  if (operational) {
    const types = OPERATIONAL_TYPES.map((type) => {
      return { type, example: { tenant_id: tenantId, ...OPERATIONAL_EXAMPLES[type] } };
    });
    return { kind: 'operational event', types, growing: false };
  }
  const catalogue = knownTypes(dialect);
  if (catalogue !== null) {
    return { kind: `event of the ${dialect.name} dialect`, types: catalogue, growing: false };
  }
  const tenant = await getTenant(tenantId);
  if (tenant === undefined || tenant.typesCount === 0) return undefined;
  const declared = [...(await getCachedTypes(tenant))].map(([type, { archived }]) => ({ type, archived }));
  const files = fileEventTypes(dialect).filter(({ type }) => !declared.some((own) => own.type === type));
  return { kind: 'event type that the tenant declared', types: [...declared, ...files], growing: true };
}

/** What a refusal says would be accepted. */
export function listAccepted({ types }: KnownTypes): string {
  return `Accepted: ${nameTypes(types.filter(({ archived }) => !archived).map(({ type }) => type))}`;
}
