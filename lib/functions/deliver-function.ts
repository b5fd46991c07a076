import type { Construct } from 'constructs';
import { ENV } from '../../core/environment-names.ts';
import { BundledFunction } from '../bundled-function.ts';
import { consumeQueue } from '../consumers.ts';
import { circuit, dialects, receivers, retention } from '../function-environment.ts';
import type { Network } from '../network-access.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import { DELIVER_TIMEOUT_SECONDS, type Queues } from '../queues.ts';
import type { RetrySchedules } from '../retry-schedules.ts';
import type { Secrets } from '../secrets.ts';
import type { Storage } from '../storage.ts';

export interface DeliverFunctionProps {
  readonly storage: Storage;
  readonly queues: Queues;
  readonly schedules: RetrySchedules;
  readonly secrets: Secrets;
  readonly network?: Network;
}

/** Sends batches of deliveries, records what came of them, and arranges the next attempts. */
export class DeliverFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, props: DeliverFunctionProps) {
    const { storage, queues, schedules, secrets } = props;
    super(scope, id, settings, {
      entry: 'deliver',
      description: 'Sends deliveries and records their attempts',
      timeoutSeconds: DELIVER_TIMEOUT_SECONDS,
      memoryMb: settings.deliverMemoryMb,
      environment: {
        ...retention(settings),
        ...receivers(settings),
        ...dialects(settings),
        ...circuit(settings),
        // Name look-ups run on libuv's threads, 4 unless told otherwise: two slow name servers would hold up everybody.
        UV_THREADPOOL_SIZE: '64',
        [ENV.maxQueueDelaySeconds]: String(settings.maxQueueDelaySeconds),
        [ENV.retryGraceSeconds]: String(settings.retryGraceSeconds),
      },
      feedsItself: true,
      network: props.network,
    });
    // UpdateItem is for what attempts say of their endpoint: its run of failures, its circuit, its end.
    storage.giveDirectoryTo(this, 'BatchGetItem', 'UpdateItem');
    storage.giveEventsTo(this, 'BatchGetItem', 'GetItem');
    storage.giveDeliveriesTo(this, 'BatchGetItem', 'BatchWriteItem', 'PartiQLInsert', 'PartiQLUpdate');
    queues.giveDeliveryQueueTo(this);
    queues.giveNoticesTo(this);
    // For the turns of circuits.
    queues.giveFanOutQueueTo(this);
    schedules.giveSchedulesTo(this);
    secrets.giveDataKeyTo(this, 'Decrypt');
    consumeQueue(this, queues.delivery, settings.deliverMaxConcurrency);
  }
}
