import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { hashSecretKey, makeApiKey } from '../../core/api-key.ts';
import { PosthornError, quote, refuse } from '../../core/errors.ts';
import { ID_RANDOM_BYTES, makeId } from '../../core/ids.ts';
import { deployedDialects, findDialect } from '../adapters/dialects.ts';
import { putKey } from '../adapters/key-store.ts';
import { makeWrappedKey } from '../adapters/secret-box.ts';
import { createTenant, listTenants, type Tenant } from '../adapters/tenant-store.ts';
import { ownId, page, readCursor, requireTenant, showTime, text, writeCursor } from './common.ts';
import { defineOperation } from './operation.ts';
import { newKeySchema, tenantListSchema, tenantSchema } from './tenant-schemas.ts';

function showTenant(tenant: Tenant) {
  const { id, name, dialect, createdAt } = tenant;
  return { id, name, dialect, created_at: showTime(createdAt) };
}

export const tenantOperations = [
  defineOperation({
    method: 'POST',
    path: '/v1/tenants',
    access: 'operator',
    summary: 'Create a tenant',
    body: z.strictObject({
      id: ownId.optional().meta({ description: 'Made here where it is absent.' }),
      name: text(200).min(1).meta({ example: 'Acme' }),
      dialect: z
        .string()
        .meta({ example: 'standard', description: 'How its webhooks look, are signed and are retried.' }),
    }),
    status: 201,
    response: tenantSchema,
    run: async ({ body, now }) => {
      if (findDialect(body.dialect) === undefined) throw unknownDialect(body.dialect);
      const id = body.id ?? makeId('ten_', now, randomBytes(ID_RANDOM_BYTES));
      const wrappedKey = await makeWrappedKey(id);
      const tenant = { id, name: body.name, dialect: body.dialect, createdAt: now, version: 1, wrappedKey };
      if (await createTenant(tenant)) return showTenant(tenant);
      throw new PosthornError('conflict', `There is a tenant ${quote(id)} already.`);
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
    method: 'POST',
    path: '/v1/tenants/{id}/api-keys',
    access: 'tenant',
    summary: 'Create an API key; its secret is shown here and nowhere else',
    body: z.strictObject({ scope: z.enum(['tenant', 'publish']) }),
    status: 201,
    response: newKeySchema,
    run: async ({ caller, params, body, now }) => {
      const tenant = await requireTenant(caller, params.id, 'id');
      const id = makeId('key_', now, randomBytes(ID_RANDOM_BYTES));
      const key = makeApiKey(makeId('ak_', now, randomBytes(ID_RANDOM_BYTES)), randomBytes(32));
      await putKey({
        id,
        tenantId: tenant.id,
        accessKey: key.accessKey,
        scope: body.scope,
        secretHash: hashSecretKey(key.secretKey),
        createdAt: now,
      });
      return { id, key: key.key, access_key: key.accessKey, secret_key: key.secretKey, scope: body.scope };
    },
  }),
];

function unknownDialect(name: string): PosthornError {
  const known = deployedDialects().map((dialect) => dialect.name);
  return refuse('invalid_request', 'dialect', `dialect is ${quote(name)}. Accepted: ${known.join(', ')}.`);
}
