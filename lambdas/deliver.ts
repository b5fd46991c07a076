import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { deliverOne } from './adapters/deliver-one.ts';
import { loadDeliveries } from './adapters/delivery-loader.ts';
import { readMessage } from './adapters/delivery-queue.ts';
import { DeliveryRecorder } from './adapters/delivery-recorder.ts';
import { logError } from './adapters/log.ts';

/**
 * Sends a batch of deliveries at once. Each succeeds or fails on its own: what fails here is the platform's own trouble
 * (a store that would not answer), and its message comes back; an endpoint's refusal is a result, not a failure.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failed = new Set<SQSRecord>();
  const records = new Map<string, SQSRecord[]>();
  for (const record of event.Records) {
    // The queue may give one message twice in a batch; both copies share one fate.
    records.set(record.body, [...(records.get(record.body) ?? []), record]);
  }
  const guard = async <Result>(
    body: string,
    work: () => Result | Promise<Result>,
  ): Promise<Result | undefined> => {
    try {
      return await work();
    } catch (error) {
      logError('a delivery message could not be worked on and comes back', error, {
        body: body.slice(0, 500),
      });
      for (const record of records.get(body) ?? []) failed.add(record);
      return undefined;
    }
  };
  const read = await Promise.all(
    [...records.keys()].map((body) => guard(body, () => ({ body, ...readMessage(body) }))),
  );
  const messages = read.filter((message) => message !== undefined);
  const load = await loadDeliveries(messages);
  const recorder = new DeliveryRecorder(messages.length);
  await Promise.all(
    messages.map(({ body, ...message }) =>
      recorder.expect((settle) => guard(body, () => deliverOne(message, load(message), settle))),
    ),
  );
  return { batchItemFailures: [...failed].map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
