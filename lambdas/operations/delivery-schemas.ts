import * as z from 'zod';
import { SHOWN_STATE } from '../../core/delivery.ts';
import { nextCursor, ownId, shownTime, time } from './common.ts';
import { typeFilter } from './event-schemas.ts';

/** A delivery's state, in the guides' words. */
export const shownState = z.enum(Object.values(SHOWN_STATE));

const pendingExample = {
  id: 'del_0VbZ3KSPWhVCbapCkicz610VbZ3KhNJTXNjC8kkeZ',
  event_id: 'msg_0VbZ3KSPWhVCbapCkicz61',
  webhook_id: 'ep_0VbZ3KSPWhVCbapCkicz61',
  event_type: 'order.paid',
};

const deliveryExample = {
  ...pendingExample,
  status: 'success',
  status_code: 200,
  attempts: 1,
  duration_ms: 161,
  attempted_at: '2026-01-15T12:30:01Z',
  delivered_at: '2026-01-15T12:30:01Z',
};

/** What a test answers at once. */
export const testExample = { ...pendingExample, status: 'pending', attempts: 0, test: true };
/** What a resend of a delivery answers whose one attempt failed. */
export const resendExample = {
  ...deliveryExample,
  status: 'pending',
  status_code: 500,
  delivered_at: undefined,
};

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
    waiting: z
      .boolean()
      .optional()
      .meta({ description: 'Whether it waits until the endpoint, which rests, gets through again.' }),
    error: z.string().optional().meta({ description: 'Why the last attempt failed.' }),
    test: z.boolean().optional().meta({ description: 'Whether a test event made it.' }),
  })
  .meta({
    id: 'Delivery',
    description: 'One event to one endpoint, with all its attempts.',
    example: deliveryExample,
  });

export const deliveryListSchema = z.object({
  deliveries: z.array(deliverySchema),
  next_cursor: nextCursor,
  prev_cursor: z
    .string()
    .nullable()
    .meta({ description: 'The `cursor` of the page before; null on the first one.', example: null }),
});

/** How a list of deliveries is narrowed. */
export const deliveryFilter = {
  status: shownState.optional().meta({
    description:
      "Only those in this state. While a resend is on its way, a second or so, a delivery is shown as `pending`; in an endpoint's list it is found by the state that its schedule left it in.",
  }),
  event_type: typeFilter,
  test: z.enum(['true', 'false']).optional().meta({ description: 'Only tests, or none of them.' }),
  from: time.optional().meta({ description: 'Only of events accepted at this time or later.' }),
  to: time.optional().meta({ description: 'Only of events accepted before this time.' }),
};

const shownHeaders = z.record(z.string(), z.string());

const BODY = {
  body: '{"type":"order.paid","timestamp":"2026-01-15T12:30:00.000Z","data":{"total":5999}}',
  body_sha256: '05814d70f48569009ad10c6defb79c6c8b210f24b988adc33a5e85b580fe6733',
};

const attemptExample = {
  attempt: 1,
  started_at: '2026-01-15T12:30:01.120Z',
  duration_ms: 161,
  status_code: 200,
  request: {
    url: 'https://example.com/webhooks',
    headers: { 'Content-Type': 'application/json', 'webhook-id': 'msg_0VbZ3KSPWhVCbapCkicz61' },
    body_sha256: BODY.body_sha256,
  },
  response: { headers: { 'content-type': 'text/plain' }, body: 'OK', truncated: false },
};

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
      body_sha256: z.string().meta({
        description:
          "Of the body that was sent: the delivery's own where the two are equal. They differ where the endpoint's `api_version`, which stands in the envelopes of `arken`, was changed since.",
      }),
    }),
    response: z
      .object({ headers: shownHeaders, body: z.string(), truncated: z.boolean() })
      .optional()
      .meta({ description: 'What the endpoint answered; the beginning of its body.' }),
  })
  .meta({
    id: 'Attempt',
    description: 'One HTTP request.',
    example: attemptExample,
  });

/** How many attempts are shown of a delivery: a whole schedule has ten at most. */
export const ATTEMPTS = 100;

export const deliveryDetailsSchema = deliverySchema
  .extend({
    body: z.string().nullable().meta({
      description:
        'The exact body that the endpoint is sent, in all attempts; null once the event has expired.',
    }),
    body_sha256: z.string().nullable().meta({ description: 'SHA-256 of `body`, hex.' }),
    attempt_log: z.array(attemptSchema).meta({
      description: `The latest ${ATTEMPTS} attempts at most, oldest first; fewer where they are too long for one answer, 4 MB. \`attempts\` counts all of them.`,
    }),
  })
  .meta({
    id: 'DeliveryDetails',
    description: 'A delivery with its attempts.',
    example: { ...deliveryExample, ...BODY, attempt_log: [attemptExample] },
  });
