import * as z from 'zod';
import { PosthornError, quote, refuse } from '../../core/errors.ts';
import type { StoredEvent } from '../../core/event.ts';
import { parseJson } from '../../core/json.ts';
import { matchesType } from '../../core/match.ts';
import { getEvent } from '../adapters/event-store.ts';
import { checkPeriod, knownTenant, ownId, readCursor, showTime, tenantQuery, writeCursor } from './common.ts';
import { collectEvents, listPlaceSchema } from './event-list.ts';
import { EARLIEST, latestPlace, type PollPlace, pollEvents, pollPlaceSchema } from './event-poll.ts';
import { eventListSchema, type ListQuery, listQuerySchema, shownEventSchema } from './event-schemas.ts';
import { defineOperation } from './operation.ts';

export const eventOperations = [
  defineOperation({
    method: 'GET',
    path: '/v1/events',
    access: 'portal',
    summary: 'List events, newest first; or with `after` read them with their data, oldest first',
    description:
      'An event is listed a moment after it was accepted. A list may answer fewer than asked for, or none, although ' +
      '`next_cursor` says that more follow. To poll, send `after`: the first time `earliest` or `latest`, then the ' +
      '`next_cursor` of the answer before, which is never null. Polling skips nothing, whatever is published meanwhile.',
    query: listQuerySchema,
    status: 200,
    response: eventListSchema,
    run: async ({ caller, query }) => {
      const tenantId = await knownTenant(caller, query.tenant_id);
      return query.after === undefined ? list(tenantId, query) : poll(tenantId, query, query.after);
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/v1/events/{id}',
    access: 'portal',
    summary: 'Read an event',
    query: z.strictObject(tenantQuery),
    status: 200,
    response: shownEventSchema,
    run: async ({ caller, params, query }) => {
      const event = await requireEvent(await knownTenant(caller, query.tenant_id), params.id);
      return showEvent(event);
    },
  }),
];

/** Reads an event. @throws PosthornError `not_found`, also for another tenant's */
export async function requireEvent(tenantId: string, id: string | undefined): Promise<StoredEvent> {
  const event = id === undefined || !ownId.safeParse(id).success ? undefined : await getEvent(tenantId, id);
  if (event === undefined) throw new PosthornError('not_found', `There is no event ${quote(id ?? '')}.`);
  return event;
}

function showEvent(event: StoredEvent) {
  return {
    id: event.id,
    tenant_id: event.tenantId,
    type: event.type,
    data: parseJson(event.dataText),
    occurred_at: event.occurredAt === undefined ? undefined : new Date(event.occurredAt).toISOString(),
    created_at: showTime(event.acceptedAt),
  };
}

async function list(tenantId: string, { limit, type, from, to, cursor }: ListQuery) {
  checkPeriod({ from, to });
  const filter = { from, to, wantsType: type === undefined ? undefined : wantedBy(type) };
  const { lines, next } = await collectEvents(tenantId, limit, filter, readCursor(cursor, listPlaceSchema));
  return {
    events: lines.map(({ id, type, acceptedAt }) => ({ id, type, created_at: showTime(acceptedAt) })),
    next_cursor: next === undefined ? null : writeCursor(next),
  };
}

/** Answers a cursor to poll with again, whether there were events or not. */
async function poll(tenantId: string, { limit, type, ...rest }: ListQuery, after: string) {
  for (const name of ['from', 'to', 'cursor'] as const) {
    if (rest[name] === undefined) continue;
    throw refuse('invalid_request', name, `${name} is of the list, and cannot be sent together with after.`);
  }
  const place = await readPlace(tenantId, after);
  const { events, next } = await pollEvents(tenantId, limit, wantedBy(type ?? '*'), place);
  return { events: events.map(showEvent), next_cursor: writeCursor(next) };
}

async function readPlace(tenantId: string, after: string): Promise<PollPlace> {
  if (after === 'earliest') return EARLIEST;
  if (after === 'latest') return latestPlace(tenantId);
  return readCursor(after, pollPlaceSchema, 'after') as PollPlace;
}

function wantedBy(pattern: string): (type: string) => boolean {
  return (type) => matchesType(pattern, type);
}
