import { createHash } from 'node:crypto';
import * as z from 'zod';
import { PosthornError } from '../../core/errors.ts';
import type { StoredEvent } from '../../core/event.ts';
import { ID_KEY_LENGTH } from '../../core/ids.ts';
import { logError } from '../adapters/log.ts';
import { publishEvent } from '../adapters/traced-events.ts';
import { sendHops } from '../adapters/tracing.ts';
import type { Caller } from '../middleware/authenticate.ts';
import { checkKey } from '../middleware/idempotency-key.ts';
import { describeProblem } from '../middleware/problem-responses.ts';
import { validate } from '../middleware/validation.ts';
import { ownId, showTime, tenantOf } from './common.ts';
import { defineOperation, type OperationInput } from './operation.ts';
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
  idsByKey: true,
  status: 202,
  response: acceptedSchema,
  run: async ({ caller, body, now, idempotencyKey, traceHeader }) => {
    const publish = 'events' in body ? publishBatch : publishOne;
    const request = { caller, now, idempotencyKey: checkKey(idempotencyKey), traceHeader };
    const answer = await publish(request, body);
    await sendHops();
    return answer;
  },
});

type PublishRequest = Pick<OperationInput, 'caller' | 'now' | 'idempotencyKey' | 'traceHeader'>;

async function publishOne(request: PublishRequest, body: object) {
  const event = await readEntry(request, body);
  const { result, stored } = await publishEvent(event, request.traceHeader);
  if (result === 'conflict') throw conflict(event);
  return showAccepted(stored);
}

/** The verdict on one entry of a batch. */
interface EntryResult {
  readonly status: number;
  readonly id?: string;
  readonly error?: { readonly code: string; readonly detail: string; readonly path?: string };
}

async function publishBatch(request: PublishRequest, body: object): Promise<{ results: EntryResult[] }> {
  const entries = validate(batchSchema, body, '', ['events']).events;
  const read = await Promise.all(
    entries.map((entry, i) =>
      readEntry(request, entry, i).catch((error: unknown) => {
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
    const result = Promise.resolve(stored.get(key)).then(() => storeEntry(entry));
    stored.set(key, result);
    return result;
  });
  return { results: await Promise.all(results) };
}

/**
 * Stores one entry, with a trace of its own where it gets one: the caller's would have to hold a hundred. What the store would not
 * take now fails this entry alone, with the id to send again.
 */
async function storeEntry(event: StoredEvent): Promise<EntryResult> {
  try {
    const { result } = await publishEvent(event);
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

async function readEntry(
  { caller, now, idempotencyKey }: PublishRequest,
  body: unknown,
  index?: number,
): Promise<StoredEvent> {
  const path = index === undefined ? '' : `events[${index}].`;
  const input = validate(eventSchema, body, path, ['data']);
  const tenantId = tenantOf(caller, input.tenant_id, `${path}tenant_id`);
  const idTail = idempotencyKey && tailOfKey(caller, idempotencyKey, index ?? 0);
  return readEvent(tenantId, input, now, path, idTail);
}

/** The end of an id that is the same whenever the request is repeated: the event's id then does what the key is for. */
function tailOfKey({ kind }: Caller, key: string, index: number): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, key, index]))
    .digest('base64url')
    .slice(0, ID_KEY_LENGTH);
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
