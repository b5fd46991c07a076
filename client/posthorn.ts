// What the package offers to those who receive webhooks.
export type { Dialect } from '../core/dialects/dialect.ts';
export type { DialectName, ReceivedEvents } from './received-events.ts';
export type { RequestHeaders } from './request-headers.ts';
export { type VerificationCode, WebhookVerificationError } from './verification-error.ts';
export { type VerifyOptions, verify } from './verify.ts';
