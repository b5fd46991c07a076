import { randomBytes } from 'node:crypto';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type DeliveryMessage, judgeReceipt } from '../core/delivery.ts';
import { nextAttemptAt } from '../core/next-attempt.ts';
import { sendAttempt } from './adapters/attempt-sender.ts';
import { type LoadedDelivery, loadDeliveries, loadEvent } from './adapters/delivery-loader.ts';
import { readMessage } from './adapters/delivery-queue.ts';
import { DeliveryRecorder } from './adapters/delivery-recorder.ts';
import { requireDialect } from './adapters/dialects.ts';
import { disableEndpoint, type StoredEndpoint } from './adapters/endpoint-store.ts';
import { logError } from './adapters/log.ts';

/**
 * Sends a batch of deliveries at once. Each succeeds or fails on its own: what fails here is the platform's own trouble
 * (a store that would not answer), and its message comes back; an endpoint's refusal is a result, not a failure.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failed: SQSRecord[] = [];
  const read = event.Records.flatMap((record) => {
    try {
      return [{ record, message: readMessage(record.body) }];
    } catch (error) {
      logError('a queue message is unreadable and goes to the dead letters', error, {
        messageId: record.messageId,
      });
      failed.push(record);
      return [];
    }
  });
  const distinct = new Map(read.map((entry) => [JSON.stringify(entry.message), entry]));
  const load = await loadDeliveries([...distinct.values()].map(({ message }) => message));
  const recorder = new DeliveryRecorder(distinct.size);
  const done = new Map<string, boolean>();
  const work = [...distinct].map(async ([key, { message }]) => {
    done.set(key, await deliverSafely(message, load(message), recorder));
  });
  await Promise.all(work);
  failed.push(
    ...read.filter(({ message }) => !done.get(JSON.stringify(message))).map(({ record }) => record),
  );
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

async function deliverSafely(message: DeliveryMessage, loaded: LoadedDelivery, recorder: DeliveryRecorder) {
  const settled = { handedOver: false };
  try {
    await deliver(message, loaded, recorder, settled);
    return true;
  } catch (error) {
    logError('a delivery could not be carried out; its message comes back', error, { ...message });
    return false;
  } finally {
    if (!settled.handedOver) recorder.callOff();
  }
}

/** Looks at what is recorded, and does what the message means then. */
async function deliver(
  message: DeliveryMessage,
  loaded: LoadedDelivery,
  recorder: DeliveryRecorder,
  settled: { handedOver: boolean },
): Promise<void> {
  const { endpoint, recorded } = loaded;
  const receipt = judgeReceipt(message, recorded);
  if (receipt.action === 'drop') return;
  const event = await loadEvent(message, loaded);
  const reason = reasonToDiscard(event === undefined, endpoint);
  const shared = { message, recorded, writer: randomBytes(6).toString('base64url') };
  if (event === undefined || endpoint === undefined || reason !== undefined) {
    settled.handedOver = true;
    const change = { ...shared, eventType: event?.type ?? '', state: 'discarded', error: reason } as const;
    return recorder.record({ ...change, changedAt: Date.now() }, endpoint?.dialect ?? 'standard');
  }
  if (receipt.action === 'resume') {
    settled.handedOver = true;
    const next = { ...message, attempt: message.attempt + 1 };
    return recorder.resume({ message: next, dialect: endpoint.dialect, dueAt: receipt.nextAttemptAt });
  }
  const dialect = requireDialect(endpoint.dialect);
  const { attempt, verdict, outcome, endedAt } = await sendAttempt(dialect, event, endpoint, message.attempt);
  const failed = { attempt: message.attempt, endedAt, ...outcome };
  const nextAt = verdict.retryable ? nextAttemptAt(dialect, failed, Math.random()) : undefined;
  const state = verdict.delivered ? 'succeeded' : nextAt === undefined ? 'failed' : 'retrying';
  if (verdict.disableEndpoint) {
    // Before the record: a crash in between brings the message back to a disabled endpoint, never to a live one.
    await disableEndpoint(message.tenantId, endpoint.id, verdict.error ?? '', endedAt);
  }
  settled.handedOver = true;
  const change = { ...shared, eventType: event.type, state, nextAttemptAt: nextAt, attempt } as const;
  await recorder.record({ ...change, error: verdict.error, changedAt: endedAt }, endpoint.dialect);
}

function reasonToDiscard(expired: boolean, endpoint: StoredEndpoint | undefined): string | undefined {
  if (endpoint === undefined) return 'The endpoint was deleted before this attempt.';
  if (!endpoint.active) return 'The endpoint was disabled before this attempt.';
  return expired ? 'The event had expired before this attempt.' : undefined;
}
