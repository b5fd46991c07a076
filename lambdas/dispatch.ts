import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { StoredEvent } from '../core/event.ts';
import { type QueuedDelivery, queueDeliveries, sendAll } from './adapters/delivery-queue.ts';
import { reportDispatch } from './adapters/dispatch-report.ts';
import { readEnvironment } from './adapters/environment.ts';
import { fromItem } from './adapters/event-store.ts';
import { type Continuation, queueContinuations } from './adapters/fan-out-queue.ts';
import { milestoneOf } from './adapters/journal-milestones.ts';
import { logError } from './adapters/log.ts';
import { firstAttempt, matchEndpoints } from './adapters/matching.ts';
import { measure, writeMetrics } from './adapters/metrics.ts';
import { toItem } from './adapters/stream-images.ts';
import { loadSubscriptions } from './adapters/subscriptions.ts';
import { sendHops } from './adapters/tracing.ts';

interface Dispatched {
  readonly deliveries: QueuedDelivery[];
  readonly continuations: Continuation[];
  readonly poison: { readonly record: DynamoDBRecord; readonly error: string }[];
}

/** What one call queues itself, a second's work; the rest of its batch is handed on, so that the shard goes on. */
const MESSAGES_AT_ONCE = 2_000;

/**
 * The outbox: turns stored events into queued deliveries.
 *
 * A record that cannot be read goes, whole, to the poison queue; nothing else waits for it. When a store or a queue
 * would not answer the whole batch is made again: messages that had gone out come twice, and delivering looks at the
 * record before it sends.
 */
export async function handler(event: DynamoDBStreamEvent): Promise<void> {
  const startedAt = Date.now();
  const dispatched: Dispatched = { deliveries: [], continuations: [], poison: [] };
  // Milestones are the journal's: no event, and no poison either.
  const isEvent = ({ dynamodb }: DynamoDBRecord) => milestoneOf(dynamodb?.NewImage ?? {}) === undefined;
  const events = event.Records.filter(isEvent).flatMap((record) => readRecord(record, dispatched));
  const tenantIds = [...new Set(events.map(({ stored }) => stored.tenantId))];
  const subscriptions = await loadSubscriptions(tenantIds);
  for (const { record, stored } of events) {
    const endpoints = subscriptions.get(stored.tenantId) ?? [];
    const isFull = dispatched.deliveries.length >= MESSAGES_AT_ONCE;
    if (stored.testEndpointId !== undefined) {
      dispatched.deliveries.push(firstAttempt(stored, stored.testEndpointId));
    } else if (endpoints === 'many' || isFull) dispatched.continuations.push(continuationOf(stored));
    else
      guardRecord(record, dispatched, () => dispatched.deliveries.push(...matchEndpoints(stored, endpoints)));
  }
  await Promise.all([
    queueDeliveries(dispatched.deliveries),
    queueContinuations(dispatched.continuations),
    sendAll(
      readEnvironment('poisonQueueUrl'),
      dispatched.poison.map((entry) => ({ MessageBody: JSON.stringify(entry) })),
      // An event may have 400 KB.
      1,
    ),
  ]);
  const stored = events.map((entry) => entry.stored);
  reportDispatch('dispatch', stored, dispatched.deliveries, startedAt);
  measure('published', stored.filter(isTenantsOwn).length);
  writeMetrics();
  await sendHops();
}

/** Neither somebody's try nor something that the platform says of itself. */
const isTenantsOwn = ({ testEndpointId, operational }: StoredEvent) =>
  testEndpointId === undefined && !operational;

function readRecord(
  record: DynamoDBRecord,
  dispatched: Dispatched,
): { record: DynamoDBRecord; stored: StoredEvent }[] {
  return (
    guardRecord(record, dispatched, () => {
      const stored = fromItem(toItem(record.dynamodb?.NewImage ?? {}));
      return [{ record, stored }];
    }) ?? []
  );
}

/** Runs the work of one record; what it throws makes the record a poisoned one. */
function guardRecord<Result>(
  record: DynamoDBRecord,
  dispatched: Dispatched,
  work: () => Result,
): Result | undefined {
  try {
    return work();
  } catch (error) {
    logError('an event cannot be dispatched and goes to the poison queue', error, {
      keys: record.dynamodb?.Keys,
    });
    dispatched.poison.push({ record, error: String(error) });
    return undefined;
  }
}

function continuationOf(event: StoredEvent): Continuation {
  return { tenantId: event.tenantId, eventId: event.id, acceptedAt: event.acceptedAt };
}
