import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { MetricName } from '../core/metrics.ts';
import type { Watched } from './alarm-list.ts';
import type { Alarms } from './alarms.ts';
import { BundledFunction } from './bundled-function.ts';
import { listDeadEnds } from './dead-ends.ts';
import type { Metrics } from './metrics.ts';
import type { Storage } from './storage.ts';

export interface DashboardProps extends Watched {
  readonly alarms: Alarms;
  readonly storage: Storage;
  /** Whether what expires is exported. */
  readonly exportExpired: boolean;
}

const EACH_MINUTE = { period: Duration.minutes(1) };
const SUM = { ...EACH_MINUTE, statistic: Stats.SUM };
const MOST = { ...EACH_MINUTE, statistic: Stats.MAXIMUM };

/** What an operator looks at: a row each for the events, for what calls and waits, for the functions, for AWS, for exports. */
export class Dashboard extends Construct {
  readonly dashboard: CloudWatchDashboard;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const all = scope.node.findAll().filter((child) => child instanceof BundledFunction);
    const widgets = [events(props), waiting(props), functions(props, all), services(props), exports(props)];
    this.dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(3),
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...props.alarms.all], width: 24, height: 4 })],
        ...widgets.filter((row) => row.length > 0),
      ],
    });
  }
}

function graph(title: string, left: IMetric[], more: GraphWidgetProps = {}): IWidget {
  return new GraphWidget({ title, left, width: 6, height: 6, leftYAxis: { min: 0 }, ...more });
}

function sumsOf(metrics: Metrics): (...names: MetricName[]) => IMetric[] {
  return (...names) => names.map((name) => metrics.of(name, { statistic: Stats.SUM }));
}

function events({ metrics }: DashboardProps): IWidget[] {
  const sums = sumsOf(metrics);
  const spread = (name: MetricName) =>
    [Stats.p(50), Stats.p(99), Stats.MAXIMUM].map((statistic) =>
      metrics.of(name, { statistic, label: statistic }),
    );
  return [
    graph('Events and deliveries', sums('published', 'dispatched', 'delivered', 'failed')),
    graph(
      'Share of attempts that fail; endpoints that began to rest',
      [metrics.of('failedAttempts', { statistic: Stats.AVERAGE })],
      {
        right: sums('circuitOpenings'),
      },
    ),
    graph('How long an attempt takes, ms', spread('attemptLatency')),
    graph('How long deliveries were due when sent; age of the oldest that rests, ms', spread('deliveryAge'), {
      right: [metrics.of('restingAge', { statistic: Stats.MAXIMUM })],
    }),
  ];
}

function waiting({ api, queues }: DashboardProps): IWidget[] {
  const { delivery } = queues;
  const deadEnds = listDeadEnds(queues).map(([, queue]) => queue);
  const worked = queues.node.children.filter((child) => child instanceof Queue && !deadEnds.includes(child));
  const visible = (worked as Queue[]).map((queue) => queue.metricApproximateNumberOfMessagesVisible(MOST));
  const delayed = delivery.metricApproximateNumberOfMessagesDelayed(MOST);
  return [
    graph('Requests of the API', [api.httpApi.metricCount(SUM)], {
      right: [api.httpApi.metricClientError(SUM), api.httpApi.metricServerError(SUM)],
    }),
    graph('Messages that wait', [...visible, delayed]),
    graph('Age of the oldest delivery message, s', [delivery.metricApproximateAgeOfOldestMessage(MOST)]),
    graph(
      'Dead letters',
      deadEnds.map((queue) => queue.metricApproximateNumberOfMessagesVisible(MOST)),
    ),
  ];
}

function functions({ dispatch, journal, observe }: DashboardProps, all: BundledFunction[]): IWidget[] {
  const each = (metricName: string, options: Parameters<IFunction['metric']>[1]) =>
    all.map((fn) => fn.metric(metricName, { label: fn.node.id, ...options }));
  const readers = [dispatch, journal, observe].map((fn) => fn.metric('IteratorAge', MOST));
  return [
    graph('Errors of functions', each('Errors', SUM), { right: each('Throttles', SUM) }),
    graph('Duration, p99, ms', each('Duration', { ...EACH_MINUTE, statistic: Stats.p(99) })),
    graph('Calls at once', each('ConcurrentExecutions', MOST)),
    graph('Age of the stream, ms', readers),
  ];
}

function services({ storage, schedules: { group } }: DashboardProps): IWidget[] {
  const tables = Object.entries({
    directory: storage.directory,
    events: storage.events,
    deliveries: storage.deliveries,
    stats: storage.stats,
  });
  const each = (metricName: string) =>
    tables.map(([label, table]: [string, Table]) => table.metric(metricName, { label, ...SUM }));
  return [
    graph('Write units of tables', each('ConsumedWriteCapacityUnits')),
    graph('Read units of tables', each('ConsumedReadCapacityUnits')),
    graph('Throttled reads and writes of tables', each('ReadThrottleEvents'), {
      right: each('WriteThrottleEvents'),
    }),
    graph('Schedules that came due', [group.metricAttempts(SUM)], {
      right: [group.metricTargetErrors(SUM), group.metricDropped(SUM)],
    }),
  ];
}

function exports({ exportExpired, metrics }: DashboardProps): IWidget[] {
  if (!exportExpired) return [];
  const sums = sumsOf(metrics);
  return [graph('Expired records: past Firehose, lost', sums('expiredPastFirehose', 'expiredLost'))];
}
