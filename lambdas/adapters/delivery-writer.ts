import { type DeliveryMessage, judgeReceipt, laterAttempt, type Receipt } from '../../core/delivery.ts';
import { formatDeliveryId } from '../../core/ids.ts';
import { chooseCarrier } from '../../core/next-attempt.ts';
import { type QueuedDelivery, queueDeliveries } from './delivery-queue.ts';
import { attemptItem, type DeliveryChange, recordStatement } from './delivery-statements.ts';
import {
  addressOf,
  type DeliveryRecord,
  deliveryKey,
  describeDelivery,
  fromItem,
  tableName,
} from './delivery-store.ts';
import { requireDialect } from './dialects.ts';
import { batchGet, batchPut, executeStatements, isConditionFailure } from './dynamodb.ts';
import { noteResults } from './endpoint-health.ts';
import type { ReadEndpoint } from './endpoint-items.ts';
import { maxQueueDelayMs, retryGraceMs } from './environment.ts';
import { logError, logInfo } from './log.ts';
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

/** Recorded; or refused, since another message's attempt was recorded, which means what the receipt says; or failed. */
type WriteOutcome = 'recorded' | Receipt | Error;

async function writeRecords(changes: readonly DeliveryChange[]): Promise<Map<DeliveryChange, WriteOutcome>> {
  const unwritten = new Map<DeliveryChange, WriteOutcome>(await writeLaterAttempts(changes));
  const open = changes.filter((change) => !unwritten.has(change));
  return new Map([...unwritten, ...(await writeStatements(open))]);
}

async function writeStatements(
  changes: readonly DeliveryChange[],
): Promise<Map<DeliveryChange, WriteOutcome>> {
  const outcomes = new Map<DeliveryChange, WriteOutcome>();
  const results = changes.length === 0 ? [] : await executeStatements(changes.map(recordStatement));
  const refused: DeliveryChange[] = [];
  for (const [i, change] of changes.entries()) {
    const error = results[i]?.error;
    if (error === undefined) outcomes.set(change, 'recorded');
    else if (isConditionFailure(error)) refused.push(change);
    else outcomes.set(change, new Error(`DynamoDB refused a record: ${error.Code} ${error.Message}`));
  }
  for (const [change, outcome] of await findOutWhoWrote(refused)) outcomes.set(change, outcome);
  return outcomes;
}

/**
 * The first attempt stands in the delivery's own item; each later one gets an item of its own before the record counts it.
 * @returns the changes that must not be recorded because their attempts could not be written, and why
 */
async function writeLaterAttempts(
  changes: readonly DeliveryChange[],
): Promise<(readonly [DeliveryChange, Error])[]> {
  const later = changes.filter(
    ({ message, attempt }) => attempt !== undefined && (message.attempt > 1 || message.resend !== undefined),
  );
  const items = later.flatMap((change) =>
    change.attempt === undefined ? [] : [attemptItem(change, change.attempt)],
  );
  if (items.length === 0) return [];
  const error = await errorOf(batchPut(tableName(), items));
  return error === undefined ? [] : later.map((change) => [change, error] as const);
}

/**
 * A refused write means that another message recorded this attempt, or that our own call was carried out and its answer
 * lost. Only in the second case is what follows ours to do. Or it means that the schedule went on beside a resend.
 */
async function findOutWhoWrote(
  changes: readonly DeliveryChange[],
): Promise<[DeliveryChange, WriteOutcome][]> {
  if (changes.length === 0) return [];
  const table = tableName();
  const keys = changes.map(({ message }) => deliveryKey(addressOf(message)));
  const items = (await batchGet([{ table, keys, consistent: true }])).get(table) ?? [];
  const records = new Map(items.map((item) => [item.sk?.S, fromItem(item)]));
  const found = changes.map(async (change): Promise<[DeliveryChange, WriteOutcome]> => {
    const record = records.get(deliveryKey(addressOf(change.message)).sk.S);
    if (record?.writer === change.writer) return [change, 'recorded'];
    const { resend } = change.message;
    if (resend !== undefined && record?.resend === resend)
      return [change, await recordBeside(change, record)];
    logInfo('another message recorded this attempt', describeDelivery(change.message));
    return [change, judgeReceipt(change.message, record, Date.now(), retryGraceMs())];
  });
  return await Promise.all(found);
}

/** Records a resend by what its delivery has come to meanwhile. A schedule comes to an end, so this ends too. */
async function recordBeside(change: DeliveryChange, recorded: DeliveryRecord): Promise<WriteOutcome> {
  const [outcome = 'recorded'] = (await writeStatements([{ ...change, recorded }])).values();
  return outcome;
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

/** Why a call failed, or undefined where it did not. */
function errorOf(call: Promise<unknown>): Promise<Error | undefined> {
  return call.then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
  );
}
