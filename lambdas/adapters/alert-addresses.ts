import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { StoppedAlert, StopReason } from '../../core/endpoint.ts';
import type { RefusedAlert } from '../../core/mail-tries.ts';
import type { EndpointName } from './alert-store.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { endpointKey, printList, type StoredEndpoint } from './endpoint-items.ts';
import { getEndpoint } from './endpoint-lists.ts';
import { readEnvironment } from './environment.ts';

/** How many addresses that were stopped an endpoint remembers. */
const REMEMBERED = 10;
const TRIES = 5;

/**
 * Takes an address off an endpoint's alerts, and notes why.
 * @returns whether the endpoint had it
 * @throws Error where others keep changing the endpoint
 */
export async function stopAlerts(
  tenantId: string,
  endpointId: string,
  email: string,
  reason: StopReason,
  now: number,
): Promise<boolean> {
  for (let round = 0; round < TRIES; round++) {
    const endpoint = await getEndpoint(tenantId, endpointId);
    const listed = endpoint?.alertEmails?.find((address) => sameAddress(address, email));
    if (endpoint === undefined || listed === undefined) return false;
    if (await removeAddress(endpoint, { email: listed, reason, at: now })) return true;
  }
  throw new Error(`The endpoint ${endpointId} is being changed by others.`);
}

/** Mail servers give addresses back in letters of their own choice. */
function sameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The endpoint's own time rises, so that a change that was read before is refused and does not put the address back. */
async function removeAddress(endpoint: StoredEndpoint, stopped: StoppedAlert): Promise<boolean> {
  const { tenantId, id, updatedAt, alertEmails = [], stoppedAlerts = [] } = endpoint;
  const left = alertEmails.filter((address) => address !== stopped.email);
  const remembered = [...stoppedAlerts.filter(({ email }) => email !== stopped.email), stopped];
  const values: Item = {
    ':read': { N: String(updatedAt) },
    ':now': { N: String(Math.max(stopped.at, updatedAt + 1)) },
    ':stopped': printList(remembered.slice(-REMEMBERED)),
    ...(left.length > 0 && { ':left': { L: left.map((S) => ({ S })) } }),
  };
  const change = left.length > 0 ? ', alert_emails = :left' : ' REMOVE alert_emails';
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: readEnvironment('directoryTable'),
        Key: endpointKey(tenantId, id),
        UpdateExpression: `SET updated_at = :now, alert_stopped = :stopped${change}`,
        ConditionExpression: 'updated_at = :read',
        ExpressionAttributeValues: values,
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Notes on an endpoint which addresses the last mail could not be handed over for, so that the API shows it. */
export async function noteRefusedAlerts(
  { tenantId, endpointId }: EndpointName,
  refused: readonly RefusedAlert[],
): Promise<void> {
  const left = refused.slice(-REMEMBERED);
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: readEnvironment('directoryTable'),
        Key: endpointKey(tenantId, endpointId),
        UpdateExpression: left.length > 0 ? 'SET alert_refused = :refused' : 'REMOVE alert_refused',
        ConditionExpression: 'attribute_exists(pk)',
        ...(left.length > 0 && { ExpressionAttributeValues: { ':refused': printList(left) } }),
      }),
    );
  } catch (error) {
    // It was deleted meanwhile.
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
