import type { RequestListener } from 'node:http';
import type { Dialect } from '../../../core/dialects/dialect.ts';
import { DIALECTS } from '../../../core/dialects/index.ts';
import { arkaApp } from '../../fixtures/receivers/arka.ts';
import { arkyApp } from '../../fixtures/receivers/arky.ts';
import { genericApp } from '../../fixtures/receivers/generic.ts';
import { prompthaApp } from '../../fixtures/receivers/promptha.ts';

/** When the tests' events happened: a whole second, so that every guide's spelling of it is known. */
export const OCCURRED_AT = '2026-01-15T12:30:00Z';
const OCCURRED_MS = Date.parse(OCCURRED_AT);

export interface KnownEvent {
  readonly id: string;
  readonly type: string;
  readonly data: object;
}

/** A guide with an Express receiver, and what its receivers must see, written from the contract's table by hand. */
export interface Guide {
  readonly dialect: Dialect;
  readonly makeApp: (secret: string, handle: (event: unknown) => void) => RequestListener;
  readonly path: string;
  /** Lower case, as Node shows them. */
  readonly signatureHeader: string;
  readonly timestampHeader?: string;
  /** The wire body's members in their order. */
  readonly envelope: (event: KnownEvent, tenantId: string) => object;
}

const unixSeconds = OCCURRED_MS / 1000;

const arka: Guide = {
  dialect: DIALECTS.arka,
  makeApp: arkaApp,
  path: '/webhooks/arka-ai',
  signatureHeader: 'x-arka-signature',
  envelope: ({ id, type, data }, account_id) => ({ id, type, created: unixSeconds, data, account_id }),
};

const arky: Guide = {
  dialect: DIALECTS.arky,
  makeApp: arkyApp,
  path: '/api/webhooks/arky',
  signatureHeader: 'x-arky-signature',
  timestampHeader: 'x-arky-timestamp',
  envelope: ({ id, type, data }, businessId) => ({
    id,
    event: type,
    timestamp: unixSeconds,
    businessId,
    data,
  }),
};

const promptha: Guide = {
  dialect: DIALECTS.promptha,
  makeApp: prompthaApp,
  path: '/webhooks/promptha',
  signatureHeader: 'x-promptha-signature',
  timestampHeader: 'x-promptha-timestamp',
  envelope: ({ id, type, data }) => ({
    event: type,
    data: { eventId: id, ...data },
    timestamp: unixSeconds,
  }),
};

const generic: Guide = {
  dialect: DIALECTS.generic,
  makeApp: genericApp,
  path: '/webhook',
  signatureHeader: 'x-webhook-signature',
  envelope: ({ id, type, data }) => ({ id, type, created_at: OCCURRED_AT, data }),
};

export const GUIDES: Readonly<Record<string, Guide>> = { arka, arky, promptha, generic };

export function arkenEnvelope({ id, type, data }: KnownEvent, accountHashId: string, apiVersion?: string) {
  const [category, action] = type.split('.');
  const { callback, ...rest } = data as { callback?: unknown };
  const occurredAt = new Date(OCCURRED_MS).toISOString();
  const head = { eventId: id, accountHashId, category, type: action, occurredAt };
  return { ...head, apiVersion: apiVersion ?? null, data: rest, ...(callback !== undefined && { callback }) };
}

export function standardEnvelope({ type, data }: KnownEvent) {
  return { type, timestamp: new Date(OCCURRED_MS).toISOString(), data };
}

/** Every event type of a dialect with its example, as entries of a batch. */
export function catalogueEvents({ catalogue }: Dialect): (KnownEvent & { occurred_at: string })[] {
  return (catalogue ?? []).map(({ type, example }, i) => {
    return { id: `evt_catalogue_${i}`, type, data: example, occurred_at: OCCURRED_AT };
  });
}
