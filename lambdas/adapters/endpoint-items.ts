import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { EndpointHealth } from '../../core/circuit.ts';
import type { Endpoint } from '../../core/endpoint.ts';
import type { EventFilters, Subscription } from '../../core/match.ts';
import { type Item, keyAfter } from './dynamodb.ts';
import { readHealth } from './health-items.ts';

/** An endpoint as it is kept. */
export interface StoredEndpoint extends Endpoint {
  readonly sealed: Uint8Array;
  readonly wrappedKey: Uint8Array;
}

/** An endpoint as it is read. What its attempts say of it is no setting, and no change of settings writes it. */
export interface ReadEndpoint extends StoredEndpoint {
  readonly health: EndpointHealth;
}

/** What dispatching needs of an endpoint. */
export interface EndpointSubscription extends Subscription {
  readonly id: string;
}

export function endpointKey(tenantId: string, endpointId: string): Item {
  return { pk: { S: `TENANT#${tenantId}` }, sk: { S: `ENDPOINT#${endpointId}` } };
}

/** What is kept of an endpoint that was deleted, for as long as its deliveries are. */
export function deletedKey(tenantId: string, endpointId: string): Item {
  return { ...endpointKey(tenantId, endpointId), sk: { S: `DELETED#${endpointId}` } };
}

/** The settings that an endpoint may lack, by their attributes: a change removes those that it does not set. */
const OPTIONAL = {
  filters: ({ filters }) => filters && { S: JSON.stringify(filters) },
  operational: ({ operational }) => (operational ? { BOOL: true } : undefined),
  disabled_reason: ({ disabledReason }) => textOf(disabledReason),
  description: ({ description }) => textOf(description),
  metadata: ({ metadata }) => metadata && { S: JSON.stringify(metadata) },
  api_version: ({ apiVersion }) => textOf(apiVersion),
  timeout_ms: ({ timeoutMs }) => (timeoutMs === undefined ? undefined : { N: String(timeoutMs) }),
  rate_limit: ({ rateLimit }) => rateLimit && { S: JSON.stringify(rateLimit) },
  alert_emails: ({ alertEmails }) => alertEmails && { L: alertEmails.map((S) => ({ S })) },
} satisfies Record<string, (endpoint: StoredEndpoint) => AttributeValue | undefined>;

export const OPTIONAL_SETTINGS = Object.keys(OPTIONAL);

/** Writes an endpoint as an item. */
export function toItem(endpoint: StoredEndpoint): Item {
  return { ...endpointKey(endpoint.tenantId, endpoint.id), ...settingsItem(endpoint) };
}

/** An endpoint's item without its key. */
export function settingsItem(endpoint: StoredEndpoint): Item {
  const optional = Object.entries(OPTIONAL).flatMap(([name, write]) => {
    const value = write(endpoint);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    dialect: { S: endpoint.dialect },
    url: { S: endpoint.url },
    events: { L: endpoint.events.map((S) => ({ S })) },
    active: { BOOL: endpoint.active },
    created_at: { N: String(endpoint.createdAt) },
    updated_at: { N: String(endpoint.updatedAt) },
    sealed: { B: endpoint.sealed },
    wrapped_key: { B: endpoint.wrappedKey },
    ...Object.fromEntries(optional),
  };
}

function textOf(text: string | undefined): AttributeValue | undefined {
  return text === undefined ? undefined : { S: text };
}

/** A list of which each entry is a JSON text. */
export function printList(entries: readonly object[]): Item[string] {
  return { L: entries.map((entry) => ({ S: JSON.stringify(entry) })) };
}

function readList<Entry>(value: Item[string] | undefined): Entry[] | undefined {
  return value?.L?.map((entry) => JSON.parse(entry.S ?? '') as Entry);
}

/** Reads an endpoint's item. */
export function fromItem(item: Item): ReadEndpoint {
  return {
    ...toSubscription(item),
    tenantId: keyAfter('TENANT#', item.pk),
    dialect: item.dialect?.S ?? '',
    url: item.url?.S ?? '',
    disabledReason: item.disabled_reason?.S,
    description: item.description?.S,
    metadata: item.metadata?.S === undefined ? undefined : JSON.parse(item.metadata.S),
    apiVersion: item.api_version?.S,
    timeoutMs: item.timeout_ms?.N === undefined ? undefined : Number(item.timeout_ms.N),
    alertEmails: item.alert_emails?.L?.map((value) => value.S as string),
    stoppedAlerts: readList(item.alert_stopped),
    refusedAlerts: readList(item.alert_refused),
    changes: readList(item.changes),
    rateLimit: item.rate_limit?.S === undefined ? undefined : JSON.parse(item.rate_limit.S),
    createdAt: Number(item.created_at?.N),
    updatedAt: Number(item.updated_at?.N),
    sealed: item.sealed?.B ?? new Uint8Array(),
    wrappedKey: item.wrapped_key?.B ?? new Uint8Array(),
    health: readHealth(item),
  };
}

/** Reads what dispatching needs of an endpoint's item. */
export function toSubscription(item: Item): EndpointSubscription {
  return {
    id: keyAfter('ENDPOINT#', item.sk),
    active: item.active?.BOOL === true,
    operational: item.operational?.BOOL === true,
    events: (item.events?.L ?? []).map((value) => value.S as string),
    filters: item.filters?.S === undefined ? undefined : (JSON.parse(item.filters.S) as EventFilters),
  };
}
