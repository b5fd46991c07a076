import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { LISTED_ATTRIBUTES } from '../core/delivery.ts';
import { ENV } from '../core/environment-names.ts';
import { allow } from './allow.ts';
import type { BundledFunction } from './bundled-function.ts';
import type { PlatformSettings } from './platform-settings.ts';

const KEY = (name: string) => ({ name, type: AttributeType.STRING });

/** The four tables, and the ways a function may be let into them. */
export class Storage extends Construct {
  /** Tenants, keys, endpoints, and the journal of which events were accepted. */
  readonly directory: Table;
  /** One item per event; its stream is the outbox that dispatching reads. */
  readonly events: Table;
  /** One item per delivery and one per further attempt. */
  readonly deliveries: Table;
  /** Counts per endpoint, per tenant and hour. */
  readonly stats: Table;
  /** Documents by tenant and path, and their versions by hash id. */
  readonly documents: Table;

  constructor(scope: Construct, id: string, settings: PlatformSettings) {
    super(scope, id);
    const common = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: settings.production },
      deletionProtection: settings.production,
      removalPolicy: settings.production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    } satisfies Partial<TableProps>;
    const stream = StreamViewType.NEW_AND_OLD_IMAGES;

    this.directory = new Table(this, 'Directory', { ...common, partitionKey: KEY('pk'), sortKey: KEY('sk') });
    this.directory.addGlobalSecondaryIndex({
      indexName: 'by-kind',
      partitionKey: KEY('kpk'),
      sortKey: KEY('ksk'),
    });
    this.events = new Table(this, 'Events', { ...common, partitionKey: KEY('pk'), stream });
    this.deliveries = new Table(this, 'Deliveries', {
      ...common,
      partitionKey: KEY('pk'),
      sortKey: KEY('sk'),
      stream,
    });
    // Sparse: only a delivery that did not succeed at once carries these keys, so success writes to no index.
    this.deliveries.addGlobalSecondaryIndex({
      indexName: 'by-trouble',
      partitionKey: KEY('tpk'),
      sortKey: KEY('tsk'),
      // What a list shows. The attempt's log stays out, or every change of state would write it again.
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...LISTED_ATTRIBUTES],
    });
    this.stats = new Table(this, 'Stats', { ...common, partitionKey: KEY('pk'), sortKey: KEY('sk') });
    this.documents = new Table(this, 'Documents', { ...common, partitionKey: KEY('pk'), sortKey: KEY('sk') });
    // Sparse: a document that is deleted is not listed.
    this.documents.addGlobalSecondaryIndex({
      indexName: 'by-time',
      partitionKey: KEY('tpk'),
      sortKey: KEY('tsk'),
    });
  }

  /** @param actions DynamoDB's own names, e.g. `GetItem` */
  giveDirectoryTo(fn: BundledFunction, ...actions: string[]): void {
    allow(fn, 'dynamodb', actions, this.directory.tableArn);
    fn.addEnvironment(ENV.directoryTable, this.directory.tableName);
  }

  /** Lists of one kind, e.g. all tenants. */
  giveDirectoryIndexTo(fn: BundledFunction): void {
    allow(fn, 'dynamodb', ['Query'], `${this.directory.tableArn}/index/by-kind`);
  }

  giveEventsTo(fn: BundledFunction, ...actions: string[]): void {
    allow(fn, 'dynamodb', actions, this.events.tableArn);
    fn.addEnvironment(ENV.eventsTable, this.events.tableName);
  }

  giveDeliveriesTo(fn: BundledFunction, ...actions: string[]): void {
    allow(fn, 'dynamodb', actions, this.deliveries.tableArn);
    fn.addEnvironment(ENV.deliveriesTable, this.deliveries.tableName);
  }

  giveStatsTo(fn: BundledFunction, ...actions: string[]): void {
    allow(fn, 'dynamodb', actions, this.stats.tableArn);
    fn.addEnvironment(ENV.statsTable, this.stats.tableName);
  }

  /** Lists of deliveries that are pending, waiting, retrying or failed. */
  giveDeliveriesIndexTo(fn: BundledFunction): void {
    allow(fn, 'dynamodb', ['Query'], `${this.deliveries.tableArn}/index/by-trouble`);
  }

  giveDocumentsTo(fn: BundledFunction, ...actions: string[]): void {
    allow(fn, 'dynamodb', actions, this.documents.tableArn);
    fn.addEnvironment(ENV.documentsTable, this.documents.tableName);
  }

  /** Lists of a tenant's documents by time. */
  giveDocumentsIndexTo(fn: BundledFunction): void {
    allow(fn, 'dynamodb', ['Query'], `${this.documents.tableArn}/index/by-time`);
  }
}
