import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deliverOne, judgeLoaded } from './adapters/deliver-one.ts';
import { type LoadDelivery, loadDeliveries } from './adapters/delivery-loader.ts';
import { measureDelivery } from './adapters/delivery-metrics.ts';
import { deleteDeliveries } from './adapters/delivery-queue.ts';
import { DeliveryRecorder } from './adapters/delivery-recorder.ts';
import { describeDelivery } from './adapters/delivery-store.ts';
import { reviveChanges } from './adapters/endpoint-changes-store.ts';
import { reviveTurn } from './adapters/endpoint-health.ts';
import type { ReadEndpoint } from './adapters/endpoint-items.ts';
import { logError } from './adapters/log.ts';
import { writeMetrics } from './adapters/metrics.ts';
import { Pacer } from './adapters/pacer.ts';
import { type ReceivedDelivery, receiveDeliveries } from './adapters/received-delivery.ts';
import { sendHops } from './adapters/tracing.ts';

/**
 * Sends a batch of deliveries at once. Each succeeds or fails on its own: what fails here is the platform's own trouble
 * (a store that would not answer), and its message comes back; an endpoint's refusal is a result, not a failure.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const { received, failedIds } = receiveDeliveries(event.Records);
  const load = await loadDeliveries(received.map(({ message }) => message));
  await reviveTroubled(received, load);
  const open = await clearFinished(received, load);
  const recorder = new DeliveryRecorder(open.length);
  const pacer = new Pacer();
  const work = open.map(async ({ message, messageIds }) => {
    try {
      const change = await recorder.expect((settle) => deliverOne(message, load(message), settle, pacer));
      if (change !== undefined) measureDelivery(change);
    } catch (error) {
      logError(
        'a delivery could not be carried out; its message comes back',
        error,
        describeDelivery(message),
      );
      failedIds.push(...messageIds);
    }
  });
  await Promise.all(work);
  await pacer.close();
  writeMetrics();
  await sendHops();
  return { batchItemFailures: failedIds.map((itemIdentifier) => ({ itemIdentifier })) };
}

/**
 * Messages that come again and are done already are deleted before anything is sent. They came again because their
 * batch crashed; should its culprit be among these too, it goes on to the dead letters alone.
 */
async function clearFinished(received: ReceivedDelivery[], load: LoadDelivery): Promise<ReceivedDelivery[]> {
  const isFinished = ({ message, again }: ReceivedDelivery) =>
    again && lookAt(() => judgeLoaded(message, load(message)))?.action === 'drop';
  const finished = received.filter(isFinished);
  await deleteDeliveries(finished.flatMap(({ receiptHandles }) => receiptHandles));
  return received.filter((delivery) => !finished.includes(delivery));
}

/**
 * Whatever comes for an endpoint in trouble sees to it that the turns of its circuit go on and that its changes are told,
 * should either have been lost.
 */
async function reviveTroubled(received: ReceivedDelivery[], load: LoadDelivery): Promise<void> {
  const troubled = new Map<string, ReadEndpoint>();
  for (const { message } of received) {
    const endpoint = lookAt(() => load(message).endpoint);
    if (endpoint?.health.circuit || endpoint?.changes?.length) troubled.set(endpoint.id, endpoint);
  }
  const revive = (endpoint: ReadEndpoint) =>
    Promise.all([reviveTurn(endpoint), reviveChanges(endpoint, Date.now())]);
  await Promise.all([...troubled.values()].map(revive));
}

/** What a function answers, or undefined where it throws: an item that cannot be read fails its own message later. */
function lookAt<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
