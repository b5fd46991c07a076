import * as z from 'zod';
import { EVENT_PATTERN } from '../../core/match.ts';
import { nextCursor, ownId, page, shownTime, tenantQuery, time } from './common.ts';

/** How a list is narrowed to a type. */
export const typeFilter = z
  .string()
  .max(128)
  .regex(EVENT_PATTERN, 'must be an event type, a prefix like "order.*", or "*"')
  .optional()
  .meta({ description: 'Only this type; `order.*` for all that begin with `order.`.' });

export const listQuerySchema = z.strictObject({
  ...page,
  ...tenantQuery,
  type: typeFilter,
  from: time.optional().meta({ description: 'Only events accepted at this time or later.' }),
  to: time.optional().meta({ description: 'Only events accepted before this time.' }),
  after: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .meta({ description: 'Poll instead: `earliest`, `latest`, or the `next_cursor` of the poll before.' }),
});
export type ListQuery = z.output<typeof listQuerySchema>;

const shownType = z.string().meta({ example: 'order.paid' });

export const shownEventSchema = z
  .object({
    id: ownId,
    tenant_id: ownId,
    type: shownType,
    data: z.unknown().meta({ description: "The producer's data, digit by digit.", example: { total: 5999 } }),
    occurred_at: z.iso.datetime().optional().meta({ description: 'Where the producer said so.' }),
    created_at: shownTime.meta({ description: 'When it was accepted.' }),
  })
  .meta({
    id: 'Event',
    example: {
      id: 'msg_0VbZ3KSPWhVCbapCkicz61',
      tenant_id: 'acme',
      type: 'order.paid',
      data: { order: { id: 'ord_123', total: 5999 } },
      created_at: '2026-01-15T12:30:00Z',
    },
  });

export const eventListSchema = z.object({
  events: z.array(
    shownEventSchema.partial({ tenant_id: true, data: true }).meta({
      id: 'ListedEvent',
      description: 'An event; its tenant and its data only where it was polled.',
      example: {
        id: 'msg_0VbZ3KSPWhVCbapCkicz61',
        type: 'order.paid',
        created_at: '2026-01-15T12:30:00Z',
      },
    }),
  ),
  next_cursor: nextCursor,
});
