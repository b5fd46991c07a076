import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { EndpointHealth } from '../../core/circuit.ts';
import { FIRST_WINDOW } from '../../core/drain.ts';
import type { Endpoint } from '../../core/endpoint.ts';
import type { EndpointChange } from '../../core/notice.ts';
import type { EndpointName } from './alert-store.ts';
import type { Item } from './dynamodb.ts';
import { announceSoon, noteChange } from './endpoint-changes-store.ts';
import {
  deletedKey,
  endpointKey,
  OPTIONAL_SETTINGS,
  type StoredEndpoint,
  settingsItem,
  toItem,
} from './endpoint-items.ts';
import { readEnvironment, readOptionalEnvironment } from './environment.ts';
import { COUNTED_FAILURES } from './health-items.ts';
import { tenantKey } from './tenant-store.ts';
import { transact } from './transact.ts';

/**
 * Stores a new endpoint, and lets every cache of the tenant's endpoints know.
 * @param tenantVersion the tenant's version that must not have changed; any where absent
 * @returns false where it exists, the tenant does not, or its endpoints were changed
 */
export function createEndpoint(endpoint: StoredEndpoint, tenantVersion?: number): Promise<boolean> {
  const put = { ...table(), Item: toItem(endpoint), ConditionExpression: 'attribute_not_exists(pk)' };
  return changeEndpoints(endpoint.tenantId, [{ Put: put }], tenantVersion);
}

/**
 * Replaces the settings of an endpoint that was read at `readAt`. What its attempts say of it stays, unless `forget` says
 * what that was: then its failures are forgotten, and what waits for it is sent on.
 * @param change what is announced of it
 * @returns false where it was changed or deleted since
 */
export async function replaceEndpoint(
  endpoint: StoredEndpoint,
  readAt: number,
  forget?: EndpointHealth,
  change?: EndpointChange,
): Promise<boolean> {
  if (change) await announceSoon({ tenantId: endpoint.tenantId, endpointId: endpoint.id });
  const replace = (health?: EndpointHealth) =>
    changeEndpoints(endpoint.tenantId, [{ Update: replacement(endpoint, readAt, health, change) }]);
  if (await replace(forget)) return true;
  // The circuit may have closed since it was read.
  return forget?.circuit !== undefined && replace({ run: forget.run });
}

/** An update that sets every setting, and removes those that are not there any more. */
function replacement(
  endpoint: StoredEndpoint,
  readAt: number,
  forget: EndpointHealth | undefined,
  change: EndpointChange | undefined,
) {
  const note = change && noteChange(change);
  const settings = Object.entries(settingsItem(endpoint));
  const missing = OPTIONAL_SETTINGS.filter((name) => settings.every(([set]) => set !== name));
  const removed = [...missing, ...(forget ? COUNTED_FAILURES : [])];
  const drain = forget?.circuit
    ? [
        ['circuit.#s', { S: 'draining' }] as const,
        ['circuit.since', { N: String(endpoint.updatedAt) }] as const,
        // What was handed on while it was disabled was discarded; that says nothing of what it takes.
        ['circuit.#w', { N: String(FIRST_WINDOW) }] as const,
      ]
    : [];
  const set = [
    ...settings.map((_, i) => `#n${i} = :v${i}`),
    ...drain.map(([name], i) => `${name} = :c${i}`),
    ...(note ? [note.set] : []),
  ];
  return {
    ...table(),
    Key: endpointKey(endpoint.tenantId, endpoint.id),
    UpdateExpression: `SET ${set.join(', ')}${removed.length > 0 ? ` REMOVE ${removed.join(', ')}` : ''}`,
    ConditionExpression: `updated_at = :read${forget?.circuit ? ' AND attribute_exists(circuit)' : ''}`,
    ExpressionAttributeNames: {
      ...Object.fromEntries(settings.map(([name], i) => [`#n${i}`, name])),
      ...(forget?.circuit && { '#s': 'state', '#w': 'window' }),
    },
    ExpressionAttributeValues: {
      ':read': { N: String(readAt) },
      ...Object.fromEntries(settings.map(([, value], i) => [`:v${i}`, value])),
      ...Object.fromEntries(drain.map(([, value], i) => [`:c${i}`, value])),
      ...note?.values,
    },
  };
}

