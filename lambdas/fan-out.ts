import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { idTime } from '../core/ids.ts';
import { readTurn } from './adapters/circuit-queue.ts';
import { takeTurn } from './adapters/circuit-turns.ts';
import { queueDeliveries } from './adapters/delivery-queue.ts';
import { reportDispatch } from './adapters/dispatch-report.ts';
import { type EndpointSubscription, endpointKey } from './adapters/endpoint-items.ts';
import { listSubscriptions } from './adapters/endpoint-lists.ts';
import { getEvent } from './adapters/event-store.ts';
import { type Continuation, queueContinuations, readContinuation } from './adapters/fan-out-queue.ts';
import { logError, logInfo } from './adapters/log.ts';
import { firstAttempt, matchEndpoints } from './adapters/matching.ts';
import { writeMetrics } from './adapters/metrics.ts';
import { MANY_ENDPOINTS } from './adapters/subscriptions.ts';
import { readTaskMessage } from './adapters/task-queue.ts';
import { continueTask } from './adapters/task-runner.ts';
import { continueDeletion } from './adapters/tenant-deletion.ts';
import { readDeletion } from './adapters/tenant-deletion-queue.ts';
import { sendHops } from './adapters/tracing.ts';

/** Pages of endpoints that one message works through before it hands the rest on, well within the function's time. */
const PAGES_AT_ONCE = 4;

/**
 * Works through what is many: dispatches events to tenants with many endpoints, page by page, with memory for one page
 * however many there are; deletes what a tenant owned; goes on with tasks; takes the turns of endpoints' circuits.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const startedAt = Date.now();
  const batchItemFailures = [];
  for (const record of event.Records) {
    try {
      await work(record, startedAt);
    } catch (error) {
      logError(
        'a fan-out, a deletion, a task or a turn could not be continued; its message comes back',
        error,
        {
          messageId: record.messageId,
          // Its tenant and event, in so far as it can be read.
          body: record.body.slice(0, 300),
        },
      );
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  writeMetrics();
  await sendHops();
  return { batchItemFailures };
}

async function work({ body, messageId }: SQSRecord, startedAt: number): Promise<void> {
  const deletion = readDeletion(body);
  if (deletion) return continueDeletion(deletion, startedAt);
  const task = readTaskMessage(body);
  if (task) return continueTask(task, Date.now());
  const turn = readTurn(body);
  return turn ? takeTurn(turn, messageId) : fanOut(readContinuation(body));
}

async function fanOut(continuation: Continuation): Promise<void> {
  const { tenantId, eventId, afterEndpointId } = continuation;
  const event = await getEvent(tenantId, eventId);
  if (event === undefined) return logInfo('an event to fan out is gone', { tenantId, eventId });
  if (event.testEndpointId !== undefined) return queueDeliveries([firstAttempt(event, event.testEndpointId)]);
  let startKey = afterEndpointId === undefined ? undefined : endpointKey(tenantId, afterEndpointId);
  for (let page = 0; page < PAGES_AT_ONCE; page++) {
    const startedAt = Date.now();
    const { subscriptions, nextKey } = await listSubscriptions(tenantId, MANY_ENDPOINTS, startKey);
    const wanted = continuation.again ? existingAt(subscriptions, event.acceptedAt) : subscriptions;
    const deliveries = matchEndpoints(event, wanted);
    await queueDeliveries(deliveries);
    reportDispatch('fan-out', [event], deliveries, startedAt);
    if (nextKey === undefined) return;
    startKey = nextKey;
  }
  const reached = startKey?.sk?.S?.slice('ENDPOINT#'.length);
  await queueContinuations([{ ...continuation, afterEndpointId: reached }]);
}

/** Clocks of functions differ; an endpoint of this much later is taken for one that was there. */
const CLOCK_SKEW_MS = 5_000;

function existingAt(endpoints: EndpointSubscription[], time: number): EndpointSubscription[] {
  return endpoints.filter((endpoint) => idTime(endpoint.id) <= time + CLOCK_SKEW_MS);
}
