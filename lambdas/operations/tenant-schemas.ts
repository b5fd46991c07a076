import { z } from 'zod';
import { nextCursor, ownId, shownTime } from './common.ts';

export const tenantSchema = z
  .object({
    id: ownId.meta({ example: 'acme' }),
    name: z.string().meta({ example: 'Acme' }),
    dialect: z.string().meta({ example: 'standard' }),
    created_at: shownTime,
  })
  .meta({ id: 'Tenant' });

export const tenantListSchema = z.object({ tenants: z.array(tenantSchema), next_cursor: nextCursor });

export const newKeySchema = z
  .object({
    id: z.string(),
    key: z.string().meta({ description: 'The whole key, for `Authorization: Bearer`.' }),
    access_key: z.string().meta({ description: 'The public half, the user name of HTTP Basic.' }),
    secret_key: z.string().meta({ description: 'The secret half, the password of HTTP Basic.' }),
    scope: z.enum(['tenant', 'publish']),
  })
  .meta({ id: 'NewApiKey', description: 'An API key; its secret is in no other answer.' });
