import type { Construct } from 'constructs';
import { ENV } from '../../core/environment-names.ts';
import { BundledFunction } from '../bundled-function.ts';
import { consumeQueue } from '../consumers.ts';
import { circuit, retention } from '../function-environment.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import { DELIVER_TIMEOUT_SECONDS, FAN_OUT_TIMEOUT_SECONDS, type Queues } from '../queues.ts';
import type { Storage } from '../storage.ts';

/** Small, so that one event with very many endpoints leaves the account's concurrency to everybody else. */
const MAX_CONCURRENCY = 20;

/** Goes on where dispatching stopped, for events with more endpoints than one call may handle; deletes tenants; runs tasks. */
export class FanOutFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, storage: Storage, queues: Queues) {
    super(scope, id, settings, {
      entry: 'fan-out',
      description:
        'Goes on with events that have many endpoints; deletes tenants; runs tasks; takes the turns of circuits',
      timeoutSeconds: FAN_OUT_TIMEOUT_SECONDS,
      memoryMb: 512,
      feedsItself: true,
      environment: {
        ...retention(settings),
        ...circuit(settings),
        [ENV.retryGraceSeconds]: String(settings.retryGraceSeconds),
        // Twice the time, since the index that shows what waits may be behind, and clocks differ.
        [ENV.settledAfterSeconds]: String(2 * DELIVER_TIMEOUT_SECONDS),
      },
    });
    // BatchWriteItem is for deleting tenants everywhere (and, of events, for the milestones of tasks), and so are the index,
    // by which a tenant's keys are found, the queries of deliveries, and statistics and documents. BatchGetItem and PutItem
    // are for tasks, UpdateItem for circuits.
    storage.giveEventsTo(this, 'BatchGetItem', 'BatchWriteItem', 'GetItem');
    storage.giveDirectoryTo(this, 'BatchGetItem', 'Query', 'BatchWriteItem', 'PutItem', 'UpdateItem');
    storage.giveDirectoryIndexTo(this);
    storage.giveDeliveriesTo(this, 'BatchGetItem', 'BatchWriteItem', 'Query');
    storage.giveDeliveriesIndexTo(this);
    storage.giveStatsTo(this, 'BatchWriteItem', 'Query');
    storage.giveDocumentsTo(this, 'BatchWriteItem', 'Query');
    queues.giveDeliveryQueueTo(this);
    queues.giveFanOutQueueTo(this);
    consumeQueue(this, queues.fanOut, MAX_CONCURRENCY);
  }
}
