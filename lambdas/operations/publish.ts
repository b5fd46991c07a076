import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { acceptEvent } from '../../core/accept-event.ts';
import { PosthornError, quote } from '../../core/errors.ts';
import { EVENT_TYPE_PATTERN, MAX_EVENT_TYPE_LENGTH, type StoredEvent } from '../../core/event.ts';
import { ID_RANDOM_BYTES, makeId } from '../../core/ids.ts';
import { requireDialect } from '../adapters/dialects.ts';
import { type PutResult, putEvent, putEvents } from '../adapters/event-store.ts';
import { getCachedTenant } from '../adapters/tenant-cache.ts';
import type { Caller } from '../middleware/authenticate.ts';
import { describeProblem } from '../middleware/problem-responses.ts';
import { validate } from '../middleware/validation.ts';
import { ownId, showTime, tenantOf } from './common.ts';
import { defineOperation } from './operation.ts';

/** Entries of one batch. */
export const MAX_BATCH = 100;

const eventSchema = z.strictObject({
  tenant_id: ownId.optional(),
  type: z
    .string()
    .max(MAX_EVENT_TYPE_LENGTH)
    .regex(EVENT_TYPE_PATTERN, 'must be a dotted name of letters, digits, "_" and "-"'),
  data: z.custom((value) => value !== undefined, 'must be a JSON object'),
  id: ownId.optional(),
  occurred_at: z.iso
    .datetime({ offset: true, error: 'must be an ISO 8601 time with its zone, e.g. 2026-01-15T12:30:00Z' })
    .optional(),
});

const batchSchema = z.strictObject({ events: z.array(z.unknown()).min(1).max(MAX_BATCH) });

export const publishOperation = defineOperation({
  method: 'POST',
  path: '/v1/events',
  access: 'publish',
  summary: 'Publish an event, or a batch of up to 100',
  // Which of the two it is decides what its faults are measured by, so the shapes are checked one by one below.
  body: z.custom<object>((value) => typeof value === 'object' && value !== null, 'must be a JSON object'),
  status: 202,
  run: ({ caller, body, now }) => {
    return 'events' in body ? publishBatch(caller, body, now) : publishOne(caller, body, now);
  },
});

async function publishOne(caller: Caller, body: object, now: number) {
  const event = await readEvent(caller, body, now, '');
  const { result, stored } = await putEvent(event);
  if (result === 'conflict') throw conflict(event);
  return showAccepted(stored);
}

/** The verdict on one entry of a batch. */
interface EntryResult {
  readonly status: number;
  readonly id?: string;
  readonly error?: { readonly code: string; readonly detail: string; readonly path?: string };
}

async function publishBatch(caller: Caller, body: object, now: number): Promise<{ results: EntryResult[] }> {
  const entries = validate(batchSchema, body).events;
  const read = await Promise.all(
    entries.map((entry, i) =>
      readEvent(caller, entry, now, `events[${i}].`).catch((error: unknown) => refused(error, entry)),
    ),
  );
  // Two entries of one id are judged in their order: the first is stored, and the second is its echo or its conflict.
  const rounds = splitRepeated(read.filter((entry) => 'contentHash' in entry));
  const results = new Map<StoredEvent, PutResult>();
  for (const events of rounds) {
    for (const [i, result] of (await putEvents(events)).entries())
      results.set(events[i] as StoredEvent, result);
  }
  return {
    results: read.map((entry) => {
      if (!('contentHash' in entry)) return entry;
      return results.get(entry) === 'conflict'
        ? refused(conflict(entry), entry)
        : { status: 202, id: entry.id };
    }),
  };
}

/** Groups of events with distinct ids, in order; one group but where an id is repeated. */
function splitRepeated(events: readonly StoredEvent[]): StoredEvent[][] {
  const rounds: Map<string, StoredEvent>[] = [];
  for (const event of events) {
    const key = `${event.tenantId}#${event.id}`;
    const round = rounds.find((candidate) => !candidate.has(key));
    if (round === undefined) rounds.push(new Map([[key, event]]));
    else round.set(key, event);
  }
  return rounds.map((round) => [...round.values()]);
}

async function readEvent(caller: Caller, body: unknown, now: number, path: string): Promise<StoredEvent> {
  const input = validate(eventSchema, body, path);
  const tenantId = tenantOf(caller, input.tenant_id, path);
  const tenant = await getCachedTenant(tenantId);
  if (tenant === undefined) throw new PosthornError('not_found', `There is no tenant ${quote(tenantId)}.`);
  const dialect = requireDialect(tenant.dialect);
  const event = {
    id: input.id ?? makeId(dialect.idPrefixes.event, now, randomBytes(ID_RANDOM_BYTES)),
    type: input.type,
    data: input.data,
    occurredAt: input.occurred_at === undefined ? undefined : Date.parse(input.occurred_at),
  };
  return acceptEvent(dialect, tenantId, event, now, path);
}

function conflict(event: StoredEvent): PosthornError {
  return new PosthornError(
    'conflict',
    `An event ${quote(event.id)} with other content was published before. Send the same content, or another id.`,
  );
}

function refused(error: unknown, entry: unknown): EntryResult {
  const { status, code, detail, errors } = describeProblem(error);
  if (status >= 500) throw error;
  const id = (entry as { id?: unknown } | null)?.id;
  return {
    status,
    ...(typeof id === 'string' && { id }),
    error: { code, detail, ...(errors?.[0] && { path: errors[0].path }) },
  };
}

function showAccepted(event: StoredEvent) {
  return {
    id: event.id,
    tenant_id: event.tenantId,
    type: event.type,
    created_at: showTime(event.acceptedAt),
  };
}
