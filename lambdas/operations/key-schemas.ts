import * as z from 'zod';
import { nextCursor, ownId, shownTime } from './common.ts';

const shown = z.object({
  id: z.string().meta({ example: 'key_0ujsswThIGTUYm2K8FjOOf' }),
  name: z.string().optional(),
  access_key: z.string().meta({ description: 'The public half, the user name of HTTP Basic.' }),
  scope: z.enum(['tenant', 'publish', 'operator']),
  created_at: shownTime,
});

const keySchema = shown.meta({ id: 'ApiKey', description: 'A key, without its secret.' });

export const newKeySchema = shown
  .extend({
    key: z.string().meta({ description: 'The whole key, for `Authorization: Bearer`.' }),
    secret_key: z.string().meta({ description: 'The secret half, the password of HTTP Basic.' }),
  })
  .meta({ id: 'NewApiKey', description: 'A key; its secret is in no other answer.' });

export const keyListSchema = z.object({ keys: z.array(keySchema), next_cursor: nextCursor });

export const portalLinkSchema = z
  .object({
    token: z.string().meta({ description: 'For `Authorization: Bearer`.' }),
    tenant_id: ownId,
    expires_at: shownTime,
  })
  .meta({ id: 'PortalLink' });
