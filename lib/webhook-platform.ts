import { Tags, Validations } from 'aws-cdk-lib';
import type { Dashboard as CloudWatchDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { Bus, OperationalBus } from './bus.ts';
import { Dashboard } from './dashboard.ts';
import { Documents } from './documents.ts';
import { ExpiredExport } from './expired-export.ts';
import { AlertsFunction } from './functions/alerts-function.ts';
import { BusIntakeFunction } from './functions/bus-intake-function.ts';
import { DeliverFunction } from './functions/deliver-function.ts';
import { DispatchFunction } from './functions/dispatch-function.ts';
import { DocumentsFunction } from './functions/documents-function.ts';
import { DocumentsIntakeFunction } from './functions/documents-intake-function.ts';
import { DownloadsFunction } from './functions/downloads-function.ts';
import { FanOutFunction } from './functions/fan-out-function.ts';
import { JournalFunction } from './functions/journal-function.ts';
import { ManageFunction } from './functions/manage-function.ts';
import { ObserveFunction } from './functions/observe-function.ts';
import { PublishFunction } from './functions/publish-function.ts';
import { RedispatchFunction } from './functions/redispatch-function.ts';
import { Mail } from './mail.ts';
import { Metrics } from './metrics.ts';
import type { WebhookPlatformProps } from './platform-props.ts';
import { resolveSettings } from './platform-settings.ts';
import { Queues } from './queues.ts';
import { Reads } from './reads.ts';
import { RetrySchedules } from './retry-schedules.ts';
import { Secrets } from './secrets.ts';
import { StaticAddresses } from './static-addresses.ts';
import { Storage } from './storage.ts';
import { giveSamplingTo, giveTracesTo } from './traces.ts';

export type { Dialect } from '../core/dialects/dialect.ts';
export type { WebhookPlatformProps } from './platform-props.ts';

/**
 * Webhooks as a service, whole: an event published to the API is stored, matched, queued, signed, posted to every
 * endpoint that wants it, retried on its dialect's schedule, and logged.
 *
 * @example
 * const webhooks = new WebhookPlatform(this, 'Webhooks', { alarmEmail: 'ops@example.com' });
 * new CfnOutput(this, 'WebhooksUrl', { value: webhooks.apiUrl });
 */
export class WebhookPlatform extends Construct {
  /** Where the API answers, without a slash at its end; its paths begin with `/v1/`. */
  readonly apiUrl: string;
  /** Gets every alarm. */
  readonly alarmTopic: ITopic;
  readonly dashboard: CloudWatchDashboard;
  readonly storage: Storage;
  readonly queues: Queues;
  readonly schedules: RetrySchedules;
  readonly secrets: Secrets;
  /** Absent unless `exportExpired` is set. */
  readonly expiredExport?: ExpiredExport;
  /** What the functions count: published, dispatched, delivered, and so on. */
  readonly metrics: Metrics;
  /** Where producers in AWS publish with IAM and no key. */
  readonly bus: Bus;
  readonly api: Api;
  /** What requests to endpoints come from, where `staticAddresses` asks for it. */
  readonly staticAddresses?: StaticAddresses;
  /** Where the platform says what happens to endpoints and keys. */
  readonly operationalBus: OperationalBus;
  /** What mails are sent by, where there is a sender. */
  readonly mail: Mail | undefined;
  readonly publish: PublishFunction;
  readonly manage: ManageFunction;
  readonly dispatch: DispatchFunction;
  readonly fanOut: FanOutFunction;
  readonly deliver: DeliverFunction;
  readonly journal: JournalFunction;
  readonly observe: ObserveFunction;
  readonly redispatch: RedispatchFunction;
  readonly busIntake: BusIntakeFunction;
  /** The bucket of documents, and how they are told of. */
  readonly documents: Documents;
  readonly documentsIntake: DocumentsIntakeFunction;
  readonly documentsApi: DocumentsFunction;
  /** Who reads documents, where `downloads` is `cloudtrail`. */
  readonly reads?: Reads;
  readonly downloads?: DownloadsFunction;
  readonly alerts: AlertsFunction;

  constructor(scope: Construct, id: string, props: WebhookPlatformProps = {}) {
    super(scope, id);
    const settings = resolveSettings(props);
    if (settings.production && settings.allowLocalReceivers) {
      Validations.of(this).addWarning(
        'posthorn:local-receivers',
        'allowLocalReceivers is true: tenants can make this platform call private addresses',
      );
    }

    this.storage = new Storage(this, 'Storage', settings);
    this.queues = new Queues(this, 'Queues', settings);
    this.schedules = new RetrySchedules(this, 'Schedules', this.queues);
    this.secrets = new Secrets(this, 'Secrets', settings);
    this.metrics = new Metrics(this, 'Metrics');

    this.api = new Api(this, 'Api', settings);
    this.documents = new Documents(this, 'Documents', settings, this.queues);

    if (settings.staticAddresses > 0)
      this.staticAddresses = new StaticAddresses(this, 'StaticAddresses', settings);

    const network = this.staticAddresses?.network;
    const expiredExport = settings.exportExpired
      ? new ExpiredExport(this, 'ExpiredExport', settings)
      : undefined;
    this.expiredExport = expiredExport;
    this.operationalBus = new OperationalBus(this, 'OperationalBus');
    const { alertSender } = settings;
    this.mail = alertSender && new Mail(this, 'Mail', alertSender, this.queues);

    const { storage, queues, schedules, secrets, api, documents, operationalBus, mail } = this;
    this.publish = new PublishFunction(this, 'Publish', settings, storage, secrets);
    this.manage = new ManageFunction(this, 'Manage', settings, { storage, queues, secrets, mail, api });
    this.dispatch = new DispatchFunction(this, 'Dispatch', settings, storage, queues);
    this.fanOut = new FanOutFunction(this, 'FanOut', settings, storage, queues);
    this.deliver = new DeliverFunction(this, 'Deliver', settings, {
      storage,
      queues,
      schedules,
      secrets,
      network,
    });
    this.journal = new JournalFunction(this, 'Journal', settings, { storage, queues, expiredExport });
    this.observe = new ObserveFunction(this, 'Observe', settings, { storage, queues, expiredExport });
    this.busIntake = new BusIntakeFunction(this, 'BusIntake', settings, storage, queues);
    this.bus = new Bus(this, 'Bus', queues);
    this.redispatch = new RedispatchFunction(this, 'Redispatch', settings, storage, queues);

    const intake = { storage, queues, api, documents };
    this.documentsIntake = new DocumentsIntakeFunction(this, 'DocumentsIntake', settings, intake);
    const pull = { storage, secrets, api, documents };
    this.documentsApi = new DocumentsFunction(this, 'DocumentsApi', settings, pull);
    if (queues.downloads !== undefined) {
      this.reads = new Reads(this, 'Reads', settings, queues.downloads, documents.bucket);
      const ownReaders = [this.documentsIntake];
      const reading = { storage, api, documents, reads: queues.downloads, ownReaders };
      this.downloads = new DownloadsFunction(this, 'Downloads', settings, reading);
      this.metrics.giveMetricsTo(this.downloads);
    }
    const telling = { storage, queues, operationalBus, mail, api };
    this.alerts = new AlertsFunction(this, 'Alerts', settings, telling);
    this.metrics.giveMetricsTo(this.dispatch, this.fanOut, this.deliver, this.documentsIntake, this.alerts);
    if (expiredExport !== undefined) this.metrics.giveMetricsTo(this.journal, this.observe);

    this.staticAddresses?.giveAddressesTo(this.manage);
    giveSamplingTo(settings, this.publish, this.busIntake, this.documentsIntake, this.documentsApi);
    if (this.downloads !== undefined) giveSamplingTo(settings, this.downloads);
    giveTracesTo(settings, this.dispatch, this.fanOut, this.deliver);

    api.serve(this);
    this.apiUrl = api.url;
    const { publish, manage, dispatch, deliver, journal, observe, metrics } = this;
    const functions = { publish, manage, dispatch, deliver, journal, observe };
    const watched = { api, queues, schedules, metrics, ...functions };
    const alarms = new Alarms(this, 'Alarms', settings, watched);
    this.alarmTopic = alarms.topic;
    const { exportExpired } = settings;
    const shown = { ...watched, alarms, storage, exportExpired };
    this.dashboard = new Dashboard(this, 'Dashboard', shown).dashboard;
    Tags.of(this).add('service', 'posthorn');
  }
}
