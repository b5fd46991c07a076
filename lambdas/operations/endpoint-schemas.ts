import * as z from 'zod';
import { REDACTED } from '../../core/endpoint.ts';
import { nextCursor, ownId, shownTime } from './common.ts';
import { settingsSchema } from './endpoint-settings.ts';

const redacted = z.string().meta({ example: REDACTED });

const shownAuth = z.union([
  z.object({ header: z.object({ name: z.string(), value: redacted }) }),
  z.object({
    openIdConnect: z.object({
      issuer: z.string().optional(),
      tokenUrl: z.string().optional(),
      clientId: z.string(),
      clientSecret: redacted,
      scope: z.string().optional(),
    }),
  }),
]);

const shownAlerts = z.object({
  email: z.array(z.string()),
  status: z
    .enum(['on', 'no_sender'])
    .meta({ description: '`no_sender`: alerts are off, since this deployment has nobody to send mails as.' }),
  stopped: z
    .array(
      z.object({
        email: z.string(),
        reason: z.enum(['unsubscribed', 'bounced', 'complained']),
        at: shownTime,
      }),
    )
    .optional()
    .meta({ description: 'Addresses that were taken off. Setting one again puts it back.' }),
  refused: z
    .array(z.object({ email: z.string(), reason: z.string(), at: shownTime }))
    .optional()
    .meta({
      description:
        'Addresses that the last mail could not be sent to, and why. The next one is tried again; one that goes through ends this.',
    }),
});

const shown = z.object({
  id: ownId.meta({ example: 'ep_0ujsswThIGTUYm2K8FjOOf' }),
  url: z.string().meta({ example: 'https://example.com/webhooks' }),
  events: z.array(z.string()).meta({ example: ['order.*'] }),
  active: z.boolean().meta({ example: true }),
  created_at: shownTime,
  updated_at: shownTime,
  operational: z
    .literal(true)
    .optional()
    .meta({ description: 'It gets operational events, and nothing else.' }),
  filters: z.record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]))).optional(),
  description: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  api_version: z.string().optional(),
  rate_limit: z
    .object({ per_second: z.number().optional(), concurrent: z.int().optional() })
    .optional()
    .meta({ description: 'What it takes at most; no limit where absent.' }),
  timeout: z.number().optional().meta({ description: "Seconds; the dialect's where absent." }),
  circuit: z
    .object({
      state: z.enum(['closed', 'open', 'draining']).meta({
        description:
          'open: the endpoint fails again and again, and its deliveries wait. draining: it is well again, and what waited is sent.',
      }),
      failures: z.int().optional().meta({ description: 'Failed attempts in a row.' }),
      failing_since: shownTime.optional().meta({ description: 'When the first of them ended.' }),
      next_probe_at: shownTime.optional().meta({ description: 'When a waiting delivery is tried next.' }),
    })
    .meta({
      description: 'Whether the endpoint rests. PATCH active: true makes it get everything at once.',
      example: { state: 'closed' },
    }),
  alerts: shownAlerts.optional(),
  disabled_reason: z.string().optional().meta({ description: 'Why the platform switched it off.' }),
  headers: z.record(z.string(), redacted).optional(),
  auth: shownAuth.optional(),
  signing: z.literal('ed25519').optional(),
  public_key: z.string().optional().meta({ description: 'What an ed25519 signature is verified by.' }),
});

export const endpointSchema = shown.meta({ id: 'Webhook', description: 'An endpoint, without its secrets.' });

export const readEndpointSchema = shown
  .extend({
    last_success_at: shownTime.optional().meta({ description: 'When an attempt succeeded last.' }),
    last_failure_at: shownTime.optional().meta({ description: 'When an attempt failed last.' }),
    success_rate_24h: z.number().min(0).max(1).optional().meta({
      description:
        'Successes by attempts of this hour and the 23 before it, a minute or two late; absent where there was none.',
      example: 0.998,
    }),
  })
  .meta({
    id: 'WebhookDetails',
    description: 'An endpoint, without its secrets, and how it does. Lists leave out how it does.',
  });

export const newEndpointSchema = shown
  .extend({
    secret: z.string().optional().meta({
      description: 'What the receiver verifies with.',
      example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    }),
  })
  .meta({ id: 'NewWebhook', description: 'An endpoint with its secret.' });

/** What a patch answers that changes no secret. */
export const patchedExample = {
  id: 'ep_0ujsswThIGTUYm2K8FjOOf',
  url: 'https://example.com/webhooks',
  events: ['order.paid'],
  active: true,
  created_at: '2026-01-15T12:30:00Z',
  updated_at: '2026-01-16T08:00:00Z',
  timeout: 5,
  circuit: { state: 'closed' },
};

export const endpointListSchema = z.object({ webhooks: z.array(endpointSchema), next_cursor: nextCursor });

/** What creating takes, for the document; {@link settingsSchema} checks it. */
export const wantedEndpointSchema = settingsSchema.extend({ tenant_id: ownId.optional() }).meta({
  id: 'WantedWebhook',
  example: {
    url: 'https://example.com/webhooks',
    events: ['order.*'],
    filters: { 'order.currency': ['USD', 'EUR'] },
    description: 'Orders for the ledger',
    headers: { 'X-Team': 'ledger' },
    alerts: { email: ['ops@example.com'] },
  },
});
