import type { Endpoint } from '../../core/endpoint.ts';
import type { EventFilters, Subscription } from '../../core/match.ts';
import { type Item, keyAfter } from './dynamodb.ts';

/** An endpoint as it is kept. */
export interface StoredEndpoint extends Endpoint {
  readonly sealed: Uint8Array;
  readonly wrappedKey: Uint8Array;
}

/** What dispatching needs of an endpoint. */
export interface EndpointSubscription extends Subscription {
  readonly id: string;
}

export function endpointKey(tenantId: string, endpointId: string): Item {
  return { pk: { S: `TENANT#${tenantId}` }, sk: { S: `ENDPOINT#${endpointId}` } };
}

/** Writes an endpoint as an item. */
export function toItem(endpoint: StoredEndpoint): Item {
  const { filters, metadata, timeoutMs, alertEmails } = endpoint;
  return {
    ...endpointKey(endpoint.tenantId, endpoint.id),
    dialect: { S: endpoint.dialect },
    url: { S: endpoint.url },
    events: { L: endpoint.events.map((S) => ({ S })) },
    ...(filters && { filters: { S: JSON.stringify(filters) } }),
    active: { BOOL: endpoint.active },
    ...(endpoint.operational && { operational: { BOOL: true } }),
    ...optionalText('disabled_reason', endpoint.disabledReason),
    ...optionalText('description', endpoint.description),
    ...(metadata && { metadata: { S: JSON.stringify(metadata) } }),
    ...optionalText('api_version', endpoint.apiVersion),
    ...(timeoutMs !== undefined && { timeout_ms: { N: String(timeoutMs) } }),
    ...(alertEmails && { alert_emails: { L: alertEmails.map((S) => ({ S })) } }),
    created_at: { N: String(endpoint.createdAt) },
    updated_at: { N: String(endpoint.updatedAt) },
    sealed: { B: endpoint.sealed },
    wrapped_key: { B: endpoint.wrappedKey },
  };
}

function optionalText(name: string, text: string | undefined): Item {
  return text === undefined ? {} : { [name]: { S: text } };
}

/** Reads an endpoint's item. */
export function fromItem(item: Item): StoredEndpoint {
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
    createdAt: Number(item.created_at?.N),
    updatedAt: Number(item.updated_at?.N),
    sealed: item.sealed?.B ?? new Uint8Array(),
    wrappedKey: item.wrapped_key?.B ?? new Uint8Array(),
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
