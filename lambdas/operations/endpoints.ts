import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Dialect } from '../../core/dialects/dialect.ts';
import { PosthornError, quote } from '../../core/errors.ts';
import { ID_RANDOM_BYTES, makeId } from '../../core/ids.ts';
import { mergePatch } from '../../core/merge-patch.ts';
import { makeSecret, SECRET_BYTES } from '../../core/new-secret.ts';
import type { Secret } from '../../core/sign.ts';
import { requireDialect } from '../adapters/dialects.ts';
import { endpointKey, type StoredEndpoint } from '../adapters/endpoint-items.ts';
import { getEndpoint, listEndpoints } from '../adapters/endpoint-lists.ts';
import { type EndpointSecrets, openSecrets, sealSecrets } from '../adapters/endpoint-secrets.ts';
import { createEndpoint, deleteEndpoint, replaceEndpoint } from '../adapters/endpoint-store.ts';
import { allowsLocalReceivers } from '../adapters/environment.ts';
import { validate } from '../middleware/validation.ts';
import { ownId, page, readCursor, requireTenant, tenantOf, tenantQuery, writeCursor } from './common.ts';
import { checkSettings, type EndpointSettings, settingsSchema } from './endpoint-settings.ts';
import { showEndpoint, showSecret } from './endpoint-view.ts';
import { defineOperation } from './operation.ts';

const anyObject = z.record(z.string(), z.unknown());

