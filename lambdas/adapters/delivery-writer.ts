import { type DeliveryMessage, laterAttempt, type Receipt } from '../../core/delivery.ts';
import { formatDeliveryId } from '../../core/ids.ts';
import { chooseCarrier } from '../../core/next-attempt.ts';
import { type QueuedDelivery, queueDeliveries } from './delivery-queue.ts';
import { type WriteOutcome, writeRecords } from './delivery-records.ts';
import type { DeliveryChange } from './delivery-statements.ts';
import { addressOf } from './delivery-store.ts';
import { requireDialect } from './dialects.ts';
import { noteResults } from './endpoint-health.ts';
import type { ReadEndpoint } from './endpoint-items.ts';
import { maxQueueDelayMs } from './environment.ts';
import { errorOf } from './error-of.ts';
import { logError } from './log.ts';
import { scheduleDelivery } from './retry-scheduler.ts';

/** A retry to put on its way. */
export interface NextAttempt {
  readonly message: DeliveryMessage;
  readonly dialect: string;
  readonly dueAt: number;
}

/** What follows a receipt that is neither sent nor dropped: the same message later, or the retry that was lost. */
export function followReceipt(
  message: DeliveryMessage,
  receipt: Receipt,
  dialect: string,
): NextAttempt | undefined {
  if (receipt.action === 'wait') return { message, dialect, dueAt: receipt.until };
  if (receipt.action !== 'resume') return undefined;
  return { message: laterAttempt(message, receipt.attempt), dialect, dueAt: Date.now() };
}

/** A result to record, or a retry whose cause is recorded already. */
export type Entry =
  | {
      readonly change: DeliveryChange;
      readonly dialect: string;
      /** The endpoint that the attempt was made to, as it was read before. */
      readonly endpoint?: ReadEndpoint;
    }
  | { readonly next: NextAttempt };

/**
 * Records results and puts their retries on their way, sharing the calls. What fails for one entry fails no other.
 * @returns for each entry undefined, or why it failed
 * @throws Error where the table answers nothing; which results are recorded is then unknown
 */
export async function writeBatch(entries: readonly Entry[]): Promise<(Error | undefined)[]> {
  const outcomes = await writeRecords(entries.flatMap((entry) => ('change' in entry ? [entry.change] : [])));
  const retries = new Map<Entry, NextAttempt>();
  for (const entry of entries) {
    const next =
      'next' in entry ? entry.next : nextOf(entry.change, entry.dialect, outcomes.get(entry.change));
    if (next !== undefined) retries.set(entry, next);
  }
  const [failures] = await Promise.all([sendOnTheirWay([...retries.values()]), noteBatch(entries)]);
  return entries.map((entry) => {
    const outcome = 'change' in entry ? outcomes.get(entry.change) : undefined;
    return outcome instanceof Error ? outcome : failures.get(retries.get(entry));
  });
}

/**
 * Lets endpoints know how their attempts went, one by one endpoint. What fails here fails no delivery: the next attempt
 * says the same again.
 */
async function noteBatch(entries: readonly Entry[]): Promise<void> {
  const made = entries.flatMap((entry) =>
    'change' in entry && entry.endpoint?.active && entry.change.attempt
      ? [{ endpoint: entry.endpoint, change: entry.change }]
      : [],
  );
  const byEndpoint = Object.values(Object.groupBy(made, ({ endpoint }) => endpoint.id));
  const notes = byEndpoint.map(async (same = []) => {
    const [{ endpoint } = {}] = same;
    if (endpoint === undefined) return;
    const results = same.map(({ change }) => ({
      delivered: change.state === 'succeeded',
      endedAt: change.changedAt,
      failure: {
        reason: change.error,
        statusCode: change.attempt?.statusCode,
        eventType: change.eventType,
      },
    }));
    const error = await errorOf(noteResults(endpoint, results));
    if (error) logError('an endpoint was not told how its attempts went', error, { endpointId: endpoint.id });
  });
  await Promise.all(notes);
}

function nextOf(
  { message, nextAttemptAt, waiting }: DeliveryChange,
  dialect: string,
  outcome: WriteOutcome | undefined,
): NextAttempt | undefined {
  if (outcome === undefined || outcome instanceof Error) return undefined;
  if (outcome !== 'recorded') return followReceipt(message, outcome, dialect);
  if (nextAttemptAt === undefined || waiting) return undefined;
  return { message: laterAttempt(message, message.attempt + 1), dialect, dueAt: nextAttemptAt };
}

/** @returns the retries that are not on their way, and why */
async function sendOnTheirWay(retries: readonly NextAttempt[]): Promise<Map<NextAttempt | undefined, Error>> {
  const longest = maxQueueDelayMs() / 1000;
  const queued = new Map<NextAttempt, QueuedDelivery>();
  const sending: { readonly retries: readonly NextAttempt[]; readonly call: Promise<void> }[] = [];
  for (const retry of retries) {
    const carrier = chooseCarrier(retry.dueAt, Date.now(), longest);
    if (carrier.by === 'queue')
      queued.set(retry, { message: retry.message, delaySeconds: carrier.delaySeconds });
    else sending.push({ retries: [retry], call: schedule(retry, carrier.at) });
  }
  if (queued.size > 0)
    sending.push({ retries: [...queued.keys()], call: queueDeliveries([...queued.values()]) });
  const failures = new Map<NextAttempt | undefined, Error>();
  await Promise.all(
    sending.map(async ({ retries, call }) => {
      const error = await errorOf(call);
      if (error !== undefined) for (const retry of retries) failures.set(retry, error);
    }),
  );
  return failures;
}

async function schedule({ message, dialect }: NextAttempt, at: number): Promise<void> {
  const id = formatDeliveryId(requireDialect(dialect).idPrefixes.delivery, addressOf(message));
  await scheduleDelivery(id, message, at);
}
