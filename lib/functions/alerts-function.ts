import type { Construct } from 'constructs';
import { ENV } from '../../core/environment-names.ts';
import type { Api } from '../api.ts';
import { BundledFunction } from '../bundled-function.ts';
import type { OperationalBus } from '../bus.ts';
import { consumeQueue } from '../consumers.ts';
import { dialects, retention } from '../function-environment.ts';
import type { Mail } from '../mail.ts';
import type { PlatformSettings } from '../platform-settings.ts';
import { ALERTS_TIMEOUT_SECONDS, type Queues } from '../queues.ts';
import type { Storage } from '../storage.ts';

/** Few, so that they rarely write the same endpoint's alerts at once, and stay within SES's rate. */
const MAX_CONCURRENCY = 5;

export interface AlertsFunctionProps {
  readonly storage: Storage;
  readonly queues: Queues;
  readonly operationalBus: OperationalBus;
  readonly mail: Mail | undefined;
  /** Links in mails lead there. */
  readonly api: Api;
}

/** Tells people and programs what went wrong. It alone may send mails and put operational events on their bus. */
export class AlertsFunction extends BundledFunction {
  constructor(scope: Construct, id: string, settings: PlatformSettings, props: AlertsFunctionProps) {
    const { storage, queues, operationalBus, mail, api } = props;
    super(scope, id, settings, {
      entry: 'alerts',
      description: 'Tells of failing endpoints, by mail, by webhook and on a bus',
      timeoutSeconds: ALERTS_TIMEOUT_SECONDS,
      memoryMb: 512,
      // Digests wait in the queue in steps of 15 minutes.
      feedsItself: true,
      environment: {
        ...retention(settings),
        ...dialects(settings),
        [ENV.alertGatherSeconds]: String(settings.alertGatherSeconds),
        [ENV.dashboardUrl]: settings.dashboardUrl ?? `${api.url}/docs`,
      },
    });
    // UpdateItem takes off what was announced, and addresses that mails do not reach; PutItem is for its own notes.
    storage.giveDirectoryTo(this, 'BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem');
    storage.giveEventsTo(this, 'PutItem');
    operationalBus.giveTo(this);
    api.giveAddressTo(this);
    mail?.giveSenderTo(this);
    mail?.giveLinksTo(this);
    queues.giveNoticesTo(this);
    consumeQueue(this, queues.notices, MAX_CONCURRENCY, { batchSize: 100, windowSeconds: 1 });
  }
}
