import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { StoredEvent } from '../../core/event.ts';
import { addressDelivery, type DeliveryAddress } from '../../core/ids.ts';
import { deliveryExpiry, eventExpiry } from '../../core/retention.ts';
import { deliveryKey, partition, tableName } from './delivery-store.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { keptDays, readEnvironment } from './environment.ts';
import { toItem } from './event-store.ts';

/** A test event, and the endpoint it is for. */
export type TestEvent = StoredEvent & { readonly testEndpointId: string };

/**
 * Stores a test event together with its pending delivery, so that the delivery can be read at once. From there on it goes
 * the way of every event.
 */
export async function putTestEvent(event: TestEvent): Promise<DeliveryAddress> {
  const address = addressDelivery(event.testEndpointId, event.id, event.acceptedAt);
  const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };
  await dynamodb.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: readEnvironment('eventsTable'), Item: toItem(event), ...isNew } },
        { Put: { TableName: tableName(), Item: pendingItem(event, address), ...isNew } },
      ],
    }),
  );
  return address;
}

function pendingItem(event: TestEvent, address: DeliveryAddress): Item {
  const days = keptDays(event.keptDays);
  return {
    ...deliveryKey(address),
    t: { S: event.tenantId },
    p: { S: event.testEndpointId },
    e: { S: event.id },
    y: { S: event.type },
    s: { S: 'pending' },
    n: { N: '0' },
    z: { N: String(event.acceptedAt) },
    g: { BOOL: true },
    ttl: { N: String(deliveryExpiry(event.acceptedAt, eventExpiry(event.acceptedAt, days), days)) },
    tpk: { S: `${partition(address)}#pending` },
    tsk: { S: address.order },
  };
}
