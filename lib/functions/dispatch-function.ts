import type { Construct } from 'constructs';
import { BundledFunction } from '../bundled-function.ts';
import { readInserts } from '../consumers.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import type { Queues } from '../queues.ts';
import type { Storage } from '../storage.ts';

/** Matches stored events against endpoints and puts one message per delivery on the queue. */
export class DispatchFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, storage: Storage, queues: Queues) {
    super(scope, id, settings, {
      entry: 'dispatch',
      description: 'Turns stored events into deliveries',
      timeoutSeconds: 60,
      memoryMb: 512,
    });
    storage.giveDirectoryTo(this, 'BatchGetItem', 'Query');
    queues.giveDeliveryQueueTo(this);
    queues.giveFanOutQueueTo(this);
    queues.givePoisonQueueTo(this);
    readInserts(this, storage.events, {
      batchSize: 100,
      windowSeconds: settings.dispatchBatchingWindowSeconds,
      expired: false,
      givenUp: queues.poison,
    });
  }
}
