import { ID_PATTERN } from './event.ts';

/** A delivery that ended without success, as the stream of the deliveries tells it. */
export interface FailedDelivery {
  readonly kind: 'delivery';
  readonly tenantId: string;
  readonly endpointId: string;
  /** The delivery's address without its prefix: endpoint key and order. */
  readonly deliveryKey: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly attempts: number;
  /** The last attempt's. */
  readonly error?: string;
  readonly statusCode?: number;
  /** When the last attempt ended, milliseconds since 1970. */
  readonly at: number;
}

/** An endpoint's item says what changed: this only says that somebody should look. */
export interface EndpointChanged {
  readonly kind: 'endpoint';
  readonly tenantId: string;
  readonly endpointId: string;
  /** Whether somebody looked before and found nothing: the notice may have overtaken the change. */
  readonly again?: true;
}

/** A key is about to be revoked; it was, once it is gone. */
export interface KeyRevoked {
  readonly kind: 'key';
  /** Absent for an operator's key. */
  readonly tenantId?: string;
  readonly keyId: string;
  readonly accessKey: string;
  readonly scope: string;
  readonly name?: string;
  readonly at: number;
}

/** It is time to mail what was gathered of an endpoint. */
export interface DigestDue {
  readonly kind: 'digest';
  readonly tenantId: string;
  readonly endpointId: string;
  /** Which time that was, milliseconds since 1970. */
  readonly dueAt: number;
}

/** What the alerts function is told by the others. */
export type Notice = FailedDelivery | EndpointChanged | KeyRevoked | DigestDue;

/** What can happen to an endpoint that people are told of. */
export type ChangeKind = 'failing' | 'recovered' | 'disabled';

/** Why an attempt failed. */
export interface AttemptFailure {
  /** In words. */
  readonly reason?: string;
  /** Absent where there was no answer. */
  readonly statusCode?: number;
  /** What was to be delivered. */
  readonly eventType?: string;
}

/** One such change, as the endpoint's item keeps it until it was announced; with the last failure, where one led to it. */
export interface EndpointChange extends AttemptFailure {
  readonly kind: ChangeKind;
  /** Milliseconds since 1970; no two changes of one kind and endpoint have the same. */
  readonly at: number;
  /** Since when it had been failing, milliseconds since 1970. */
  readonly since?: number;
  /** Whether somebody did it: programs are told, and nobody by mail. */
  readonly byHand?: true;
}

const KINDS: readonly unknown[] = ['delivery', 'endpoint', 'key', 'digest'];

/** Reads a notice. @throws Error where the text is none; the queue then gives it to the dead letters */
export function readNotice(text: string): Notice {
  const notice = JSON.parse(text) as Partial<Record<string, unknown>>;
  const isKey = notice.kind === 'key';
  const ids = isKey ? [notice.keyId, notice.accessKey] : [notice.tenantId, notice.endpointId];
  const named = ids.every((id) => typeof id === 'string' && ID_PATTERN.test(id));
  const timed = notice.kind === 'endpoint' || Number.isSafeInteger(notice.at ?? notice.dueAt);
  if (!KINDS.includes(notice.kind) || !named || !timed)
    throw new Error(`Not a notice: ${text.slice(0, 200)}`);
  return notice as unknown as Notice;
}
