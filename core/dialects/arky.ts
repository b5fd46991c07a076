import type { Dialect, EventTypeDefinition } from './dialect.ts';
import { data, email, integer, list, object, type Schema, text, unixTime, url } from './schema.ts';

const item = object({ productId: text, name: text, quantity: integer, price: integer });
const buyer = object({ id: text, email, firstName: text, lastName: text });
const order = object(
  { id: text, status: text, total: integer, currency: text, items: list(item), customer: buyer },
  ['id', 'status', 'total', 'currency'],
);
const payment = object({ id: text, method: text, amount: integer });
const named = object({ id: text, name: text });
const reservation = object(
  {
    id: text,
    status: text,
    startTime: unixTime,
    endTime: unixTime,
    service: named,
    provider: named,
    customer: object({ email, firstName: text }),
  },
  ['id', 'status', 'startTime', 'endTime'],
);
const user = object({ id: text, email, firstName: text, lastName: text });
const node = object({ id: text, key: text, status: text });
const mail = object({ id: text, to: email, subject: text, link: url, reason: text });

// The page that carries the guide hides its e-mail addresses from scrapers; these stand in for them.
const customer = { id: 'usr_789', email: 'john@example.com', firstName: 'John', lastName: 'Doe' };

/** "Example Payloads": order.paid. */
const orderExample = {
  id: 'ord_123',
  status: 'PAID',
  total: 5999,
  currency: 'USD',
  items: [{ productId: 'prod_456', name: 'Widget', quantity: 2, price: 2999 }],
  customer,
};

/** "Example Payloads": reservation.confirmed. */
const reservationExample = {
  id: 'res_123',
  status: 'CONFIRMED',
  startTime: 1704110400,
  endTime: 1704112200,
  service: { id: 'svc_456', name: 'Haircut' },
  provider: { id: 'prv_789', name: 'Sarah' },
  customer: { email: 'john@example.com', firstName: 'John' },
};

const paymentExample = { id: 'pay_abc', method: 'stripe', amount: 5999 };
const nodeExample = { id: 'node_123', key: 'summer-menu', status: 'DRAFT' };
const mailExample = { id: 'eml_123', to: 'john@example.com', subject: 'Your order is on its way' };

type Row = readonly [type: string, description: string, example: Readonly<Record<string, unknown>>];

function group(name: string, schema: Schema, rows: readonly Row[]): EventTypeDefinition[] {
  return rows.map(([type, description, example]) => ({ type, group: name, description, example, schema }));
}

const orderEvent = (status: string) => ({ order: { ...orderExample, status } });
const reservationEvent = (status: string) => ({ reservation: { ...reservationExample, status } });
const nodeEvent = (status: string) => ({ node: { ...nodeExample, status } });

/** "Available Events": the heading of its last table is missing on the page; its rows are all `email.*`. */
const catalogue: readonly EventTypeDefinition[] = [
  ...group('Orders', data({ order, payment }), [
    ['order.created', 'New order placed', orderEvent('CREATED')],
    ['order.paid', 'Payment successful', { order: orderExample, payment: paymentExample }],
    ['order.shipped', 'Order marked as shipped', orderEvent('SHIPPED')],
    ['order.delivered', 'Order marked as delivered', orderEvent('DELIVERED')],
    ['order.cancelled', 'Order cancelled', orderEvent('CANCELLED')],
    ['order.refunded', 'Order refunded', { ...orderEvent('REFUNDED'), payment: paymentExample }],
  ]),
  ...group('Reservations', data({ reservation }), [
    ['reservation.created', 'New booking created', reservationEvent('CREATED')],
    ['reservation.confirmed', 'Booking confirmed/paid', reservationEvent('CONFIRMED')],
    ['reservation.cancelled', 'Booking cancelled', reservationEvent('CANCELLED')],
    ['reservation.completed', 'Appointment completed', reservationEvent('COMPLETED')],
    ['reservation.noshow', 'Customer no-show', reservationEvent('NOSHOW')],
  ]),
  ...group('Users', data({ user }), [
    ['user.registered', 'New user signup', { user: customer }],
    ['user.confirmed', 'Email confirmed', { user: customer }],
    ['user.updated', 'Profile updated', { user: customer }],
  ]),
  ...group('Content', data({ node }), [
    ['node.created', 'Content created', nodeEvent('DRAFT')],
    ['node.updated', 'Content updated', nodeEvent('DRAFT')],
    ['node.published', 'Content published', nodeEvent('PUBLISHED')],
    ['node.deleted', 'Content deleted', nodeEvent('DELETED')],
  ]),
  ...group('Email', data({ email: mail }), [
    ['email.sent', 'Email sent', { email: mailExample }],
    ['email.delivered', 'Email delivered', { email: mailExample }],
    ['email.opened', 'Email opened', { email: mailExample }],
    [
      'email.clicked',
      'Link clicked',
      { email: { ...mailExample, link: 'https://yourapp.com/orders/ord_123' } },
    ],
    ['email.bounced', 'Delivery failed', { email: { ...mailExample, reason: 'mailbox unavailable' } }],
    ['email.unsubscribed', 'User unsubscribed', { email: mailExample }],
  ]),
];

/**
 * Arky, "Webhooks: receive real-time event notifications". The guide gives no retry schedule: this is that of the
 * Standard Webhooks specification.
 */
export const arky: Dialect = {
  name: 'arky',
  title: 'Arky',
  idPrefixes: { event: 'evt_', endpoint: 'wh_', delivery: 'del_' },
  envelope: [
    { key: 'id', from: 'event.id' },
    { key: 'event', from: 'event.type' },
    { key: 'timestamp', from: 'event.unix-seconds' },
    { key: 'businessId', from: 'tenant.id' },
    { key: 'data', from: 'event.data' },
  ],
  numbers: 'as-sent',
  signature: {
    content: ['timestamp', 'body'],
    header: 'X-Arky-Signature',
    format: 'hex',
    secretEncoding: 'utf8',
    timestampHeader: 'X-Arky-Timestamp',
  },
  auth: [],
  timeoutMs: 5_000,
  retryDelays: [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
  jitter: 0.1,
  // The guide's receiver reads with express.raw, whose default limit is 100 kB.
  maxBodyBytes: 100_000,
  neverRetry: [],
  disableOn: [],
  resendRefusal: null,
  catalogue,
};
