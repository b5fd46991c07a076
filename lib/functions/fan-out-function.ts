import type { Construct } from 'constructs';
import { BundledFunction } from '../bundled-function.ts';
import { consumeQueue } from '../consumers.ts';
import { retention } from '../function-environment.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import { FAN_OUT_TIMEOUT_SECONDS, type Queues } from '../queues.ts';
import type { Storage } from '../storage.ts';

/** Small, so that one event with very many endpoints leaves the account's concurrency to everybody else. */
const MAX_CONCURRENCY = 20;

/** Goes on where dispatching stopped, for events with more endpoints than one call may handle; deletes tenants; runs tasks. */
export class FanOutFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, storage: Storage, queues: Queues) {
    super(scope, id, settings, {
      entry: 'fan-out',
      description: 'Goes on with events that have many endpoints; deletes tenants; runs tasks',
      timeoutSeconds: FAN_OUT_TIMEOUT_SECONDS,
      memoryMb: 512,
      feedsItself: true,
      environment: retention(settings),
    });
    storage.giveEventsTo(this, 'BatchGetItem', 'GetItem');
    // BatchWriteItem is for deleting tenants, and so is the index: a tenant's keys are found by it. BatchGetItem and
    // PutItem are for tasks, and so are the deliveries.
    storage.giveDirectoryTo(this, 'BatchGetItem', 'Query', 'BatchWriteItem', 'PutItem');
    storage.giveDirectoryIndexTo(this);
    storage.giveDeliveriesTo(this, 'BatchGetItem');
    storage.giveDeliveriesIndexTo(this);
    storage.giveDocumentsTo(this, 'Query', 'BatchWriteItem');
    queues.giveDeliveryQueueTo(this);
    queues.giveFanOutQueueTo(this);
    consumeQueue(this, queues.fanOut, MAX_CONCURRENCY);
  }
}
