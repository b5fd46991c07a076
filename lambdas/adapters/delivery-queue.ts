import {
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { DeliveryMessage } from '../../core/delivery.ts';
import { ID_PATTERN } from '../../core/event.ts';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';
import { readEnvironment } from './environment.ts';

export const sqs = new SQSClient({
  maxAttempts: 5,
  requestHandler: AWS_TIMEOUTS,
});

/** SendMessageBatch's and DeleteMessageBatch's limit (Amazon SQS API reference). */
const MESSAGES_PER_CALL = 10;
/** Calls under way at once: enough to hide the round trip, few enough to hold ten thousand messages in little memory. */
const CALLS_AT_ONCE = 16;
const ROUNDS = 3;

/** A delivery to queue. */
export interface QueuedDelivery {
  readonly message: DeliveryMessage;
  /** Seconds, 0 to 900. */
  readonly delaySeconds: number;
  /** What a fair queue counts it under, where that is not {@link messageGroup}. */
  readonly group?: string;
}

/** The wire form: one letter a member, since every delivery pays for its bytes. */
interface WireMessage {
  readonly t: string;
  readonly e: string;
  readonly p: string;
  readonly a: number;
  readonly n: number;
  /** Only where it asks for a resend. */
  readonly r?: string;
  /** Only where it asks for a new schedule. */
  readonly b?: number;
  /** 1 only where it is a probe. */
  readonly x?: 1;
  /** 1 only where it is the last attempt of what waits. */
  readonly l?: 1;
  /** Only where its endpoint has a limit: its slot, milliseconds, by which rate, and how often it was refused. */
  readonly s?: number;
  readonly v?: number;
  readonly c?: number;
}

export function printMessage(message: DeliveryMessage): string {
  const { tenantId: t, eventId: e, endpointId: p, acceptedAt: a, attempt: n, resend: r, base: b } = message;
  const [x, l] = [message.probe, message.last].map((is) => (is ? (1 as const) : undefined));
  const { slot: s, slotRate: v, refusals: c } = message;
  return JSON.stringify({ t, e, p, a, n, r, b, x, l, s, v, c } satisfies WireMessage);
}

/** @throws Error where the text is no delivery message; the queue then gives it to the dead letters */
export function readMessage(body: string): DeliveryMessage {
  const { t, e, p, a, n, r, b, x, l, s, v, c } = JSON.parse(body) as Partial<WireMessage>;
  if (
    [t, e, p, r ?? 'none'].some((id) => typeof id !== 'string' || !ID_PATTERN.test(id)) ||
    !Number.isSafeInteger(a) ||
    !Number.isSafeInteger(n) ||
    (n as number) < 1 ||
    (b !== undefined && b !== (n as number) - 1)
  ) {
    throw new Error(`Not a delivery message: ${body.slice(0, 200)}`);
  }
  return {
    tenantId: t as string,
    eventId: e as string,
    endpointId: p as string,
    acceptedAt: a as number,
    attempt: n as number,
    ...(r !== undefined && { resend: r }),
    ...(b !== undefined && { base: b }),
    ...(x === 1 && { probe: true }),
    ...(l === 1 && { last: true }),
    ...(typeof s === 'number' && { slot: s }),
    ...(typeof v === 'number' && { slotRate: v }),
    ...(typeof c === 'number' && { refusals: c }),
  };
}

/**
 * The group that a fair queue counts a message under: first attempts by tenant, so that one tenant's flood waits behind
 * the others' trickle; retries by endpoint, so that a tenant's one broken receiver does not make all its deliveries wait,
 * and so the many that a task sends to one endpoint.
 */
export function messageGroup({ attempt, base, tenantId, endpointId }: DeliveryMessage): string {
  return attempt === 1 && base === undefined ? tenantId : endpointId;
}

/** Queues deliveries, ten to a call. @throws Error where the queue would not take one; which ones went is then unknown */
export async function queueDeliveries(deliveries: readonly QueuedDelivery[]): Promise<void> {
  await sendAll(
    readEnvironment('deliveryQueueUrl'),
    deliveries.map(({ message, delaySeconds, group }) => ({
      MessageBody: printMessage(message),
      MessageGroupId: group ?? messageGroup(message),
      ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
    })),
  );
}

/**
 * Sends bodies to a queue, several calls at once.
 * @param perCall messages to a call, 1 to 10; all of one call together may have 1 MiB
 */
export async function sendAll(
  queueUrl: string,
  messages: readonly Omit<SendMessageBatchRequestEntry, 'Id'>[],
  perCall = MESSAGES_PER_CALL,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < messages.length) {
      const start = next;
      next += perCall;
      await sendBatch(queueUrl, messages.slice(start, start + perCall));
    }
  };
  const workers = Math.min(CALLS_AT_ONCE, Math.ceil(messages.length / perCall));
  await Promise.all(Array.from({ length: workers }, worker));
}

async function sendBatch(
  queueUrl: string,
  messages: readonly Omit<SendMessageBatchRequestEntry, 'Id'>[],
): Promise<void> {
  let pending = messages.map((message, i) => ({ ...message, Id: String(i) }));
  let reason = '';
  for (let round = 0; round < ROUNDS && pending.length > 0; round++) {
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: pending }),
    );
    const failed = new Set(Failed.map((entry) => entry.Id));
    pending = pending.filter((entry) => failed.has(entry.Id));
    reason = `${Failed[0]?.Code}: ${Failed[0]?.Message}`;
  }
  if (pending.length > 0) throw new Error(`The queue would not take ${pending.length} messages (${reason}).`);
}

/** Deletes delivery messages at once, ten to a call, before their batch is done. One that would not go comes again. */
export async function deleteDeliveries(receiptHandles: readonly string[]): Promise<void> {
  for (let start = 0; start < receiptHandles.length; start += MESSAGES_PER_CALL) {
    const handles = receiptHandles.slice(start, start + MESSAGES_PER_CALL);
    await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: readEnvironment('deliveryQueueUrl'),
        Entries: handles.map((ReceiptHandle, i) => ({ Id: String(i), ReceiptHandle })),
      }),
    );
  }
}
