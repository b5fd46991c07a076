import { Business } from './business.ts';
import { Events } from './events.ts';
import { Resources } from './generated.ts';
import { type ClientSettings, makeCall } from './http-client.ts';

// What the package offers besides, to those who receive webhooks and to those who handle errors.
export type { Dialect } from '../core/dialects/dialect.ts';
export { PosthornApiError, PosthornConnectionError, type RefusedValue } from './api-errors.ts';
export type { BusinessSettings } from './business.ts';
export type { NewEvent } from './events.ts';
export type * from './generated.ts';
export type { CallOptions, ClientSettings } from './http-client.ts';
export type { DialectName, ReceivedEvents } from './received-events.ts';
export type { RequestHeaders } from './request-headers.ts';
export { type VerificationCode, WebhookVerificationError } from './verification-error.ts';
export { type VerifyOptions, verify } from './verify.ts';

/**
 * Calls the API of a Posthorn deployment, e.g. `sdk.events.publish({ type: 'order.paid', data })`.
 *
 * Calls reject with a `PosthornApiError` where the API refused, and with a `PosthornConnectionError` where no answer
 * came; both only after the retries that the settings allow.
 */
export class Posthorn extends Resources {
  override readonly events: Events;
  /** The calls of the Arky guide. */
  readonly business: Business;

  constructor(settings: ClientSettings) {
    const call = makeCall(settings);
    super(call);
    this.events = new Events(call);
    this.business = new Business(call);
  }
}
