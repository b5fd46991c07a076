import * as z from 'zod';
import { PosthornError, quote } from '../../core/errors.ts';
import { deleteKey, getKey, putKey } from '../adapters/key-store.ts';
import { ownId, requireTenant, showTime, tenantQuery } from './common.ts';
import { portalLinkSchema } from './key-schemas.ts';
import { newKey } from './keys.ts';
import { defineOperation } from './operation.ts';

/** A link's id is its token's public half behind `link_`, as a key's is behind `key_`; so none is in a list of keys. */
const ID_PREFIX = 'link_';
const LINK_ID = /^link_([0-9A-Za-z]{22})$/;

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

export const portalLinkOperations = [
  defineOperation({
    method: 'POST',
    path: '/v1/portal-links',
    access: 'tenant',
    summary: "Create a portal link: a short-lived token for a tenant's dashboard",
    description:
      "Until it expires, or is revoked, the token does what its tenant's own dashboard needs: everything of webhooks (their secrets included), deliveries, tests, tasks and statistics, and it reads events, event types, documents and the tenant. It is refused (403 `forbidden`) where something is published, uploaded or declared, or the tenant, its keys or its links are changed.",
    body: z.strictObject({
      tenant_id: ownId.optional(),
      expires_in: z
        .int()
        .min(MINUTE_SECONDS)
        .max(DAY_SECONDS)
        .default(HOUR_SECONDS)
        .meta({ description: 'Seconds.', example: HOUR_SECONDS }),
    }),
    status: 201,
    response: portalLinkSchema,
    run: async ({ caller, body, now }) => {
      const tenant = await requireTenant(caller, body.tenant_id);
      const key = newKey('pl_', now);
      const id = ID_PREFIX + key.tail;
      const expiresAt = now + body.expires_in * 1000;
      const owner = { scope: 'portal', tenantId: tenant.id } as const;
      await putKey({ ...key.stored, ...owner, id, createdAt: now, expiresAt });
      return { id, token: key.made.key, tenant_id: tenant.id, expires_at: showTime(expiresAt) };
    },
  }),
  defineOperation({
    method: 'DELETE',
    path: '/v1/portal-links/{id}',
    access: 'tenant',
    summary: 'Revoke a portal link',
    description: 'Within 60 seconds its token is refused everywhere.',
    query: z.strictObject(tenantQuery),
    status: 204,
    response: null,
    run: async ({ caller, params: { id = '' }, query }) => {
      const tenant = await requireTenant(caller, query.tenant_id);
      const tail = LINK_ID.exec(id)?.[1];
      const link = tail === undefined ? undefined : await getKey(`pl_${tail}`);
      if (link?.scope !== 'portal' || link.tenantId !== tenant.id)
        throw new PosthornError('not_found', `There is no portal link ${quote(id)}.`);
      await deleteKey({ tenantId: tenant.id }, link.accessKey);
    },
  }),
];
