import type { Dialect, EventTypeDefinition } from './dialect.ts';
import { FILE_EVENT } from './file-event.ts';
import { data, email, integer, object, text } from './schema.ts';

const person = { id: text, name: text, email, status: text };
const user = data(person);
const project = data({ id: text, name: text, status: text });
const payment = data({
  id: text,
  amount: integer,
  currency: text,
  status: text,
  error: object({ code: text, message: text }),
});

const userExample = { id: 'user_123', name: 'John Doe', email: 'john@example.com', status: 'active' };
const projectExample = { id: 'project_123', name: 'Website relaunch', status: 'active' };
const paymentExample = { id: 'pay_123', amount: 2500, currency: 'USD', status: 'succeeded' };

/**
 * "Available Events"; the groups are ours. The guide shows data of `user.created` only, once without `email` and
 * `status`, so nothing but its `id` and `name` is required. Of an upload it shows no data either: that is the platform's.
 */
const catalogue: readonly EventTypeDefinition[] = [
  {
    type: 'user.created',
    group: 'Users',
    description: 'New user registered',
    example: userExample,
    schema: data(person, ['id', 'name']),
  },
  {
    type: 'user.updated',
    group: 'Users',
    description: 'User profile updated',
    example: { ...userExample, name: 'John A. Doe' },
    schema: user,
  },
  {
    type: 'user.deleted',
    group: 'Users',
    description: 'User account deleted',
    example: { ...userExample, status: 'deleted' },
    schema: user,
  },
  {
    type: 'project.created',
    group: 'Projects',
    description: 'New project created',
    example: projectExample,
    schema: project,
  },
  {
    type: 'project.updated',
    group: 'Projects',
    description: 'Project modified',
    example: { ...projectExample, name: 'Website relaunch, phase 2' },
    schema: project,
  },
  {
    type: 'project.deleted',
    group: 'Projects',
    description: 'Project deleted',
    example: { ...projectExample, status: 'deleted' },
    schema: project,
  },
  { type: 'file.uploaded', group: 'Files', description: 'File uploaded', ...FILE_EVENT },
  {
    type: 'payment.succeeded',
    group: 'Payments',
    description: 'Payment processed successfully',
    example: paymentExample,
    schema: payment,
  },
  {
    type: 'payment.failed',
    group: 'Payments',
    description: 'Payment failed',
    example: {
      ...paymentExample,
      status: 'failed',
      error: { code: 'card_declined', message: 'The card was declined' },
    },
    schema: payment,
  },
];

/** The unnamed guide "Webhooks: configure webhooks to receive real-time notifications about events". */
export const generic: Dialect = {
  name: 'generic',
  title: 'Generic webhooks',
  idPrefixes: { event: 'evt_', endpoint: 'hook_', delivery: 'del_' },
  envelope: [
    { key: 'id', from: 'event.id' },
    { key: 'type', from: 'event.type' },
    { key: 'created_at', from: 'event.iso-seconds' },
    { key: 'data', from: 'event.data' },
  ],
  // Its Node receivers verify JSON.stringify(req.body); its Python ones the raw body.
  numbers: 'double',
  signature: { content: ['body'], header: 'X-Webhook-Signature', format: 'hex', secretEncoding: 'utf8' },
  auth: [],
  timeoutMs: 15_000,
  retryDelays: [30, 300, 1_800, 7_200],
  jitter: 0,
  // The guide's receiver reads with Express's JSON parser, whose default limit is 100 kB.
  maxBodyBytes: 100_000,
  neverRetry: [],
  disableOn: [],
  resendRefusal: null,
  catalogue,
};
