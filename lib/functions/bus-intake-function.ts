import type { Construct } from 'constructs';
import { BundledFunction } from '../bundled-function.ts';
import { consumeQueue } from '../consumers.ts';
import { dialects, retention } from '../function-environment.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import { BUS_INTAKE_TIMEOUT_SECONDS, type Queues } from '../queues.ts';
import type { Storage } from '../storage.ts';

/** 500 events at once; a burst waits in the queue and leaves the account's concurrency to publishing. */
const MAX_CONCURRENCY = 50;

/** Publishes what producers in AWS put on the event bus. */
export class BusIntakeFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, storage: Storage, queues: Queues) {
    super(scope, id, settings, {
      entry: 'bus-intake',
      description: 'Checks events from the event bus and stores them',
      timeoutSeconds: BUS_INTAKE_TIMEOUT_SECONDS,
      memoryMb: 512,
      environment: { ...retention(settings), ...dialects(settings) },
    });
    storage.giveDirectoryTo(this, 'GetItem', 'Query');
    storage.giveEventsTo(this, 'PutItem');
    consumeQueue(this, queues.bus, MAX_CONCURRENCY);
  }
}
