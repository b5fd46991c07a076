import type { DeliveryMessage } from '../../core/delivery.ts';
import { formatDeliveryId } from '../../core/ids.ts';
import { chooseCarrier } from '../../core/next-attempt.ts';
import { type QueuedDelivery, queueDeliveries } from './delivery-queue.ts';
import {
  addressOf,
  attemptItem,
  type DeliveryChange,
  deliveryKey,
  fromItem,
  recordStatement,
  tableName,
} from './delivery-store.ts';
import { requireDialect } from './dialects.ts';
import { batchGet, batchPut, executeStatements, isConditionFailure } from './dynamodb.ts';
import { readOptionalEnvironment } from './environment.ts';
import { logInfo } from './log.ts';
import { scheduleDelivery } from './retry-scheduler.ts';

/** A retry to put on its way. */
export interface NextAttempt {
  readonly message: DeliveryMessage;
  readonly dialect: string;
  readonly dueAt: number;
}

interface Waiting<Entry> {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

type Entry = { readonly change: DeliveryChange; readonly dialect: string } | { readonly next: NextAttempt };

/** A result waits this long for others of its batch, so that a slow receiver keeps nobody's log back. */
const LONGEST_WAIT_MS = 400;
/** BatchExecuteStatement takes 25 statements. */
const FULL = 25;

/**
 * Records the results of one batch of messages, sharing the calls: as soon as all are there, or the first has waited
 * {@link LONGEST_WAIT_MS}.
 *
 * A result is recorded first and its retry put on its way after, and only then is its message done. A crash in between
 * brings the message back, which finds the record and resumes (core/delivery.ts). The other order could send twice.
 */
export class DeliveryRecorder {
  #waiting: Waiting<Entry>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #expected: number;

  /** @param expected results that may come, each through {@link expect} */
  constructor(expected: number) {
    this.#expected = expected;
  }

  /** Records a result; resolves when it is recorded and what follows is on its way. */
  record(change: DeliveryChange, dialect: string): Promise<void> {
    return this.#add({ change, dialect });
  }

  /** Puts a retry on its way whose cause is recorded already. */
  resume(next: NextAttempt): Promise<void> {
    return this.#add({ next });
  }

  /** Runs work that may bring one of the expected results. When it ends without one, the others wait for it no longer. */
  async expect<Result>(work: (settle: () => DeliveryRecorder) => Promise<Result>): Promise<Result> {
    let settled = false;
    try {
      return await work(() => {
        settled = true;
        return this;
      });
    } finally {
      if (!settled) {
        this.#expected--;
        this.#flushWhenComplete();
      }
    }
  }

  #add(entry: Entry): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#expected--;
    this.#waiting.push({ entry, resolve, reject });
    this.#timer ??= setTimeout(() => this.#flush(), LONGEST_WAIT_MS);
    this.#flushWhenComplete();
    return promise;
  }

  #flushWhenComplete(): void {
    if (this.#waiting.length > 0 && (this.#expected <= 0 || this.#waiting.length >= FULL)) this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting;
    this.#waiting = [];
    writeBatch(batch.map(({ entry }) => entry)).then(
      (results) => {
        for (const [i, waiting] of batch.entries()) {
          if (results[i] === undefined) waiting.resolve();
          else waiting.reject(results[i]);
        }
      },
      (error) => {
        for (const waiting of batch) waiting.reject(error);
      },
    );
  }
}

/** @returns for each entry undefined, or why it failed */
async function writeBatch(entries: readonly Entry[]): Promise<(Error | undefined)[]> {
  const changes = entries.flatMap((entry) => ('change' in entry ? [entry.change] : []));
  await writeLaterAttempts(changes);
  const outcomes = await writeRecords(changes);
  const next: NextAttempt[] = [];
  const results = entries.map((entry) => {
    if ('next' in entry) {
      next.push(entry.next);
      return undefined;
    }
    const outcome = outcomes.get(entry.change);
    if (outcome === 'recorded') next.push(...nextOf(entry.change, entry.dialect));
    return outcome instanceof Error ? outcome : undefined;
  });
  await sendOnTheirWay(next);
  return results;
}

/** The first attempt stands in the delivery's own item; each later one gets an item of its own before the record counts it. */
async function writeLaterAttempts(changes: readonly DeliveryChange[]): Promise<void> {
  const items = changes.flatMap(({ message, attempt, changedAt }) =>
    attempt === undefined || message.attempt === 1 ? [] : [attemptItem(message, attempt, changedAt)],
  );
  if (items.length > 0) await batchPut(tableName(), items);
}

type WriteOutcome = 'recorded' | 'superseded' | Error;

async function writeRecords(changes: readonly DeliveryChange[]): Promise<Map<DeliveryChange, WriteOutcome>> {
  const results = changes.length === 0 ? [] : await executeStatements(changes.map(recordStatement));
  const outcomes = new Map<DeliveryChange, WriteOutcome>();
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
 * A refused write means that another message recorded this attempt, or that our own call was carried out and its answer
 * lost. Only in the second case is what follows ours to do.
 */
async function findOutWhoWrote(
  changes: readonly DeliveryChange[],
): Promise<[DeliveryChange, WriteOutcome][]> {
  if (changes.length === 0) return [];
  const table = tableName();
  const keys = changes.map(({ message }) => deliveryKey(addressOf(message)));
  const items = (await batchGet([{ table, keys, consistent: true }])).get(table) ?? [];
  const writers = new Set(items.map((item) => fromItem(item).writer));
  return changes.map((change) => {
    const ours = writers.has(change.writer);
    if (!ours) logInfo('another message recorded this attempt', { ...change.message });
    return [change, ours ? 'recorded' : 'superseded'];
  });
}

function nextOf({ message, nextAttemptAt }: DeliveryChange, dialect: string): NextAttempt[] {
  if (nextAttemptAt === undefined) return [];
  return [{ message: { ...message, attempt: message.attempt + 1 }, dialect, dueAt: nextAttemptAt }];
}

async function sendOnTheirWay(retries: readonly NextAttempt[]): Promise<void> {
  const longest = Number(readOptionalEnvironment('maxQueueDelaySeconds') ?? 900);
  const queued: QueuedDelivery[] = [];
  const scheduled: Promise<void>[] = [];
  for (const { message, dialect, dueAt } of retries) {
    const carrier = chooseCarrier(dueAt, Date.now(), longest);
    if (carrier.by === 'queue') queued.push({ message, delaySeconds: carrier.delaySeconds });
    else {
      const id = formatDeliveryId(requireDialect(dialect).idPrefixes.delivery, addressOf(message));
      scheduled.push(scheduleDelivery(id, message, carrier.at));
    }
  }
  await Promise.all([...scheduled, ...(queued.length > 0 ? [queueDeliveries(queued)] : [])]);
}
