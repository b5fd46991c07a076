import * as z from 'zod';
import { PosthornError, quote } from '../../core/errors.ts';
import { endpointKey, type ReadEndpoint } from '../adapters/endpoint-items.ts';
import { getEndpoint, listEndpoints } from '../adapters/endpoint-lists.ts';
import { openSecrets } from '../adapters/endpoint-secrets.ts';
import { deleteEndpoint } from '../adapters/endpoint-store.ts';
import { validate } from '../middleware/validation.ts';
import { knownTenant, ownId, page, readCursor, requireTenant, tenantQuery, writeCursor } from './common.ts';
import { showActivity } from './endpoint-activity.ts';
import { addEndpoint, patchEndpoint } from './endpoint-changes.ts';
import { changedEndpointSchema } from './endpoint-patch-schema.ts';
import {
  endpointListSchema,
  newEndpointSchema,
  patchedExample,
  readEndpointSchema,
  wantedEndpointSchema,
} from './endpoint-schemas.ts';
import { showChanged, showEndpoint } from './endpoint-view.ts';
import { defineOperation } from './operation.ts';
import { openOperatorTenant } from './operator-tenant.ts';

const anyObject = z.record(z.string(), z.unknown());

export const endpointOperations = [
  defineOperation({
    method: 'POST',
    path: '/v1/webhooks',
    access: 'portal',
    summary: 'Create an endpoint; its secret is shown here',
    body: anyObject,
    bodyShown: wantedEndpointSchema,
    status: 201,
    response: newEndpointSchema,
    run: async ({ caller, body, api, now }) => {
      const { tenant_id, ...wanted } = body;
      const named = validate(ownId.optional(), tenant_id, 'tenant_id');
      await openOperatorTenant(caller, named, now);
      const tenant = await requireTenant(caller, named);
      return showChanged(await addEndpoint(tenant, wanted, { api, now }));
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/webhooks',
    access: 'portal',
    summary: 'List endpoints, oldest first',
    query: z.strictObject({ ...page, ...tenantQuery }),
    status: 200,
    response: endpointListSchema,
    run: async ({ caller, query }) => {
      const tenantId = await knownTenant(caller, query.tenant_id);
      const after = readCursor(query.cursor, z.tuple([ownId]))?.[0];
      const startKey = after === undefined ? undefined : endpointKey(tenantId, after);
      const { endpoints, nextKey } = await listEndpoints(tenantId, query.limit, startKey);
      const last = endpoints.at(-1);
      return {
        webhooks: await Promise.all(
          endpoints.map(async (endpoint) => showEndpoint(endpoint, await openSecrets(endpoint))),
        ),
        next_cursor: nextKey === undefined || last === undefined ? null : writeCursor([last.id]),
      };
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/webhooks/{id}',
    access: 'portal',
    summary: 'Read an endpoint',
    query: z.strictObject(tenantQuery),
    status: 200,
    response: readEndpointSchema,
    run: async ({ caller, params, query, now }) => {
      const endpoint = await requireEndpoint(await knownTenant(caller, query.tenant_id), params.id);
      const [secrets, activity] = await Promise.all([openSecrets(endpoint), showActivity(endpoint.id, now)]);
      return { ...showEndpoint(endpoint, secrets), ...activity };
    },
  }),
  defineOperation({
    method: 'PATCH',
    path: '/v1/webhooks/{id}',
    access: 'portal',
    summary:
      'Change an endpoint by a JSON merge patch: null removes, absent keeps; a new secret is shown here',
    body: anyObject,
    bodyShown: changedEndpointSchema,
    query: z.strictObject(tenantQuery),
    status: 200,
    response: newEndpointSchema,
    examples: { response: patchedExample },
    run: async ({ caller, params, query, body, api, now }) => {
      const { tenant_id, ...patch } = body;
      const named = query.tenant_id ?? validate(ownId.optional(), tenant_id, 'tenant_id');
      const old = await requireEndpoint(await knownTenant(caller, named), params.id);
      return showChanged(await patchEndpoint(old, patch, { api, now }));
    },
  }),
  defineOperation({
    method: 'DELETE',
    path: '/v1/webhooks/{id}',
    access: 'portal',
    summary: 'Delete an endpoint; what waits for it is discarded',
    query: z.strictObject(tenantQuery),
    status: 204,
    response: null,
    run: async ({ caller, params, query, now }) => {
      const endpoint = await requireEndpoint(await knownTenant(caller, query.tenant_id), params.id);
      if (!(await deleteEndpoint(endpoint, now))) throw noEndpoint(params.id);
    },
  }),
];

/** Reads an endpoint. @throws PosthornError `not_found`, also for another tenant's */
export async function requireEndpoint(tenantId: string, id: string | undefined): Promise<ReadEndpoint> {
  const endpoint =
    id === undefined || !ownId.safeParse(id).success ? undefined : await getEndpoint(tenantId, id);
  if (endpoint === undefined) throw noEndpoint(id);
  return endpoint;
}

function noEndpoint(id: string | undefined): PosthornError {
  return new PosthornError('not_found', `There is no webhook ${quote(id ?? '')}.`);
}
