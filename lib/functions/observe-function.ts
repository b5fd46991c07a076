import type { Construct } from 'constructs';
import { BundledFunction } from '../bundled-function.ts';
import { observeDeliveries } from '../consumers.ts';
import { retention } from '../function-environment.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import type { Queues } from '../queues.ts';
import type { Storage } from '../storage.ts';

/** The one reader of the deliveries' stream: counts what happened, per endpoint, tenant and hour. */
export class ObserveFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, storage: Storage, queues: Queues) {
    super(scope, id, settings, {
      entry: 'observe',
      description: 'Counts attempts into statistics',
      timeoutSeconds: 60,
      memoryMb: 512,
      environment: retention(settings),
    });
    storage.giveStatsTo(this, 'BatchGetItem', 'PartiQLInsert', 'PartiQLUpdate', 'UpdateItem');
    queues.giveNoticesTo(this);
    observeDeliveries(this, storage.deliveries, {
      // 2,000 changes of 2.5 KB, both images, would be the 6 MB that a call can take.
      batchSize: 1000,
      windowSeconds: 5,
      tumblingWindowSeconds: settings.statisticsWindowSeconds,
      givenUp: queues.poison,
    });
  }
}
