import type { Construct } from 'constructs';
import { BundledFunction } from '../bundled-function.ts';
import { dialects, retention } from '../function-environment.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import type { Secrets } from '../secrets.ts';
import type { Storage } from '../storage.ts';

/** Accepts events. A function of its own, because it is called most and must answer whatever else goes on. */
export class PublishFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, storage: Storage, secrets: Secrets) {
    super(scope, id, settings, {
      entry: 'publish',
      description: 'POST /v1/events: checks events and stores them',
      timeoutSeconds: 29,
      memoryMb: 512,
      reservedConcurrency: settings.publishReservedConcurrency,
      environment: { ...retention(settings), ...dialects(settings) },
    });
    storage.giveDirectoryTo(this, 'GetItem', 'Query');
    storage.giveEventsTo(this, 'PutItem');
    secrets.giveOperatorKeyTo(this);
  }
}
