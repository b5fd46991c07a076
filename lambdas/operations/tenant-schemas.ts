import * as z from 'zod';
import { nextCursor, ownId, shownTime, text } from './common.ts';

export const tenantName = text(200).min(1).meta({ example: 'Acme' });

export const validateSetting = z.enum(['strict', 'off']).meta({
  description: "`strict`: publishing refuses data that does not fit its type's schema.",
});

export const retentionSetting = z.int().min(1).max(3650).meta({
  description:
    "Days that deliveries are kept and events listed; at most the platform's, which they are by default. Events stay a week longer.",
  example: 30,
});

export const tenantSchema = z
  .object({
    id: ownId.meta({ example: 'acme' }),
    name: z.string().meta({ example: 'Acme' }),
    dialect: z.string().meta({ example: 'standard' }),
    status: z.enum(['active', 'disabled', 'deleting']),
    validate: validateSetting.meta({ example: 'off' }),
    retention_days: retentionSetting,
    created_at: shownTime,
  })
  .meta({ id: 'Tenant' });

export const deletingExample = {
  id: 'acme',
  name: 'Acme',
  dialect: 'standard',
  status: 'deleting',
  validate: 'off',
  retention_days: 30,
  created_at: '2026-01-15T12:30:00Z',
};

export const tenantListSchema = z.object({ tenants: z.array(tenantSchema), next_cursor: nextCursor });
