import type { Construct } from 'constructs';
import { BundledFunction } from '../bundled-function.ts';
import { retention } from '../function-environment.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import type { Queues } from '../queues.ts';
import type { Storage } from '../storage.ts';

/** An operator's command: dispatches again what was stored in a range of time. Nothing calls it by itself. */
export class RedispatchFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, storage: Storage, queues: Queues) {
    super(scope, id, settings, {
      entry: 'redispatch',
      description: 'By hand: dispatches the events of a time range again',
      timeoutSeconds: 900,
      memoryMb: 512,
      environment: retention(settings),
    });
    storage.giveEventsTo(this, 'Scan');
    queues.giveFanOutQueueTo(this);
  }
}
