import type { Construct } from 'constructs';
import { BundledFunction } from '../bundled-function.ts';
import { observeDeliveries, type StreamConsumerProps } from '../consumers.ts';
import { retention } from '../function-environment.ts';
import type { PlatformSettings } from '../platform-settings.ts';

/** The one reader of the deliveries' stream: counts what happened, per endpoint, tenant and hour. */
export class ObserveFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, props: StreamConsumerProps) {
    const { storage, queues, expiredExport } = props;
    super(scope, id, settings, {
      entry: 'observe',
      description: 'Counts attempts into statistics',
      timeoutSeconds: 60,
      memoryMb: 512,
      environment: retention(settings),
    });
    storage.giveStatsTo(this, 'BatchGetItem', 'PartiQLInsert', 'PartiQLUpdate', 'UpdateItem');
    queues.giveNoticesTo(this);
    expiredExport?.giveExportTo(this);
    observeDeliveries(this, storage.deliveries, {
      // 2,000 changes of 2.5 KB, both images, would be the 6 MB that a call can take.
      batchSize: 1000,
      windowSeconds: 5,
      tumblingWindowSeconds: settings.statisticsWindowSeconds,
      expired: expiredExport !== undefined,
      givenUp: queues.poison,
    });
  }
}
