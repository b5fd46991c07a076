import type { Dialect, EventTypeDefinition } from './dialect.ts';
import { data, integer, isoTime, text } from './schema.ts';

/** "Event Types" of the guide; each has an example there, so every member shown is required. */
const catalogue: readonly EventTypeDefinition[] = [
  {
    type: 'chat.completion.created',
    group: 'Chat',
    description: 'Sent when a chat completion is successfully created.',
    example: { id: 'chatcmpl-abc123', model: 'gpt-4o', tokens_used: 150, created_at: '2024-01-15T10:30:00Z' },
    schema: data({ id: text, model: text, tokens_used: integer, created_at: isoTime }, [
      'id',
      'model',
      'tokens_used',
      'created_at',
    ]),
  },
  {
    type: 'usage.threshold.reached',
    group: 'Usage',
    description: 'Sent when you reach a usage threshold (80%, 90%, 100%).',
    example: {
      threshold: 80,
      tokens_used: 2400000,
      tokens_included: 3000000,
      period_end: '2024-02-01T00:00:00Z',
    },
    schema: data(
      {
        threshold: { type: 'integer', enum: [80, 90, 100] },
        tokens_used: integer,
        tokens_included: integer,
        period_end: isoTime,
      },
      ['threshold', 'tokens_used', 'tokens_included', 'period_end'],
    ),
  },
  {
    type: 'playbook.execution.completed',
    group: 'Playbooks',
    description: 'Sent when a playbook execution completes (success or failure).',
    example: {
      playbook_id: 'pb_123abc',
      execution_id: 'exec_456def',
      status: 'success',
      steps_completed: 5,
      total_steps: 5,
      completed_at: '2024-01-15T10:35:00Z',
    },
    schema: data(
      {
        playbook_id: text,
        execution_id: text,
        status: text,
        steps_completed: integer,
        total_steps: integer,
        completed_at: isoTime,
      },
      ['playbook_id', 'execution_id', 'status', 'steps_completed', 'total_steps', 'completed_at'],
    ),
  },
  {
    type: 'integration.connected',
    group: 'Integrations',
    description: 'Sent when a new integration is successfully connected.',
    example: { integration: 'slack', connected_at: '2024-01-15T10:00:00Z' },
    schema: data({ integration: text, connected_at: isoTime }, ['integration', 'connected_at']),
  },
  {
    type: 'subscription.updated',
    group: 'Subscriptions',
    description: 'Sent when subscription plan changes or renews.',
    example: {
      plan: 'pro',
      status: 'active',
      period_start: '2024-01-15T00:00:00Z',
      period_end: '2024-02-15T00:00:00Z',
    },
    schema: data({ plan: text, status: text, period_start: isoTime, period_end: isoTime }, [
      'plan',
      'status',
      'period_start',
      'period_end',
    ]),
  },
];

/** ARKA AI, "Webhooks". Receivers verify the raw body. */
export const arka: Dialect = {
  name: 'arka',
  title: 'ARKA AI',
  idPrefixes: { event: 'evt_', endpoint: 'wh_', delivery: 'del_' },
  envelope: [
    { key: 'id', from: 'event.id' },
    { key: 'type', from: 'event.type' },
    { key: 'created', from: 'event.unix-seconds' },
    { key: 'data', from: 'event.data' },
    { key: 'account_id', from: 'tenant.id' },
  ],
  numbers: 'as-sent',
  signature: { content: ['body'], header: 'X-Arka-Signature', format: 'hex', secretEncoding: 'utf8' },
  auth: [],
  timeoutMs: 10_000,
  retryDelays: [5, 25, 125],
  jitter: 0,
  // The guide's receiver reads with express.raw, whose default limit is 100 kB.
  maxBodyBytes: 100_000,
  neverRetry: [],
  disableOn: [],
  resendRefusal: null,
  catalogue,
};
