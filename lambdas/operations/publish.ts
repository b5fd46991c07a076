import * as z from 'zod';
import { PosthornError } from '../../core/errors.ts';
import type { StoredEvent } from '../../core/event.ts';
import { logError } from '../adapters/log.ts';
import { publishEvent } from '../adapters/traced-events.ts';
import { sendHops } from '../adapters/tracing.ts';
import type { Caller } from '../middleware/authenticate.ts';
import { describeProblem } from '../middleware/problem-responses.ts';
import { validate } from '../middleware/validation.ts';
import { ownId, showTime, tenantOf } from './common.ts';
import { defineOperation } from './operation.ts';
import { acceptedSchema, batchSchema, eventSchema, publishedSchema } from './publish-schemas.ts';
import { conflict, readEvent } from './read-event.ts';

export const publishOperation = defineOperation({
  method: 'POST',
  path: '/v1/events',
  access: 'publish',
  summary: 'Publish an event, or a batch of up to 100',
  // Which of the two it is decides what its faults are measured by, so the shapes are checked one by one below.
  body: z.custom<object>((value) => typeof value === 'object' && value !== null, 'must be a JSON object'),
  bodyShown: publishedSchema,
  opaque: ['data', 'events'],
  ownIds: true,
  status: 202,
  response: acceptedSchema,
  run: async ({ caller, body, now, traceHeader }) => {
    const publish = 'events' in body ? publishBatch : publishOne;
    const answer = await publish(caller, body, now, traceHeader);
    await sendHops();
    return answer;
  },
});

async function publishOne(caller: Caller, body: object, now: number, traceHeader?: string) {
  const event = await readEntry(caller, body, now, '');
  const { result, stored } = await publishEvent(event, traceHeader);
  if (result === 'conflict') throw conflict(event);
  return showAccepted(stored);
}

/** The verdict on one entry of a batch. */
interface EntryResult {
  readonly status: number;
  readonly id?: string;
  readonly error?: { readonly code: string; readonly detail: string; readonly path?: string };
}

async function publishBatch(
  caller: Caller,
  body: object,
  now: number,
  traceHeader?: string,
): Promise<{ results: EntryResult[] }> {
  const entries = validate(batchSchema, body, '', ['events']).events;
  const read = await Promise.all(
    entries.map((entry, i) =>
      readEntry(caller, entry, now, `events[${i}].`).catch((error: unknown) => {
        if (error instanceof PosthornError) return refused(error, entry);
        throw error;
      }),
    ),
  );
  const stored = new Map<string, Promise<EntryResult>>();
  const results = read.map((entry) => {
    if (!('contentHash' in entry)) return entry;
    // Entries of one id are stored in their order: the second is the first's echo or its conflict.
    const key = `${entry.tenantId}#${entry.id}`;
    const result = Promise.resolve(stored.get(key)).then(() => storeEntry(entry, traceHeader));
    stored.set(key, result);
    return result;
  });
  return { results: await Promise.all(results) };
}

/** Stores one entry. What the store would not take now fails this entry alone, with the id to send again. */
async function storeEntry(event: StoredEvent, traceHeader?: string): Promise<EntryResult> {
  try {
    const { result } = await publishEvent(event, traceHeader);
    return result === 'conflict' ? refused(conflict(event), event) : { status: 202, id: event.id };
  } catch (cause) {
    logError('an entry of a batch could not be stored', cause, {
      tenantId: event.tenantId,
      eventId: event.id,
    });
    const message = 'The event was not stored for certain. Send it again with this id.';
    return refused(new PosthornError('unavailable', message, [], { cause }), event);
  }
}

async function readEntry(caller: Caller, body: unknown, now: number, path: string): Promise<StoredEvent> {
  const input = validate(eventSchema, body, path, ['data']);
  return readEvent(tenantOf(caller, input.tenant_id, `${path}tenant_id`), input, now, path);
}

function refused(error: unknown, entry: unknown): EntryResult {
  const { status, code, detail, errors } = describeProblem(error);
  const id = (entry as { id?: unknown } | null)?.id;
  return {
    status,
    ...(ownId.safeParse(id).success && { id: id as string }),
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
