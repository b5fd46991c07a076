import type { Delivery } from './generated.ts';
import { type Call, type CallOptions, pathPart } from './http-client.ts';

/** A business's webhook, in the words of the Arky guide. */
export interface BusinessSettings {
  readonly webhookUrl?: string;
  /** @default one that is made, and shown in the answer */
  readonly webhookSecret?: string;
  /** @default every event */
  readonly webhookEvents?: readonly string[];
}

/** The calls that the Arky guide makes; a business is a tenant. */
export class Business {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Creates or changes the business's one endpoint; with `webhookUrl` it is enabled, whatever disabled it. */
  async updateBusiness(
    { id, ...body }: { readonly id: string; readonly settings: BusinessSettings },
    options?: CallOptions,
  ): Promise<{ id: string; settings: BusinessSettings; webhook_id: string; active: boolean }> {
    return this.#call('PATCH', `/v1/businesses/${pathPart(id)}`, { body }, options);
  }

  /** Sends a test event to it; answers its delivery, which is pending. */
  async testWebhook(
    { businessId, ...body }: { readonly businessId: string; readonly event: string },
    options?: CallOptions,
  ): Promise<Delivery> {
    const path = `/v1/businesses/${pathPart(businessId)}/webhooks/test`;
    return this.#call('POST', path, { body }, options);
  }
}
