import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { AlertState } from '../../core/alert-digest.ts';
import { batchGet, dynamodb, type Item } from './dynamodb.ts';
import { endpointKey, type StoredEndpoint, fromItem as toEndpoint } from './endpoint-items.ts';
import { readEnvironment } from './environment.ts';

/** An endpoint that nothing happens to for so long is told of as if for the first time. */
const KEPT_SECONDS = 30 * 86_400;

export interface EndpointName {
  readonly tenantId: string;
  readonly endpointId: string;
}

/** An endpoint and what is remembered of its alerts. */
export interface Alerting {
  /** Absent where it was deleted. */
  readonly endpoint?: StoredEndpoint;
  readonly state: AlertState;
  /** Rises with every write of the state; 0 where there is none. */
  readonly revision: number;
}

/** Beside the endpoint, so that it goes with its tenant. */
function alertKey({ tenantId, endpointId }: EndpointName): Item {
  return { ...endpointKey(tenantId, endpointId), sk: { S: `ALERT#${endpointId}` } };
}

/** Reads an endpoint and its alerts, with everything written before. */
export async function getAlerting(name: EndpointName): Promise<Alerting> {
  const table = readEnvironment('directoryTable');
  const keys = [endpointKey(name.tenantId, name.endpointId), alertKey(name)];
  const items = (await batchGet([{ table, keys, consistent: true }])).get(table) ?? [];
  const endpoint = items.find(({ sk }) => sk?.S?.startsWith('ENDPOINT#'));
  const alert = items.find(({ sk }) => sk?.S?.startsWith('ALERT#'));
  return {
    endpoint: endpoint && toEndpoint(endpoint),
    state: JSON.parse(alert?.state?.S ?? '{}') as AlertState,
    revision: Number(alert?.revision?.N ?? 0),
  };
}

/** Stores what is remembered of an endpoint's alerts. @returns false where it was written since `revision` was read */
export async function putAlertState(
  name: EndpointName,
  state: AlertState,
  revision: number,
  now: number,
): Promise<boolean> {
  const isNew = revision === 0;
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: readEnvironment('directoryTable'),
        Item: {
          ...alertKey(name),
          state: { S: JSON.stringify(state) },
          revision: { N: String(revision + 1) },
          ttl: { N: String(Math.floor(now / 1000) + KEPT_SECONDS) },
        },
        ConditionExpression: isNew ? 'attribute_not_exists(pk)' : 'revision = :read',
        ...(!isNew && { ExpressionAttributeValues: { ':read': { N: String(revision) } } }),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
