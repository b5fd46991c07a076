import * as z from 'zod';
import type { EventTypeDefinition } from '../../core/dialects/dialect.ts';
import { PosthornError, quote } from '../../core/errors.ts';
import { MAX_EVENT_TYPES } from '../../core/event-type.ts';
import { knownTypes } from '../../core/file-events.ts';
import { mergePatch } from '../../core/merge-patch.ts';
import { requireDialect } from '../adapters/dialects.ts';
import {
  createEventType,
  deleteEventType,
  getEventType,
  listEventTypes,
  replaceEventType,
  type StoredEventType,
} from '../adapters/event-type-store.ts';
import type { Tenant } from '../adapters/tenant-store.ts';
import { validate } from '../middleware/validation.ts';
import { checkTypeSettings } from './check-type-settings.ts';
import { ownId, page, readCursor, requireTenant, showTime, tenantQuery, writeCursor } from './common.ts';
import {
  changedEventTypeSchema,
  eventTypeListSchema,
  eventTypeSchema,
  newEventTypeSchema,
  settingsSchema,
  typeName,
} from './event-type-schemas.ts';
import { defineOperation } from './operation.ts';

export const eventTypeOperations = [
  defineOperation({
    method: 'POST',
    path: '/v1/event-types',
    access: 'tenant',
    summary: 'Declare an event type',
    description:
      "A tenant that declared no type publishes any dotted one. With the first declared type, others are refused. A dialect with a catalogue takes no further types. Where the tenant's `validate` is `strict`, published data must fit the schema; `format` is not checked.",
    body: newEventTypeSchema,
    status: 201,
    response: eventTypeSchema,
    run: async ({ caller, body: { tenant_id, type, ...settings }, now }) => {
      const tenant = await requireOwnTypes(await requireTenant(caller, tenant_id));
      const eventType = { ...settings, type, archived: false, createdAt: now, updatedAt: now };
      await checkTypeSettings(eventType);
      const refusal = await createEventType(tenant.id, eventType);
      if (refusal === undefined) return showType(eventType);
      throw refusal === 'exists'
        ? new PosthornError('conflict', `There is an event type ${quote(type)} already.`)
        : new PosthornError('conflict', `A tenant declares at most ${MAX_EVENT_TYPES} event types.`);
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/event-types',
    access: 'portal',
    summary:
      "List event types by name, archived ones too: the dialect's catalogue, or what the tenant declared",
    query: z.strictObject({ ...page, ...tenantQuery }),
    status: 200,
    response: eventTypeListSchema,
    run: async ({ caller, query }) => {
      const tenant = await requireTenant(caller, query.tenant_id);
      const after = readCursor(query.cursor, z.tuple([typeName]))?.[0];
      const { types, more } = await listTypes(tenant, query.limit, after);
      const last = types.at(-1);
      return {
        event_types: types.map(showType),
        next_cursor: more && last !== undefined ? writeCursor([last.type]) : null,
      };
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/event-types/{type}',
    access: 'portal',
    summary: 'Read an event type',
    query: z.strictObject(tenantQuery),
    status: 200,
    response: eventTypeSchema,
    run: async ({ caller, params, query }) => {
      const tenant = await requireTenant(caller, query.tenant_id);
      const known = catalogueOf(tenant)?.find(({ type }) => type === params.type);
      return showType(known ?? (await requireType(tenant, params.type)));
    },
  }),
  defineOperation({
    method: 'PATCH',
    path: '/v1/event-types/{type}',
    access: 'tenant',
    summary: 'Change or archive an event type by a JSON merge patch',
    description:
      'An archived type is not published any more; its events stay. Publishing follows within 60 seconds.',
    body: z.record(z.string(), z.unknown()),
    bodyShown: changedEventTypeSchema,
    query: z.strictObject(tenantQuery),
    status: 200,
    response: eventTypeSchema,
    run: async ({ caller, params, query, body: { tenant_id, ...patch }, now }) => {
      const named = query.tenant_id ?? validate(ownId.optional(), tenant_id, 'tenant_id');
      const tenant = await requireOwnTypes(await requireTenant(caller, named));
      const old = await requireType(tenant, params.type);
      const { description, schema, example, archived } = old;
      const settings = validate(
        settingsSchema,
        withoutAbsent(mergePatch({ description, schema, example, archived }, patch)),
      );
      await checkTypeSettings(settings);
      // Always later than what was read, so that of two changes at one moment the second is refused.
      const updatedAt = Math.max(now, old.updatedAt + 1);
      const changed = { ...settings, type: old.type, createdAt: old.createdAt, updatedAt };
      if (await replaceEventType(tenant.id, changed, old.updatedAt)) return showType(changed);
      throw changedMeanwhile(old.type);
    },
  }),
  defineOperation({
    method: 'DELETE',
    path: '/v1/event-types/{type}',
    access: 'tenant',
    summary: 'Delete an event type that is archived',
    description:
      'Its events stay. Once the last type is deleted, the tenant publishes any dotted type again. One that is not archived is refused (409 `conflict`): archive it first, so that what still publishes it is seen.',
    query: z.strictObject(tenantQuery),
    status: 204,
    response: null,
    run: async ({ caller, params, query }) => {
      const tenant = await requireOwnTypes(await requireTenant(caller, query.tenant_id));
      const { type, archived, updatedAt } = await requireType(tenant, params.type);
      if (!archived)
        throw new PosthornError(
          'conflict',
          `The event type ${quote(type)} is not archived: archive it first.`,
        );
      if (!(await deleteEventType(tenant.id, type, updatedAt))) throw changedMeanwhile(type);
    },
  }),
];

function changedMeanwhile(type: string): PosthornError {
  return new PosthornError(
    'conflict',
    `The event type ${quote(type)} was changed meanwhile. Read it and try again.`,
  );
}

function withoutAbsent(settings: unknown): unknown {
  return Object.fromEntries(Object.entries(settings as object).filter(([, value]) => value !== undefined));
}

function catalogueOf(tenant: Tenant): readonly EventTypeDefinition[] | null {
  return knownTypes(requireDialect(tenant.dialect));
}

async function requireOwnTypes(tenant: Tenant): Promise<Tenant> {
  if (catalogueOf(tenant) === null) return tenant;
  const message = `The ${tenant.dialect} dialect has event types of its own: they can be read, and no others declared.`;
  throw new PosthornError('conflict', message);
}

async function requireType(tenant: Tenant, type = ''): Promise<StoredEventType> {
  const isOwn = catalogueOf(tenant) === null && typeName.safeParse(type).success;
  const found = isOwn ? await getEventType(tenant.id, type) : undefined;
  if (found === undefined) throw new PosthornError('not_found', `There is no event type ${quote(type)}.`);
  return found;
}

async function listTypes(tenant: Tenant, limit: number, after: string | undefined) {
  const catalogue = catalogueOf(tenant);
  if (catalogue === null) return listEventTypes(tenant.id, limit, { after });
  const rest = catalogue
    .toSorted((a, b) => (a.type < b.type ? -1 : 1))
    .filter(({ type }) => after === undefined || type > after);
  return { types: rest.slice(0, limit), more: rest.length > limit };
}

function showType(type: EventTypeDefinition | StoredEventType) {
  const own = 'createdAt' in type ? type : undefined;
  return {
    type: type.type,
    group: 'group' in type ? type.group : undefined,
    description: type.description,
    schema: type.schema,
    example: type.example,
    archived: own?.archived ?? false,
    created_at: own && showTime(own.createdAt),
    updated_at: own && showTime(own.updatedAt),
  };
}
