import * as z from 'zod';
import { endpointKey, type StoredEndpoint } from '../adapters/endpoint-items.ts';
import { listEndpoints } from '../adapters/endpoint-lists.ts';
import { deleteEndpoint } from '../adapters/endpoint-store.ts';
import {
  accountQuery,
  knownTenant,
  nextCursor,
  ownId,
  page,
  readCursor,
  requireTenant,
  writeCursor,
} from './common.ts';
import { addEndpoint } from './endpoint-changes.ts';
import { settingsSchema } from './endpoint-settings.ts';
import { requireEndpoint } from './endpoints.ts';
import { inGuideWords } from './guide-words.ts';
import { defineOperation } from './operation.ts';

const { url, auth, api_version } = settingsSchema.shape;

const subscriptionSchema = z.strictObject({
  accountHashId: ownId.meta({ example: 'ACC7F3' }),
  url: url.meta({ example: 'https://example.com/arken' }),
  apiVersion: z
    // Null, as the answer shows a subscription without one.
    .union([api_version.unwrap(), z.number().transform(String), z.null().transform(() => undefined)])
    .optional()
    .meta({ example: '1' }),
  security: auth
    .unwrap()
    .meta({ example: { header: { name: 'X-Callback-Key', value: 'a secret of yours' } } }),
});

const shownSchema = z
  .object({
    id: ownId.meta({ example: 'sub_0VbZ3KSPWhVCbapCkicz61' }),
    accountHashId: ownId.meta({ example: 'ACC7F3' }),
    url: z.string().meta({ example: 'https://example.com/arken' }),
    apiVersion: z.string().nullable().meta({ example: '1' }),
  })
  .meta({ id: 'Subscription' });

/** What our words are in the guide's. */
const NAMES = { auth: 'security', api_version: 'apiVersion', tenant_id: 'accountHashId' };

export const subscriptionOperations = [
  defineOperation({
    method: 'POST',
    path: '/Event/Subscription',
    access: 'portal',
    summary: 'Subscribe an account to its events, as the arken guide describes',
    body: subscriptionSchema,
    status: 201,
    response: shownSchema,
    run: ({ caller, body, api, now }) =>
      inGuideWords(NAMES, async () => {
        const tenant = await requireTenant(caller, body.accountHashId);
        const wanted = { url: body.url, api_version: body.apiVersion, auth: body.security };
        return showSubscription((await addEndpoint(tenant, wanted, { api, now })).endpoint);
      }),
  }),
  defineOperation({
    method: 'GET',
    path: '/Event/Subscription',
    access: 'portal',
    summary: "List an account's subscriptions, oldest first",
    query: z.strictObject({ ...page, ...accountQuery }),
    status: 200,
    response: z.object({ subscriptions: z.array(shownSchema), next_cursor: nextCursor }),
    run: ({ caller, query }) =>
      inGuideWords(NAMES, async () => {
        const tenantId = await knownTenant(caller, query.accountHashId);
        const after = readCursor(query.cursor, z.tuple([ownId]))?.[0];
        const startKey = after === undefined ? undefined : endpointKey(tenantId, after);
        const { endpoints, nextKey } = await listEndpoints(tenantId, query.limit, startKey);
        const last = endpoints.at(-1);
        return {
          subscriptions: endpoints.filter(({ operational }) => !operational).map(showSubscription),
          next_cursor: nextKey === undefined || last === undefined ? null : writeCursor([last.id]),
        };
      }),
  }),
  defineOperation({
    method: 'GET',
    path: '/Event/Subscription/{id}',
    access: 'portal',
    summary: 'Read a subscription',
    query: z.strictObject(accountQuery),
    status: 200,
    response: shownSchema,
    run: ({ caller, params, query }) =>
      inGuideWords(NAMES, async () =>
        showSubscription(await requireEndpoint(await knownTenant(caller, query.accountHashId), params.id)),
      ),
  }),
  defineOperation({
    method: 'DELETE',
    path: '/Event/Subscription/{id}',
    access: 'portal',
    summary: 'Delete a subscription; what waits for it is discarded',
    query: z.strictObject(accountQuery),
    status: 204,
    response: null,
    run: ({ caller, params, query, now }) =>
      inGuideWords(NAMES, async () => {
        const endpoint = await requireEndpoint(await knownTenant(caller, query.accountHashId), params.id);
        await deleteEndpoint(endpoint, now);
      }),
  }),
];

function showSubscription({ id, tenantId, url, apiVersion }: StoredEndpoint) {
  return { id, accountHashId: tenantId, url, apiVersion: apiVersion ?? null };
}