/** Notes that it is told of an endpoint that it fails, unless that stands there. */
const TOLD = 'failing_told = if_not_exists(failing_told, :now)';

/**
 * Disables an endpoint because of what it answered, or of what it did not. It is told, and so its recovery will be.
 * @param why where it says `since`, only where the endpoint has been failing since then, and no attempt succeeded meanwhile
 * @returns false where it is gone or disabled already
 */
export async function disableEndpoint(
  { tenantId, endpointId }: EndpointName,
  why: Omit<EndpointChange, 'kind'> & { readonly reason: string },
): Promise<boolean> {
  await announceSoon({ tenantId, endpointId });
  const { since, reason, at } = why;
  const note = noteChange({ kind: 'disabled', ...why });
  return changeEndpoints(tenantId, [
    {
      Update: {
        ...table(),
        Key: endpointKey(tenantId, endpointId),
        UpdateExpression: `SET active = :off, disabled_reason = :reason, updated_at = :now, ${TOLD}, ${note.set}`,
        ConditionExpression: `active = :on${since === undefined ? '' : ' AND failing_since = :since'}`,
        ExpressionAttributeValues: {
          ':on': { BOOL: true },
          ':off': { BOOL: false },
          ':reason': { S: reason },
          ':now': { N: String(at) },
          ...note.values,
          ...(since !== undefined && { ':since': { N: String(since) } }),
        },
      },
    },
  ]);
}

/**
 * Deletes an endpoint. What it was stays readable beside its deliveries for as long as they are kept.
 * @returns false where there is none
 */
export function deleteEndpoint(endpoint: Endpoint, now: number): Promise<boolean> {
  const Key = endpointKey(endpoint.tenantId, endpoint.id);
  const gone: Item = {
    ...endpointTombstone(endpoint, now),
    url: { S: endpoint.url },
    dialect: { S: endpoint.dialect },
    ...(endpoint.operational && { operational: { BOOL: true } }),
  };
  return changeEndpoints(endpoint.tenantId, [
    { Delete: { ...table(), Key, ConditionExpression: 'attribute_exists(pk)' } },
    { Put: { ...table(), Item: gone } },
  ]);
}

/** What is put in the place of a deleted endpoint, so that its deliveries are found for as long as they are kept. */
export function endpointTombstone({ tenantId, id }: Pick<Endpoint, 'tenantId' | 'id'>, now: number): Item {
  const keptSeconds = 86_400 * Number(readOptionalEnvironment('retentionDays') ?? 30);
  return {
    ...deletedKey(tenantId, id),
    deleted_at: { N: String(now) },
    ttl: { N: String(Math.floor(now / 1000) + keptSeconds) },
  };
}

/** Writes endpoints and the tenant's next version together: a dispatch after it sees both or neither. */
async function changeEndpoints(
  tenantId: string,
  changes: TransactWriteItem[],
  tenantVersion?: number,
): Promise<boolean> {
  const nextVersion: TransactWriteItem = {
    Update: {
      ...table(),
      Key: tenantKey(tenantId),
      UpdateExpression: 'ADD version :one',
      ConditionExpression: tenantVersion === undefined ? 'attribute_exists(pk)' : 'version = :read',
      ExpressionAttributeValues: {
        ':one': { N: '1' },
        ...(tenantVersion !== undefined && { ':read': { N: String(tenantVersion) } }),
      },
    },
  };
  return (await transact([...changes, nextVersion])) === undefined;
}

function table(): { TableName: string } {
  return { TableName: readEnvironment('directoryTable') };
}
