import { ConditionalCheckFailedException, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { ObjectRead } from '../../core/object-read.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';

/** The download that a read belongs to. */
export interface Download {
  /** When its first read was done, milliseconds since 1970. */
  readonly startedAt: number;
  /** Whether its event was published. */
  readonly isTold: boolean;
}

/** Behind the window's end, so that records that come late still find the download. */
const KEPT_SECONDS = 86_400;

function downloadKey(hashId: string, version: string, { reader }: ObjectRead): Item {
  return { pk: { S: `READ#${hashId}#${reader}` }, sk: { S: version } };
}

/**
 * Finds the download that a read belongs to, or makes it the first read of one. Exact however many reads of one reader are
 * looked at at once: one write wins, and the others are answered what it wrote. A read from before the window, told of
 * late, belongs to it too.
 */
export async function joinDownload(hashId: string, version: string, read: ObjectRead): Promise<Download> {
  const noneIsOpen = 'attribute_not_exists(pk) OR w <= :at';
  const until = read.at + read.windowMs;
  const at = { N: String(read.at) };
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: readEnvironment('documentsTable'),
        Item: {
          ...downloadKey(hashId, version, read),
          a: at,
          w: { N: String(until) },
          ttl: { N: String(Math.floor(until / 1000) + KEPT_SECONDS) },
        },
        ConditionExpression: noneIsOpen,
        ExpressionAttributeValues: { ':at': at },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { startedAt: read.at, isTold: false };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
    return { startedAt: Number(error.Item.a?.N), isTold: error.Item.n !== undefined };
  }
}

/** Notes that a download's event was published: further reads of it are then done with one failed write. */
export async function markTold(
  hashId: string,
  version: string,
  read: ObjectRead,
  startedAt: number,
): Promise<void> {
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: readEnvironment('documentsTable'),
        Key: downloadKey(hashId, version, read),
        UpdateExpression: 'SET n = :told',
        ConditionExpression: 'a = :startedAt',
        ExpressionAttributeValues: { ':told': { BOOL: true }, ':startedAt': { N: String(startedAt) } },
      }),
    );
  } catch (error) {
    // The next download has begun meanwhile: its own event is another.
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
