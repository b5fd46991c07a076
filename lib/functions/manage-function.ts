import type { Construct } from 'constructs';
import type { Api } from '../api.ts';
import { BundledFunction } from '../bundled-function.ts';
import { dialects, receivers, retention } from '../function-environment.ts';
import type { Mail } from '../mail.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import type { Queues } from '../queues.ts';
import type { Secrets } from '../secrets.ts';
import type { Storage } from '../storage.ts';

export interface ManageFunctionProps {
  readonly api: Api;
  readonly mail: Mail | undefined;
  readonly storage: Storage;
  readonly queues: Queues;
  readonly secrets: Secrets;
}

/** Everything of the API but publishing: tenants, keys, endpoints, and reading what happened. */
export class ManageFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, props: ManageFunctionProps) {
    const { storage, queues, secrets, mail, api } = props;
    super(scope, id, settings, {
      entry: 'manage',
      description: 'The API except publishing',
      timeoutSeconds: 29,
      memoryMb: 512,
      environment: { ...retention(settings), ...receivers(settings), ...dialects(settings) },
    });
    storage.giveDirectoryTo(this, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
    storage.giveDirectoryIndexTo(this);
    // PutItem is for test events and their pending deliveries, UpdateItem and the queue for resends.
    storage.giveEventsTo(this, 'GetItem', 'PutItem');
    storage.giveDeliveriesTo(this, 'BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem');
    queues.giveDeliveryQueueTo(this);
    queues.giveFanOutQueueTo(this);
    storage.giveDeliveriesIndexTo(this);
    storage.giveStatsTo(this, 'GetItem', 'Query');
    secrets.giveDataKeyTo(this, 'GenerateDataKey', 'Decrypt');
    secrets.giveOperatorKeyTo(this);
    // Keys that are revoked are told of, and links in mails are checked.
    queues.giveNoticesTo(this);
    mail?.giveLinksTo(this);
    // Test events of documents say where to call back.
    api.giveAddressTo(this);
  }
}
