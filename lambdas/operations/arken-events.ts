import * as z from 'zod';
import { buildEnvelope, splitType } from '../../core/envelope.ts';
import type { StoredEvent } from '../../core/event.ts';
import { parseJson } from '../../core/json.ts';
import { requireDialect } from '../adapters/dialects.ts';
import type { Tenant } from '../adapters/tenant-store.ts';
import type { Caller } from '../middleware/authenticate.ts';
import {
  accountQuery,
  checkPeriod,
  nextCursor,
  ownId,
  page,
  readCursor,
  requireTenant,
  time,
  writeCursor,
} from './common.ts';
import { readEvents } from './event-bodies.ts';
import { collectEvents, type ListedLine, listPlaceSchema } from './event-list.ts';
import { requireEvent } from './events.ts';
import { inGuideWords } from './guide-words.ts';
import { defineOperation } from './operation.ts';

/** The guide's clients fill the query in from a form: what they leave empty was not asked for. */
const emptyIsAbsent = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([z.literal('').transform(() => undefined), schema]).optional();

/** Other dialects have other members. */
const envelopeSchema = z
  .looseObject({
    eventId: ownId,
    accountHashId: ownId,
    category: z.string(),
    type: z.string(),
    occurredAt: z.iso.datetime(),
    apiVersion: z.null().meta({ description: "An endpoint's, so there is none here." }),
    data: z.unknown(),
    callback: z.object({ method: z.string(), url: z.string() }).optional(),
  })
  .partial()
  .meta({
    id: 'ArkenEvent',
    example: {
      eventId: 'evt_0VbZ3KSPWhVCbapCkicz61',
      accountHashId: 'ACC7F3',
      category: 'FileStore',
      type: 'Upload',
      occurredAt: '2026-01-15T12:30:00.000Z',
      apiVersion: null,
      data: { documentHashId: 'DOC42' },
      callback: { method: 'GET', url: 'https://api.example.com/Document/DOC42' },
    },
  });

export const arkenEventOperations = [
  defineOperation({
    method: 'GET',
    path: '/Event',
    access: 'portal',
    summary: "List an account's events as its endpoints get them, newest first, to reconcile missed ones",
    query: z.strictObject({
      ...page,
      cursor: emptyIsAbsent(z.string().max(1024)),
      ...accountQuery,
      from: emptyIsAbsent(time).meta({ description: 'Only events accepted at this time or later.' }),
      to: emptyIsAbsent(time).meta({ description: 'Only events accepted before this time.' }),
      category: emptyIsAbsent(z.string().max(128)),
      type: emptyIsAbsent(z.string().max(128)),
    }),
    status: 200,
    response: z.object({ events: z.array(envelopeSchema), next_cursor: nextCursor }),
    run: async ({ caller, query }) => {
      const tenant = await requireAccount(caller, query.accountHashId);
      const place = readCursor(query.cursor, listPlaceSchema);
      checkPeriod(query);
      const filter = { from: query.from, to: query.to, wantsType: wanted(query.category, query.type) };
      const { lines, next } = await collectEvents(tenant.id, query.limit, filter, place);
      const { events, read } = await readEvents(tenant.id, lines);
      const goOn = read < lines.length ? (lines[read - 1] as ListedLine).place : next;
      return {
        events: events.map((event) => showAsSent(tenant, event)),
        next_cursor: goOn === undefined ? null : writeCursor(goOn),
      };
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/Event/{eventId}',
    access: 'portal',
    summary: 'Read an event as endpoints get it',
    query: z.strictObject(accountQuery),
    status: 200,
    response: envelopeSchema,
    run: async ({ caller, params, query }) => {
      const tenant = await requireAccount(caller, query.accountHashId);
      return showAsSent(tenant, await requireEvent(tenant.id, params.eventId));
    },
  }),
];

function requireAccount(caller: Caller, named: string | undefined): Promise<Tenant> {
  return inGuideWords({ tenant_id: 'accountHashId' }, () => requireTenant(caller, named));
}

/** An event in the envelope of its tenant's dialect; without an API version, which is an endpoint's. */
function showAsSent({ dialect }: Tenant, event: StoredEvent) {
  return parseJson(buildEnvelope(requireDialect(dialect), event)) as z.output<typeof envelopeSchema>;
}

/** Arken's category and type are the two halves of ours. */
function wanted(category: string | undefined, action: string | undefined) {
  return (type: string): boolean => {
    const halves = splitType(type);
    return (
      (category === undefined || category === halves[0]) && (action === undefined || action === halves[1])
    );
  };
}
