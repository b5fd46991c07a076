import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { PosthornError, quote, refuse } from '../../core/errors.ts';
import { ID_RANDOM_BYTES, makeId } from '../../core/ids.ts';
import { deployedDialects, findDialect } from '../adapters/dialects.ts';
import { keptDays } from '../adapters/environment.ts';
import { makeWrappedKey } from '../adapters/secret-box.ts';
import { queueDeletion } from '../adapters/tenant-deletion-queue.ts';
import {
  createTenant,
  listTenants,
  markDeleting,
  type Tenant,
  updateTenant,
} from '../adapters/tenant-store.ts';
import {
  findTenant,
  noTenant,
  ownId,
  page,
  readCursor,
  requireTenant,
  showTime,
  writeCursor,
} from './common.ts';
import { defineOperation } from './operation.ts';
import { refuseOperatorTenant } from './operator-tenant.ts';
import {
  deletingExample,
  retentionSetting,
  tenantListSchema,
  tenantName,
  tenantSchema,
  validateSetting,
} from './tenant-schemas.ts';

function showTenant(tenant: Tenant) {
  const { id, name, dialect, status, validate, createdAt } = tenant;
  const retention_days = keptDays(tenant.keptDays);
  return { id, name, dialect, status, validate, retention_days, created_at: showTime(createdAt) };
}

export const tenantOperations = [
  defineOperation({
    method: 'POST',
    path: '/v1/tenants',
    access: 'operator',
    summary: 'Create a tenant',
    body: z.strictObject({
      id: ownId.optional().meta({ description: 'Made here where it is absent.' }),
      name: tenantName,
      dialect: z
        .string()
        .meta({ example: 'standard', description: 'How its webhooks look, are signed and are retried.' }),
      validate: validateSetting.default('off'),
      retention_days: retentionSetting.optional(),
    }),
    status: 201,
    response: tenantSchema,
    run: async ({ body, now }) => {
      refuseOperatorTenant(body.id, 'choose another id; it is there once you make a webhook for it');
      if (findDialect(body.dialect) === undefined) throw unknownDialect(body.dialect);
      const id = body.id ?? makeId('ten_', now, randomBytes(ID_RANDOM_BYTES));
      const wrappedKey = await makeWrappedKey(id);
      const { name, dialect, validate } = body;
      const ownDays = checkRetention(body.retention_days) ?? undefined;
      const identity = {
        id,
        name,
        dialect,
        validate,
        status: 'active',
        createdAt: now,
        keptDays: ownDays,
      } as const;
      const tenant = { ...identity, version: 1, typesCount: 0, typesVersion: 0, wrappedKey };
      if (await createTenant(tenant)) return showTenant(tenant);
      const message = `The id ${quote(id)} is a tenant's, or that of one that was deleted not long ago.`;
      throw new PosthornError('conflict', message);
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/tenants',
    access: 'operator',
    summary: 'List tenants',
    query: z.strictObject(page),
    status: 200,
    response: tenantListSchema,
    run: async ({ query }) => {
      const after = readCursor(query.cursor, z.tuple([ownId]))?.[0];
      const startKey = after && {
        pk: { S: `TENANT#${after}` },
        sk: { S: 'TENANT' },
        kpk: { S: 'TENANT' },
        ksk: { S: after },
      };
      const { tenants, nextKey } = await listTenants(query.limit, startKey || undefined);
      const next = nextKey?.ksk?.S;
      return {
        tenants: tenants.map(showTenant),
        next_cursor: next === undefined ? null : writeCursor([next]),
      };
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/tenants/{id}',
    access: 'portal',
    summary: 'Read a tenant',
    status: 200,
    response: tenantSchema,
    run: async ({ caller, params }) => showTenant(await findTenant(caller, params.id, 'id')),
  }),
  defineOperation({
    method: 'PATCH',
    path: '/v1/tenants/{id}',
    access: 'tenant',
    summary: 'Change a tenant by a JSON merge patch',
    description:
      'Only the operator changes `status`. The keys of a disabled tenant are refused and nothing is published for it, within 60 seconds; what was published before is still delivered. `retention_days` holds for what is published afterwards.',
    body: z.strictObject({
      name: tenantName.optional(),
      status: z.enum(['active', 'disabled']).optional(),
      validate: validateSetting.nullable().optional(),
      retention_days: retentionSetting.nullable().optional(),
    }),
    status: 200,
    response: tenantSchema,
    run: async ({ caller, params, body: { name, status, validate, retention_days } }) => {
      const { id } = await requireTenant(caller, params.id, 'id');
      if (status !== undefined && caller.kind !== 'operator')
        throw new PosthornError('forbidden', 'Only the operator disables and enables a tenant.');
      const kept_days = checkRetention(retention_days);
      const changes = { name, status, validate: validate === null ? 'off' : validate, kept_days } as const;
      const tenant = await updateTenant(id, changes);
      if (tenant === undefined) throw noTenant(id, 'id');
      return showTenant(tenant);
    },
  }),
  defineOperation({
    method: 'DELETE',
    path: '/v1/tenants/{id}',
    access: 'operator',
    summary: 'Delete a tenant with everything that it owns',
    description:
      'It goes on in the background: endpoints, keys and event types first, then documents, events, deliveries with their logs, and statistics, each where it is and however many there are. The tenant is `deleting` meanwhile, and its keys are refused; it is not found any more once all of it is deleted, two minutes later at the earliest. What was still on its way is deleted some hours later, when nothing can follow it. Nothing that is deleted is exported. The files in the bucket stay, and so, for their last week at most, do events that had left the list already. The id stays taken until `retentionDays` + 14 days later, so that nobody inherits anything.',
    status: 202,
    response: tenantSchema,
    examples: { response: deletingExample },
    run: async ({ caller, params }) => {
      const { id } = await findTenant(caller, params.id, 'id');
      refuseOperatorTenant(id, 'delete its webhooks instead');
      // Marked first: whoever repeats the call after a crash in between queues the work then.
      const tenant = await markDeleting(id);
      if (tenant === undefined) throw noTenant(id, 'id');
      await queueDeletion({ deleteTenant: id, round: 'first' });
      return showTenant(tenant);
    },
  }),
];

/** @throws PosthornError where it is longer than the platform keeps anything */
function checkRetention(days: number | null | undefined): number | null | undefined {
  const most = keptDays();
  if (days === undefined || days === null || days <= most) return days;
  const message = `retention_days is ${days}; this platform keeps deliveries for ${most} days at most.`;
  throw refuse('invalid_request', 'retention_days', message);
}

function unknownDialect(name: string): PosthornError {
  const known = deployedDialects().map((dialect) => dialect.name);
  return refuse('invalid_request', 'dialect', `dialect is ${quote(name)}. Accepted: ${known.join(', ')}.`);
}
