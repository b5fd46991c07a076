import { setTimeout as sleep } from 'node:timers/promises';
import {
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { PosthornError } from '../../core/errors.ts';
import { dynamodb } from './dynamodb.ts';

/**
 * Two changes of one item at the same moment conflict, and the SDK does not try again (DynamoDB developer guide,
 * transaction conflict handling). Ten in a row are through within these waits.
 */
const CONFLICT_WAITS_MS = [10, 20, 40, 80, 160, 320, 640, 1280];

/**
 * Writes all of the items or none.
 * @returns undefined where they were written, else for each item whether its condition was what failed
 * @throws PosthornError `unavailable` where others keep changing the same items
 */
export async function transact(items: TransactWriteItem[]): Promise<boolean[] | undefined> {
  for (const wait of CONFLICT_WAITS_MS) {
    try {
      await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: items }));
      return undefined;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = error.CancellationReasons?.map((reason) => reason.Code) ?? [];
      if (codes.includes('ConditionalCheckFailed'))
        return codes.map((code) => code === 'ConditionalCheckFailed');
      if (!codes.includes('TransactionConflict')) throw error;
    }
    await sleep(wait * (0.5 + Math.random()));
  }
  throw new PosthornError('unavailable', 'Others are changing the same of this tenant. Try again.');
}
