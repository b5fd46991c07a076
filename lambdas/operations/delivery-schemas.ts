import { z } from 'zod';
import { SHOWN_STATE } from '../../core/delivery.ts';
import { nextCursor, ownId, shownTime } from './common.ts';

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
  })
  .meta({ id: 'Delivery', description: 'One event to one endpoint, with all its attempts.' });

export const deliveryListSchema = z.object({ deliveries: z.array(deliverySchema), next_cursor: nextCursor });
