import * as z from 'zod';
import { nextCursor, ownId, shownTime } from './common.ts';

/** How a list is narrowed to a type. */
export const typeFilter = z
  .string()
  .max(128)
  .optional()
  .meta({ description: 'Only this type; `order.*` for all that begin with `order.`.' });

const shownType = z.string().meta({ example: 'order.paid' });

export const listedEventSchema = z.object({ id: ownId, type: shownType, created_at: shownTime });

export const eventListSchema = z.object({ events: z.array(listedEventSchema), next_cursor: nextCursor });

export const shownEventSchema = z
  .object({
    id: ownId,
    tenant_id: ownId,
    type: shownType,
    data: z.unknown().meta({ description: "The producer's data, digit by digit.", example: { total: 5999 } }),
    occurred_at: z.iso.datetime().optional().meta({ description: 'Where the producer said so.' }),
    created_at: shownTime.meta({ description: 'When it was accepted.' }),
  })
  .meta({ id: 'Event' });
