import * as z from 'zod';
import { SHOWN_STATE } from '../../core/delivery.ts';
import { nextCursor, ownId, shownTime, time } from './common.ts';
import { typeFilter } from './event-schemas.ts';

/** A delivery's state, in the guides' words. */
export const shownState = z.enum(Object.values(SHOWN_STATE));

export const deliverySchema = z
  .object({
    id: z.string(),
    event_id: ownId,
    webhook_id: ownId,
    event_type: z.string().meta({ example: 'order.paid' }),
    status: shownState,
    status_code: z.int().optional().meta({ description: "The last attempt's HTTP status.", example: 200 }),
    attempts: z.int().meta({ description: 'Attempts made so far.' }),
    duration_ms: z.number().optional().meta({ description: 'How long the last attempt took.' }),
    attempted_at: shownTime.optional(),
    delivered_at: shownTime.optional(),
    next_attempt_at: shownTime.optional(),
    error: z.string().optional().meta({ description: 'Why the last attempt failed.' }),
    test: z.boolean().optional().meta({ description: 'Whether a test event made it.' }),
  })
  .meta({ id: 'Delivery', description: 'One event to one endpoint, with all its attempts.' });

export const deliveryListSchema = z.object({
  deliveries: z.array(deliverySchema),
  next_cursor: nextCursor,
  prev_cursor: z
    .string()
    .nullable()
    .meta({ description: 'The `cursor` of the page before; null on the first one.' }),
});

/** How a list of deliveries is narrowed. */
export const deliveryFilter = {
  status: shownState.optional().meta({ description: 'Only those that the answer shows as this.' }),
  event_type: typeFilter,
  test: z.enum(['true', 'false']).optional().meta({ description: 'Only tests, or none of them.' }),
  from: time.optional().meta({ description: 'Only of events accepted at this time or later.' }),
  to: time.optional().meta({ description: 'Only of events accepted before this time.' }),
};

const shownHeaders = z.record(z.string(), z.string());

const attemptSchema = z
  .object({
    attempt: z.int().meta({ description: 'Counted from 1, resends included.' }),
    resend: z.boolean().optional().meta({ description: 'Whether a person asked for it.' }),
    started_at: z.iso.datetime(),
    duration_ms: z.number(),
    status_code: z.int().optional(),
    error: z.string().optional(),
    request: z.object({
      url: z.string(),
      headers: shownHeaders.meta({ description: 'As sent, with credentials hidden.' }),
      body: z
        .string()
        .nullable()
        .meta({ description: 'The exact body, or null where it can no longer be rebuilt.' }),
      body_sha256: z.string(),
    }),
    response: z
      .object({ headers: shownHeaders, body: z.string(), truncated: z.boolean() })
      .optional()
      .meta({ description: 'What the endpoint answered; the beginning of its body.' }),
  })
  .meta({ id: 'Attempt', description: 'One HTTP request.' });

export const deliveryDetailsSchema = deliverySchema
  .extend({ attempt_log: z.array(attemptSchema) })
  .meta({ id: 'DeliveryDetails', description: 'A delivery with every attempt.' });
