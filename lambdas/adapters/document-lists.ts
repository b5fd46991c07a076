import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Document } from '../../core/document.ts';
import { encodeTime } from '../../core/ids.ts';
import { documentKey, readDocument, tenantPartition } from './document-items.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';

/** Uploaded then or later, and before; milliseconds since 1970. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** A document that a list ended with. */
export type DocumentPlaceInList = Pick<Document, 'path' | 'uploadedAt'>;

export interface DocumentPage {
  readonly documents: Document[];
  /** Where to go on; absent at the end. */
  readonly next?: DocumentPlaceInList;
}

/**
 * DynamoDB filters what its limit let through. So a call reads as many items as it wants documents, which is enough where
 * nothing is filtered out, and then pages of this size.
 */
const ITEMS_AT_ONCE = 1000;
/** A filter may pass over everything of a page; one call reads so many. */
const ROUNDS = 10;

/** Lists a tenant's documents by the time of their latest version, newest first; deleted ones are not there. */
export async function listByTime(
  tenantId: string,
  { from, to }: TimeRange,
  limit: number,
  after: DocumentPlaceInList | undefined,
): Promise<DocumentPage> {
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(
    new QueryCommand({
      TableName: readEnvironment('documentsTable'),
      IndexName: 'by-time',
      KeyConditionExpression: 'tpk = :tenant AND tsk BETWEEN :from AND :last',
      ExpressionAttributeValues: {
        ':tenant': { S: tenantPartition(tenantId) },
        ':from': { S: encodeTime(from) },
        ':last': { S: encodeTime(to - 1) },
      },
      ScanIndexForward: false,
      Limit: limit,
      ExclusiveStartKey: after && {
        ...documentKey({ tenantId, path: after.path }),
        tpk: { S: tenantPartition(tenantId) },
        tsk: { S: encodeTime(after.uploadedAt) },
      },
    }),
  );
  const documents = Items.map(readDocument);
  return { documents, ...(LastEvaluatedKey !== undefined && { next: documents.at(-1) }) };
}

/**
 * Lists a tenant's documents whose path begins so, by path; deleted ones are not there. It lists fewer than asked for
 * although more follow only where it passed over some thousands.
 */
export async function listByPrefix(
  tenantId: string,
  prefix: string,
  range: TimeRange,
  limit: number,
  after: Pick<Document, 'path'> | undefined,
): Promise<DocumentPage> {
  const found: Document[] = [];
  let startKey: Item | undefined = after && documentKey({ tenantId, path: after.path });
  for (let round = 0; round < ROUNDS; round++) {
    const { Items = [], LastEvaluatedKey } = await dynamodb.send(
      new QueryCommand({
        ...prefixQuery(tenantId, prefix, range),
        Limit: round === 0 ? limit : ITEMS_AT_ONCE,
        ExclusiveStartKey: startKey,
      }),
    );
    found.push(...Items.map(readDocument));
    const documents = found.slice(0, limit);
    const isEnd = LastEvaluatedKey === undefined && found.length <= limit;
    if (isEnd || found.length >= limit) return { documents, ...(!isEnd && { next: documents.at(-1) }) };
    startKey = LastEvaluatedKey;
  }
  return { documents: found, next: { path: startKey?.sk?.S ?? '', uploadedAt: 0 } };
}

function prefixQuery(tenantId: string, prefix: string, { from, to }: TimeRange): QueryCommandInput {
  return {
    TableName: readEnvironment('documentsTable'),
    KeyConditionExpression: 'pk = :tenant AND begins_with(sk, :prefix)',
    FilterExpression: 'attribute_exists(tpk) AND u >= :from AND u < :to',
    ExpressionAttributeValues: {
      ':tenant': { S: tenantPartition(tenantId) },
      ':prefix': { S: prefix },
      ':from': { N: String(from) },
      ':to': { N: String(to) },
    },
  };
}
