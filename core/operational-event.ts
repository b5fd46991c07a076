import { createHash } from 'node:crypto';
import { hashContent, type StoredEvent } from './event.ts';

/** What the platform tells of itself. */
export const OPERATIONAL_TYPES = [
  'delivery.failed',
  'endpoint.disabled',
  'endpoint.failing',
  'endpoint.recovered',
  'key.revoked',
] as const;

export type OperationalType = (typeof OPERATIONAL_TYPES)[number];

const ENDPOINT = { webhook_id: 'ep_0VbZ3KSPWhVCbapCkicz61', url: 'https://example.com/webhooks' };
const ERROR = 'The endpoint answered 500.';
const TIME = '2026-01-15T12:30:00.000Z';

/** What each tells, beside whose thing it happened to. */
export const OPERATIONAL_EXAMPLES: Readonly<Record<OperationalType, OperationalEvent['data']>> = {
  'delivery.failed': {
    ...ENDPOINT,
    delivery_id: 'del_0VbZ3KSPWhVCbapCkicz610VbZ3KhNJTXNjC8kkeZ',
    event_id: 'msg_0VbZ3KSPWhVCbapCkicz61',
    event_type: 'order.paid',
    attempts: 10,
    status_code: 500,
    error: ERROR,
    failed_at: TIME,
  },
  'endpoint.disabled': { ...ENDPOINT, reason: 'The endpoint answered 410.', changed_at: TIME },
  'endpoint.failing': {
    ...ENDPOINT,
    failing_since: '2026-01-15T12:15:00.000Z',
    reason: ERROR,
    changed_at: TIME,
  },
  'endpoint.recovered': {
    ...ENDPOINT,
    failing_since: '2026-01-15T12:15:00.000Z',
    changed_at: TIME,
  },
  'key.revoked': { key_id: 'key_0VbZ3KSPWhVCbapCkicz61', scope: 'tenant', name: 'Shop', revoked_at: TIME },
};

/** The operator's own tenant: its operational endpoints get the operational events of every tenant. */
export const OPERATOR_TENANT = 'operator';

/** Something that happened to the platform's own things. */
export interface OperationalEvent {
  /** The same for the same occurrence, so that publishing it twice makes one. */
  readonly id: string;
  readonly type: OperationalType;
  /** Whose thing it happened to; absent where it was an operator's. */
  readonly tenantId?: string;
  /** When it happened, milliseconds since 1970. */
  readonly at: number;
  /** Names its tenant, too. */
  readonly data: Readonly<Record<string, string | number | null>>;
}

/**
 * Describes an occurrence.
 * @param identity what tells it apart from every other of its type, e.g. endpoint and time
 * @param facts undefined ones are left out
 */
export function describeOccurrence(
  type: OperationalType,
  identity: readonly (string | number)[],
  tenantId: string | undefined,
  at: number,
  facts: Readonly<Record<string, string | number | undefined>>,
): OperationalEvent {
  const digest = createHash('sha256')
    .update([type, tenantId ?? '', ...identity].join('\n'))
    .digest('base64url');
  const known = Object.entries(facts).filter(
    (fact): fact is [string, string | number] => fact[1] !== undefined,
  );
  return {
    id: `op_${digest.slice(0, 27)}`,
    type,
    tenantId,
    at,
    data: { tenant_id: tenantId ?? null, ...Object.fromEntries(known) },
  };
}

/** An operational event as it is stored for one who gets it: the operator, or the tenant that it is about. */
export function storeFor(receiverId: string, event: OperationalEvent, now: number): StoredEvent {
  const { id, type, at, data } = event;
  return {
    tenantId: receiverId,
    id,
    type,
    dataText: JSON.stringify(data),
    acceptedAt: now,
    occurredAt: at,
    operational: true,
    contentHash: hashContent(type, at, data),
  };
}
