import { judgeReceipt, type Receipt } from '../../core/delivery.ts';
import { attemptItem, type DeliveryChange, recordStatement } from './delivery-statements.ts';
import {
  addressOf,
  type DeliveryRecord,
  deliveryKey,
  describeDelivery,
  fromItem,
  tableName,
} from './delivery-store.ts';
import { batchGet, batchPut, executeStatements, isConditionFailure } from './dynamodb.ts';
import { retryGraceMs } from './environment.ts';
import { errorOf } from './error-of.ts';
import { logInfo } from './log.ts';

/** Recorded; or refused, since another message's attempt was recorded, which means what the receipt says; or failed. */
export type WriteOutcome = 'recorded' | Receipt | Error;

/** Records results, sharing the calls. What fails for one fails no other. */
export async function writeRecords(
  changes: readonly DeliveryChange[],
): Promise<Map<DeliveryChange, WriteOutcome>> {
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
