import type { Dialect } from './dialect.ts';

/**
 * The Standard Webhooks specification 1.0 (standardwebhooks.com): "Webhook payload", "Webhook metadata",
 * "Signature scheme" and "Deliverability and reliability". Event types are the tenant's own.
 */
export const standard: Dialect = {
  name: 'standard',
  title: 'Standard Webhooks 1.0',
  idPrefixes: { event: 'msg_', endpoint: 'ep_', delivery: 'del_' },
  envelope: [
    { key: 'type', from: 'event.type' },
    { key: 'timestamp', from: 'event.iso-millis' },
    { key: 'data', from: 'event.data' },
  ],
  numbers: 'as-sent',
  signature: {
    content: ['id', 'timestamp', 'body'],
    header: 'webhook-signature',
    format: 'versioned',
    secretEncoding: 'base64',
    timestampHeader: 'webhook-timestamp',
    idHeader: 'webhook-id',
  },
  auth: [],
  timeoutMs: 15_000,
  retryDelays: [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
  jitter: 0.1,
  maxBodyBytes: 262_144,
  // "410 Gone": the endpoint wants no further webhooks.
  neverRetry: [410],
  disableOn: [410],
  resendRefusal: null,
  catalogue: null,
};
