import * as z from 'zod';
import { PosthornError, quote, refuse } from '../../core/errors.ts';
import { EVENT_TYPE_PATTERN, MAX_EVENT_TYPE_LENGTH } from '../../core/event.ts';
import type { Item } from '../adapters/dynamodb.ts';
import type { ReadEndpoint } from '../adapters/endpoint-items.ts';
import { listEndpoints } from '../adapters/endpoint-lists.ts';
import type { Caller } from '../middleware/authenticate.ts';
import { ownId, requireTenant } from './common.ts';
import { deliverySchema, testExample } from './delivery-schemas.ts';
import { addEndpoint, type ChangeContext, type ChangedEndpoint, patchEndpoint } from './endpoint-changes.ts';
import { settingsSchema } from './endpoint-settings.ts';
import { showSecret } from './endpoint-view.ts';
import { inGuideWords } from './guide-words.ts';
import { defineOperation } from './operation.ts';
import { sendTest } from './test-events.ts';

const { url, events, secret } = settingsSchema.shape;

const businessSchema = z.strictObject({
  id: ownId.optional().meta({ description: "The guide's client sends it here too." }),
  settings: z.strictObject({
    webhookUrl: url.optional().meta({ example: 'https://yourapp.com/api/webhooks/arky' }),
    webhookSecret: secret.meta({ example: 'whsec_your_secret_key' }),
    webhookEvents: events
      .unwrap()
      .optional()
      .meta({ example: ['order.created', 'order.paid'] }),
  }),
});
const testSchema = z.strictObject({
  businessId: ownId.optional().meta({ description: "The guide's client sends it here too." }),
  event: z
    .string()
    .max(MAX_EVENT_TYPE_LENGTH)
    .regex(EVENT_TYPE_PATTERN, 'must be a dotted name')
    .meta({ example: 'order.paid' }),
});

const shownBusinessSchema = z.object({
  id: ownId.meta({ example: 'biz_abc123' }),
  settings: z.object({
    webhookUrl: z.string().meta({ example: 'https://yourapp.com/api/webhooks/arky' }),
    webhookEvents: z.array(z.string()).meta({ example: ['order.created', 'order.paid'] }),
    webhookSecret: z.string().optional().meta({ description: 'Where this call made or changed it.' }),
  }),
  webhook_id: ownId.meta({
    description: 'The webhook, for the other calls.',
    example: 'wh_0VbZ3KSPWhVCbapCkicz61',
  }),
  active: z.boolean().meta({ description: 'Whether the webhook gets anything.', example: true }),
});
type Settings = z.output<typeof businessSchema>['settings'];

/** What the guide's words are in ours. */
const NAMES = {
  tenant_id: 'id',
  url: 'settings.webhookUrl',
  secret: 'settings.webhookSecret',
  events: 'settings.webhookEvents',
};
const TRIES = 5;
/** A business has one, and rarely an operational one before it. */
const ENDPOINTS_AT_ONCE = 5;

export const businessOperations = [
  defineOperation({
    method: 'PATCH',
    path: '/v1/businesses/{id}',
    access: 'portal',
    summary: "Set up a business's one webhook, as the arky guide's updateBusiness does",
    description:
      'The guide knows no other way to enable a webhook: one that was disabled is `active` again where `webhookUrl` is sent, the same one too, and its failures are forgotten.',
    body: businessSchema,
    status: 200,
    response: shownBusinessSchema,
    run: async ({ caller, params, body, api, now }) => {
      const { id = '' } = params;
      checkId('id', body.id, id);
      const { endpoint, secrets, rekeyed } = await inGuideWords(NAMES, () =>
        setUpWebhook(caller, id, body.settings, { api, now }),
      );
      return {
        id,
        settings: {
          webhookUrl: endpoint.url,
          webhookEvents: endpoint.events,
          ...(rekeyed && { webhookSecret: showSecret(secrets) }),
        },
        webhook_id: endpoint.id,
        active: endpoint.active,
      };
    },
  }),
  defineOperation({
    method: 'POST',
    path: '/v1/businesses/{id}/webhooks/test',
    access: 'portal',
    summary: "Send a test event to a business's webhook, as the arky guide's testWebhook does",
    body: testSchema,
    status: 202,
    response: deliverySchema,
    examples: { response: testExample },
    run: async ({ caller, params, body, now }) => {
      const { id = '' } = params;
      checkId('businessId', body.businessId, id);
      const business = await inGuideWords(NAMES, () => requireTenant(caller, id));
      const endpoint = await findWebhook(business.id);
      if (endpoint !== undefined) return sendTest(endpoint, { event: body.event }, now);
      throw new PosthornError('not_found', `The business ${quote(id)} has no webhook yet: set it up first.`);
    },
  }),
];

/** The business's one endpoint: its oldest for its own events, where somebody made more. */
async function findWebhook(businessId: string): Promise<ReadEndpoint | undefined> {
  let startKey: Item | undefined;
  do {
    const { endpoints, nextKey } = await listEndpoints(businessId, ENDPOINTS_AT_ONCE, startKey);
    const found = endpoints.find(({ operational }) => !operational);
    if (found !== undefined) return found;
    startKey = nextKey;
  } while (startKey !== undefined);
  return undefined;
}

function checkId(name: string, sent: string | undefined, id: string): void {
  if (sent === undefined || sent === id) return;
  const message = `${name} is ${quote(sent)}, but the path names the business ${quote(id)}.`;
  throw refuse('invalid_request', name, message);
}

/** Changes the business's oldest endpoint, or makes its first. */
async function setUpWebhook(
  caller: Caller,
  businessId: string,
  settings: Settings,
  context: ChangeContext,
): Promise<ChangedEndpoint> {
  for (let round = 1; ; round++) {
    // Read before the endpoints, so that of two callers who both see none the second is refused.
    const business = await requireTenant(caller, businessId);
    const oldest = await findWebhook(businessId);
    const patch = patchOf(settings);
    try {
      return oldest === undefined
        ? await addEndpoint(business, patch, context, true)
        : await patchEndpoint(oldest, patch, context);
    } catch (error) {
      if (!(error instanceof PosthornError) || error.code !== 'conflict' || round === TRIES) throw error;
    }
  }
}

function patchOf({ webhookUrl, webhookSecret, webhookEvents }: Settings): Record<string, unknown> {
  // Whoever says where to send to means that something is sent; the guide has no word for it.
  const active = webhookUrl === undefined ? undefined : true;
  const patch = { url: webhookUrl, secret: webhookSecret, events: webhookEvents, active };
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}
