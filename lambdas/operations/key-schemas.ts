import * as z from 'zod';
import { nextCursor, ownId, shownTime } from './common.ts';

const shown = z.object({
  id: z.string().meta({ example: 'key_0ujsswThIGTUYm2K8FjOOf' }),
  name: z.string().optional().meta({ example: 'shop' }),
  access_key: z.string().meta({
    description: 'The public half, the user name of HTTP Basic.',
    example: 'ak_0ujsswThIGTUYm2K8FjOOf',
  }),
  scope: z.enum(['tenant', 'publish', 'operator']),
  created_at: shownTime,
});

const keySchema = shown.meta({ id: 'ApiKey', description: 'A key, without its secret.' });

export const newKeySchema = shown
  .extend({
    key: z.string().meta({
      description: 'The whole key, for `Authorization: Bearer`.',
      example: 'ak_0ujsswThIGTUYm2K8FjOOf.Zm9ydHktdHdvIGJ5dGVz',
    }),
    secret_key: z
      .string()
      .meta({ description: 'The secret half, the password of HTTP Basic.', example: 'Zm9ydHktdHdvIGJ5dGVz' }),
  })
  .meta({ id: 'NewApiKey', description: 'A key; its secret is in no other answer.' });

export const operatorKeyExample = {
  id: 'key_0ujsswThIGTUYm2K8FjOOf',
  name: 'shop',
  access_key: 'ok_0ujsswThIGTUYm2K8FjOOf',
  scope: 'operator',
  created_at: '2026-01-15T12:30:00Z',
  key: 'ok_0ujsswThIGTUYm2K8FjOOf.Zm9ydHktdHdvIGJ5dGVz',
  secret_key: 'Zm9ydHktdHdvIGJ5dGVz',
};

export const keyListSchema = z.object({ keys: z.array(keySchema), next_cursor: nextCursor });

export const portalLinkSchema = z
  .object({
    id: z.string().meta({ example: 'link_0ujsswThIGTUYm2K8FjOOf', description: 'To revoke it by.' }),
    token: z.string().meta({
      description: 'For `Authorization: Bearer`.',
      example: 'pl_0ujsswThIGTUYm2K8FjOOf.Zm9ydHktdHdvIGJ5dGVz',
    }),
    tenant_id: ownId.meta({ example: 'acme' }),
    expires_at: shownTime,
  })
  .meta({ id: 'PortalLink' });
