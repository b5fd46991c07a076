import * as z from 'zod';
import {
  EVENT_TYPE_PATTERN,
  MAX_DATA_BYTES,
  MAX_EVENT_TIME,
  MAX_EVENT_TYPE_LENGTH,
} from '../../core/event.ts';
import { ownId, shownTime } from './common.ts';

/** Entries of one batch. */
export const MAX_BATCH = 100;

export const eventSchema = z.strictObject({
  tenant_id: ownId
    .optional()
    .meta({ description: "Whose event it is. The operator's key needs it, a tenant's own does not." }),
  type: z
    .string()
    .max(MAX_EVENT_TYPE_LENGTH)
    .regex(EVENT_TYPE_PATTERN, 'must be a dotted name of letters, digits, "_" and "-"')
    .meta({ example: 'order.paid' }),
  data: z
    .custom((value) => value !== undefined, 'must be a JSON object')
    .meta({
      type: 'object',
      example: { order: { id: 'ord_123', total: 5999 } },
      description: `At most ${MAX_DATA_BYTES} bytes, or fewer where the dialect's receivers take less.`,
    }),
  id: ownId.optional().meta({
    description:
      'The same id with the same content is accepted again and delivered once; made here where absent.',
  }),
  occurred_at: z.iso
    .datetime({ offset: true, error: 'must be an ISO 8601 time with its zone, e.g. 2026-01-15T12:30:00Z' })
    .refine(
      (time) => !(Date.parse(time) < 0 || Date.parse(time) > MAX_EVENT_TIME),
      'must lie between 1970 and 9999 in UTC',
    )
    .optional()
    .meta({ description: 'When it happened; when it was accepted, where absent.' }),
});

/** Each entry is checked by itself, so that one that is wrong fails alone. */
export const batchSchema = z.strictObject({ events: z.array(z.unknown()).min(1).max(MAX_BATCH) });

/** Both forms, as the document shows them. */
export const publishedSchema = z.union([
  eventSchema,
  z.strictObject({ events: z.array(eventSchema).min(1).max(MAX_BATCH) }),
]);

const verdictSchema = z.object({
  status: z.int().meta({ description: 'What the entry would have been answered alone.', example: 202 }),
  id: z.string().optional(),
  error: z.object({ code: z.string(), detail: z.string(), path: z.string().optional() }).optional(),
});

/** The answer to one event, or to a batch. */
export const acceptedSchema = z.union([
  z.object({ id: ownId, tenant_id: ownId, type: z.string(), created_at: shownTime }).meta({
    id: 'AcceptedEvent',
    example: {
      id: 'msg_0VbZ3KSPWhVCbapCkicz61',
      tenant_id: 'acme',
      type: 'order.paid',
      created_at: '2026-01-15T12:30:00Z',
    },
  }),
  z.object({ results: z.array(verdictSchema).meta({ description: "In the entries' order." }) }).meta({
    id: 'BatchVerdict',
    example: {
      results: [
        { status: 202, id: 'msg_0VbZ3KSPWhVCbapCkicz61' },
        { status: 422, error: { code: 'invalid_request', detail: 'type is missing.', path: 'type' } },
      ],
    },
  }),
]);
