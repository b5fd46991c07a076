import type { Construct } from 'constructs';
import { BundledFunction } from '../bundled-function.ts';
import { dialects, receivers, retention } from '../function-environment.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import type { Secrets } from '../secrets.ts';
import type { Storage } from '../storage.ts';

/** Everything of the API but publishing: tenants, keys, endpoints, and reading what happened. */
export class ManageFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, storage: Storage, secrets: Secrets) {
    super(scope, id, settings, {
      entry: 'manage',
      description: 'The API except publishing',
      timeoutSeconds: 29,
      memoryMb: 512,
      environment: { ...retention(settings), ...receivers(settings), ...dialects(settings) },
    });
    storage.giveDirectoryTo(this, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
    storage.giveDirectoryIndexTo(this);
    storage.giveEventsTo(this, 'GetItem');
    storage.giveDeliveriesTo(this, 'BatchGetItem', 'Query');
    storage.giveDeliveriesIndexTo(this);
    secrets.giveDataKeyTo(this, 'GenerateDataKey', 'Decrypt');
    secrets.giveOperatorKeyTo(this);
  }
}