export const endpointOperations = [
  defineOperation({
    method: 'POST',
    path: '/v1/webhooks',
    access: 'tenant',
    summary: 'Create an endpoint; its secret is shown here',
    body: anyObject,
    status: 201,
    run: async ({ caller, body, host, now }) => {
      const { tenant_id, ...wanted } = body;
      const tenant = await requireTenant(caller, validate(ownId.optional(), tenant_id, 'tenant_id'));
      const dialect = requireDialect(tenant.dialect);
      const settings = readSettings(dialect, wanted, host);
      const id = makeId(dialect.idPrefixes.endpoint, now, randomBytes(ID_RANDOM_BYTES));
      const secrets = secretsOf(settings, newSigningKeys(dialect, settings));
      const identity = { tenantId: tenant.id, id, dialect: dialect.name, createdAt: now, updatedAt: now };
      const endpoint = await sealEndpoint(identity, settings, secrets, tenant.wrappedKey);
      if (!(await createEndpoint(endpoint)))
        throw new PosthornError('not_found', `There is no tenant ${quote(tenant.id)}.`);
      return {
        ...showEndpoint(endpoint, secrets),
        ...(showSecret(secrets) && { secret: showSecret(secrets) }),
      };
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/webhooks',
    access: 'tenant',
    summary: 'List endpoints, oldest first',
    query: z.strictObject({ ...page, ...tenantQuery }),
    status: 200,
    run: async ({ caller, query }) => {
      const tenantId = tenantOf(caller, query.tenant_id);
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
    access: 'tenant',
    summary: 'Read an endpoint',
    query: z.strictObject(tenantQuery),
    status: 200,
    run: async ({ caller, params, query }) => {
      const endpoint = await requireEndpoint(tenantOf(caller, query.tenant_id), params.id);
      return showEndpoint(endpoint, await openSecrets(endpoint));
    },
  }),
  defineOperation({
    method: 'PATCH',
    path: '/v1/webhooks/{id}',
    access: 'tenant',
    summary: 'Change an endpoint by a JSON merge patch: null removes, absent keeps',
    body: anyObject,
    query: z.strictObject(tenantQuery),
    status: 200,
    run: async ({ caller, params, query, body, host, now }) => {
      const { tenant_id, ...patch } = body;
      const named = query.tenant_id ?? validate(ownId.optional(), tenant_id, 'tenant_id');
      const old = await requireEndpoint(tenantOf(caller, named), params.id);
      const dialect = requireDialect(old.dialect);
      const oldSecrets = await openSecrets(old);
      const settings = readSettings(dialect, mergePatch(settingsOf(old, oldSecrets), patch), host);
      const rekeyed = 'secret' in patch || 'signing' in patch;
      const secrets = secretsOf(settings, rekeyed ? newSigningKeys(dialect, settings) : oldSecrets.signing);
      // Always later than what was read, so that of two changes at one moment the second is refused.
      const identity = { ...old, updatedAt: Math.max(now, old.updatedAt + 1) };
      const endpoint = await sealEndpoint(identity, settings, secrets, old.wrappedKey);
      if (await replaceEndpoint(endpoint, old.updatedAt)) return showEndpoint(endpoint, secrets);
      throw new PosthornError(
        'conflict',
        `The endpoint ${quote(old.id)} was changed meanwhile. Read it and try again.`,
      );
    },
  }),
  defineOperation({
    method: 'DELETE',
    path: '/v1/webhooks/{id}',
    access: 'tenant',
    summary: 'Delete an endpoint; what waits for it is discarded',
    query: z.strictObject(tenantQuery),
    status: 204,
    run: async ({ caller, params, query, now }) => {
      const endpoint = await requireEndpoint(tenantOf(caller, query.tenant_id), params.id);
      if (!(await deleteEndpoint(endpoint, now))) throw noEndpoint(params.id);
    },
  }),
];

/** Reads an endpoint. @throws PosthornError `not_found`, also for another tenant's */
export async function requireEndpoint(tenantId: string, id: string | undefined): Promise<StoredEndpoint> {
  const endpoint =
    id === undefined || !ownId.safeParse(id).success ? undefined : await getEndpoint(tenantId, id);
  if (endpoint === undefined) throw noEndpoint(id);
  return endpoint;
}

function noEndpoint(id: string | undefined): PosthornError {
  return new PosthornError('not_found', `There is no webhook ${quote(id ?? '')}.`);
}

function readSettings(dialect: Dialect, input: unknown, ownHost: string): EndpointSettings {
  const settings = validate(settingsSchema, input);
  checkSettings(dialect, settings, { allowHttp: allowsLocalReceivers(), ownHost });
  return settings;
}

function newSigningKeys(dialect: Dialect, { secret, signing = 'hmac' }: EndpointSettings): Secret[] {
  if (dialect.signature === null) return [];
  if (secret !== undefined) return [{ kind: 'hmac', value: secret }];
  return [makeSecret(dialect.signature, signing, randomBytes(SECRET_BYTES))];
}

function secretsOf({ auth, headers }: EndpointSettings, signing: readonly Secret[]): EndpointSecrets {
  return { signing, auth, headers };
}

type EndpointIdentity = Pick<StoredEndpoint, 'tenantId' | 'id' | 'dialect' | 'createdAt' | 'updatedAt'>;

async function sealEndpoint(
  { tenantId, id, dialect, createdAt, updatedAt }: EndpointIdentity,
  { url, events, filters, active, description, metadata, api_version }: EndpointSettings,
  secrets: EndpointSecrets,
  wrappedKey: Uint8Array,
): Promise<StoredEndpoint> {
  const identity = { tenantId, id, dialect, createdAt, updatedAt };
  const endpoint = {
    ...identity,
    url,
    events,
    filters,
    active,
    description,
    metadata,
    apiVersion: api_version,
  };
  return { ...endpoint, wrappedKey, sealed: await sealSecrets(endpoint, wrappedKey, secrets) };
}

/** What a merge patch is applied to. */
function settingsOf(endpoint: StoredEndpoint, { auth, headers }: EndpointSecrets): Partial<EndpointSettings> {
  const { url, events, filters, active, description, metadata, apiVersion } = endpoint;
  const settings = {
    url,
    events: [...events],
    filters,
    active,
    description,
    metadata,
    headers,
    auth,
    api_version: apiVersion,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
