import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmSpec } from './alarm-spec.ts';
import type { Api } from './api.ts';
import type { BundledFunction } from './bundled-function.ts';
import { listDeadEnds } from './dead-ends.ts';
import { errorRates } from './error-rates.ts';
import type { Metrics } from './metrics.ts';
import { optionalAlarms } from './optional-alarms.ts';
import type { PlatformSettings } from './platform-settings.ts';
import type { Queues } from './queues.ts';
import type { RetrySchedules } from './retry-schedules.ts';

export interface Watched {
  readonly api: Api;
  readonly queues: Queues;
  readonly schedules: RetrySchedules;
  readonly metrics: Metrics;
  readonly publish: BundledFunction;
  readonly manage: BundledFunction;
  readonly dispatch: BundledFunction;
  readonly deliver: BundledFunction;
  readonly journal: BundledFunction;
  readonly observe: BundledFunction;
}

const MINUTE = Duration.minutes(1);
const MOST = { period: MINUTE, statistic: Stats.MAXIMUM };
const SUM = { period: MINUTE, statistic: Stats.SUM };

/** Twice the longest delay that a queue itself carries: older than that means that its messages fall behind. */
const OLD_MESSAGE_SECONDS = 1800;

export function listAlarms(settings: PlatformSettings, watched: Watched): AlarmSpec[] {
  return [
    ...deadEnds(watched),
    ...delays(watched),
    ...throttles(watched),
    ...nearTimeouts(watched),
    ...scheduleFailures(watched),
    ...optionalAlarms(settings, watched.metrics),
    // The local AWS refuses alarms with metric math.
    ...(settings.allowLocalReceivers ? [] : errorRates(watched)),
  ];
}

function deadEnds({ queues }: Watched): AlarmSpec[] {
  return listDeadEnds(queues).map(([id, queue, advice]) => ({
    id,
    metric: queue.metricApproximateNumberOfMessagesVisible(MOST),
    threshold: 0,
    periods: 1,
    advice,
  }));
}

function delays({ queues, dispatch, journal, observe }: Watched): AlarmSpec[] {
  return [
    {
      id: 'DispatchBehind',
      metric: dispatch.metric('IteratorAge', MOST),
      threshold: 60_000,
      periods: 5,
      advice:
        'Stored events wait more than a minute to be dispatched. Look for errors of the dispatching function',
    },
    {
      id: 'JournalBehind',
      metric: journal.metric('IteratorAge', MOST),
      threshold: 300_000,
      periods: 5,
      advice:
        'Accepted events are listed more than five minutes late. Look for errors of the journal function',
    },
    {
      id: 'StatisticsBehind',
      metric: observe.metric('IteratorAge', MOST),
      threshold: 1_800_000,
      periods: 5,
      advice:
        'What happened is counted more than half an hour late. Look for errors of the observing function',
    },
    {
      id: 'DeliveriesBehind',
      metric: queues.delivery.metricApproximateAgeOfOldestMessage(MOST),
      threshold: OLD_MESSAGE_SECONDS,
      periods: 5,
      advice:
        'Deliveries wait more than half an hour. Raise deliverMaxConcurrency or find the slow receivers',
    },
    ...queuesBehind(queues),
  ];
}

/** A backlog in which nothing fails reaches no dead letters: without these it would be silent until it expires. */
function queuesBehind({ fanOut, bus, documents, downloads, notices }: Queues): AlarmSpec[] {
  const others = {
    FanOut: fanOut,
    Bus: bus,
    Documents: documents,
    Downloads: downloads?.queue,
    Notices: notices,
  };
  return Object.entries(others).flatMap(([name, queue]) =>
    queue === undefined
      ? []
      : {
          id: `${name}Behind`,
          metric: queue.metricApproximateAgeOfOldestMessage(MOST),
          threshold: OLD_MESSAGE_SECONDS,
          periods: 5,
          advice:
            'Messages wait more than half an hour. Look for throttles and errors of the function behind them',
          section: 'other-queues-behind',
        },
  );
}

function throttles({ publish, dispatch, deliver }: Watched): AlarmSpec[] {
  return Object.entries({ Publish: publish, Dispatch: dispatch, Deliver: deliver }).map(([name, fn]) => ({
    id: `${name}Throttled`,
    metric: fn.metricThrottles(SUM),
    threshold: 0,
    periods: 5,
    // Where little goes on, minutes without a call lie between: none of them in a row may be asked for.
    bad: 3,
    advice: 'Lambda refuses to run a function: the concurrency of the account, or its own, is used up',
    section: 'throttles',
  }));
}

/** Four fifths of the timeout. Deliveries wait for a receiver 30 s at most, which is below that. */
function nearTimeouts({ publish, manage, dispatch, deliver }: Watched): AlarmSpec[] {
  const functions = { Publish: publish, Manage: manage, Dispatch: dispatch, Deliver: deliver };
  return Object.entries(functions).map(([name, fn]) => ({
    id: `${name}NearTimeout`,
    metric: fn.metricDuration({ period: MINUTE, statistic: Stats.p(99) }),
    threshold: 0.8 * (fn.timeout?.toMilliseconds() ?? 0),
    periods: 5,
    advice: 'One call in a hundred takes four fifths of its time or more, and will soon be cut off',
    section: 'near-timeout',
  }));
}

function scheduleFailures({ schedules: { group } }: Watched): AlarmSpec[] {
  const section = 'schedule-failures';
  return [
    {
      id: 'ScheduleErrors',
      metric: group.metricTargetErrors(SUM),
      threshold: 0,
      // Retries come due now and then; each is tried again after a minute or more.
      periods: 15,
      bad: 2,
      advice: 'EventBridge Scheduler cannot put retries on the delivery queue; it goes on trying for a day',
      section,
    },
    {
      id: 'ScheduleDrops',
      metric: group.metricDropped(SUM),
      threshold: 0,
      periods: 1,
      advice: 'EventBridge Scheduler gave retries up; they should be with the schedule dead letters',
      section,
    },
    {
      id: 'ScheduleLosses',
      metric: group.metricFailedToBeSentToDLQ(undefined, SUM),
      threshold: 0,
      periods: 1,
      advice:
        'Retries were given up and could not be kept as dead letters either: find them by their records',
      section,
    },
  ];
}
