import type { Dialect, EventTypeDefinition } from './dialect.ts';
import { anyObject, anything, data, integer, number, object, text } from './schema.ts';

const error = object({ type: text, message: text });
const usage = object({ totalTokens: integer });

/**
 * "Available Events", with the members of its Payload column. `data.eventId` is left out of the examples because
 * the envelope puts the event's own id there. Only members that are also in the guide's own test payload are
 * required: that payload lacks `usage`, so the column is no promise.
 */
const catalogue: readonly EventTypeDefinition[] = [
  {
    type: 'fabric.started',
    group: 'Fabric',
    description: 'Execution began',
    example: {
      executionId: 'exec_123',
      fabricId: 'product-description',
      inputs: { product: 'Ceramic teapot', tone: 'friendly' },
    },
    schema: data({ executionId: text, fabricId: text, inputs: anyObject }),
  },
  {
    type: 'fabric.completed',
    group: 'Fabric',
    description: 'Execution finished',
    example: {
      executionId: 'test_123',
      fabricId: 'product-description',
      result: { output: 'Test result' },
      usage: { totalTokens: 42 },
    },
    schema: data({ executionId: text, fabricId: text, result: anyObject, usage }, ['executionId', 'result']),
  },
  {
    type: 'fabric.failed',
    group: 'Fabric',
    description: 'Execution errored',
    example: { executionId: 'exec_123', error: { type: 'rate_limit', message: 'Too many requests' } },
    schema: data({ executionId: text, error }),
  },
  {
    type: 'ask.session.created',
    group: 'Ask',
    description: 'New session started',
    example: { sessionId: 'sess_123', askId: 'support-assistant' },
    schema: data({ sessionId: text, askId: text }),
  },
  {
    type: 'ask.message',
    group: 'Ask',
    description: 'New message in session',
    example: { sessionId: 'sess_123', message: { role: 'assistant', content: 'How can I help?' } },
    schema: data({ sessionId: text, message: anything }),
  },
  {
    type: 'ask.session.ended',
    group: 'Ask',
    description: 'Session completed',
    example: { sessionId: 'sess_123', summary: 'The customer asked about delivery times.' },
    schema: data({ sessionId: text, summary: anything }),
  },
  {
    type: 'credits.low',
    group: 'Credit',
    description: 'Below threshold',
    example: { remaining: 80, threshold: 100, userId: 'user_123' },
    schema: data({ remaining: number, threshold: number, userId: text }),
  },
  {
    type: 'credits.depleted',
    group: 'Credit',
    description: 'Credits exhausted',
    example: { lastUsage: { executionId: 'exec_123', credits: 5 } },
    schema: data({ lastUsage: anything }),
  },
  {
    type: 'credits.purchased',
    group: 'Credit',
    description: 'Credits added',
    example: { amount: 500, newBalance: 580 },
    schema: data({ amount: number, newBalance: number }),
  },
];

/** Promptha, "Webhook Implementation Guide". Receivers verify `JSON.stringify(req.body)`, not the raw body. */
export const promptha: Dialect = {
  name: 'promptha',
  title: 'Promptha',
  idPrefixes: { event: 'evt_', endpoint: 'wh_', delivery: 'del_' },
  envelope: [
    { key: 'event', from: 'event.type' },
    { key: 'data', from: 'event.data-with-event-id' },
    { key: 'timestamp', from: 'event.unix-seconds' },
  ],
  numbers: 'double',
  signature: {
    content: ['timestamp', 'body'],
    header: 'X-Promptha-Signature',
    format: 'hex',
    secretEncoding: 'utf8',
    timestampHeader: 'X-Promptha-Timestamp',
  },
  auth: [],
  timeoutMs: 30_000,
  // "Retry Policy": attempts at 0 s, 5 s, 35 s, ~5.5 min, ~35 min, ~2.5 h.
  retryDelays: [5, 30, 300, 1_800, 7_200],
  jitter: 0,
  // The guide's receiver reads with express.json, whose default limit is 100 kB.
  maxBodyBytes: 100_000,
  // "Error Responses": 400 and 401 won't be retried.
  neverRetry: [400, 401],
  disableOn: [],
  resendRefusal: null,
  catalogue,
};
