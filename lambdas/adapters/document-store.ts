import { randomBytes } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Document, type DocumentVersion, HASH_ID_BYTES, makeHashId } from '../../core/document.ts';
import type { DocumentPlace } from '../../core/document-key.ts';
import {
  documentKey,
  ownerAttributes,
  readDocument,
  readVersion,
  type StoredVersion,
  timeAttributes,
  toVersionItem,
  versionAttributes,
  versionKey,
} from './document-items.ts';
import { dynamodb, type Item } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';

/**
 * Reads what is known of a tenant's file, deleted ones too. One whose deletion was told of before any upload that it undid
 * has an id and no latest version: its `version` is empty.
 */
export async function findDocumentByKey(tenantId: string, path: string): Promise<Document | undefined> {
  const item = await getItem(documentKey({ tenantId, path }));
  return item && readDocument(item);
}

/** Reads a document by its hash id. @returns undefined for another tenant's */
export async function findDocument(tenantId: string, hashId: string): Promise<Document | undefined> {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: readEnvironment('documentsTable'),
      KeyConditionExpression: 'pk = :document',
      ExpressionAttributeValues: { ':document': versionKey(hashId, '').pk as { S: string } },
      ConsistentRead: true,
      Limit: 1,
    }),
  );
  const version = Items[0] && readVersion(Items[0]);
  if (version === undefined || version.tenantId !== tenantId) return undefined;
  const document = await findDocumentByKey(tenantId, version.path);
  // What is left of a deleted tenant's versions must not lead to the documents of a later one of its name.
  return document?.hashId === hashId ? document : undefined;
}

/** Reads one version of a document. */
export async function findVersion(hashId: string, version: string): Promise<StoredVersion | undefined> {
  const item = await getItem(versionKey(hashId, version));
  return item && readVersion(item);
}

/** The version of a document that was the latest at a time, milliseconds since 1970. */
export async function findVersionAt(hashId: string, at: number): Promise<StoredVersion | undefined> {
  let latest: StoredVersion | undefined;
  const pages = paginateQuery(
    { client: dynamodb },
    {
      TableName: readEnvironment('documentsTable'),
      KeyConditionExpression: 'pk = :document',
      FilterExpression: 'u <= :at',
      ExpressionAttributeValues: {
        ':document': versionKey(hashId, '').pk as { S: string },
        ':at': { N: String(at) },
      },
    },
  );
  for await (const { Items = [] } of pages) {
    for (const version of Items.map(readVersion)) {
      if (latest === undefined || version.uploadedAt > latest.uploadedAt) latest = version;
    }
  }
  return latest;
}

/**
 * Makes a version the document's latest, and the document a living one, unless something later is known.
 * @param sequencer as {@link sortableSequencer} prints it
 * @returns the document as it is now, with the hash id that it has had from its first version on
 */
export async function makeCurrent(
  place: DocumentPlace,
  version: DocumentVersion,
  sequencer: string,
): Promise<Document> {
  const facts = { ...versionAttributes(version), ...timeAttributes(place.tenantId, version.uploadedAt) };
  return changeDocument(place, facts, ['x'], sequencer);
}

/** Marks a document as deleted, unless something later is known of it. It keeps its hash id. @param at milliseconds since 1970 */
export async function markDeleted(place: DocumentPlace, at: number, sequencer: string): Promise<Document> {
  return changeDocument(place, { x: { N: String(at) } }, ['tpk', 'tsk'], sequencer);
}

/** Writes a version down. @returns whether it is there: one that was removed for good meanwhile stays gone */
export async function putVersion(
  { hashId }: Pick<Document, 'hashId'>,
  place: DocumentPlace,
  version: DocumentVersion,
): Promise<boolean> {
  const isNotGone = 'attribute_not_exists(x)';
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: readEnvironment('documentsTable'),
        Item: toVersionItem(hashId, place, version),
        ConditionExpression: isNotGone,
      }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return false;
  }
}

/** Notes that a version's bytes are gone for good: of one whose upload is still being taken, too. */
export async function markVersionGone(
  { hashId }: Pick<Document, 'hashId'>,
  place: DocumentPlace,
  version: string,
  at: number,
): Promise<void> {
  const owner = ownerAttributes(place);
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: readEnvironment('documentsTable'),
      Key: versionKey(hashId, version),
      UpdateExpression: 'SET x = :at, t = :t, p = :p',
      ExpressionAttributeValues: { ':at': { N: String(at) }, ':t': owner.t, ':p': owner.p },
    }),
  );
}

/** Changes a document's item by what happened at `sequencer`; where something later is known it only answers what is there. */
async function changeDocument(
  place: DocumentPlace,
  set: Item,
  remove: readonly string[],
  sequencer: string,
): Promise<Document> {
  const nothingLater = 'attribute_not_exists(q) OR q < :q';
  const values = { ...set, q: { S: sequencer } };
  const hashId = makeHashId(randomBytes(HASH_ID_BYTES));
  try {
    const { Attributes = {} } = await dynamodb.send(
      new UpdateItemCommand({
        TableName: readEnvironment('documentsTable'),
        Key: documentKey(place),
        UpdateExpression:
          `SET h = if_not_exists(h, :h), ${Object.keys(values)
            .map((name) => `${name} = :${name}`)
            .join(', ')} ` + `REMOVE ${remove.join(', ')}`,
        ConditionExpression: nothingLater,
        ExpressionAttributeValues: {
          ':h': { S: hashId },
          ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
        },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return readDocument(Attributes);
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
    return readDocument(error.Item);
  }
}

async function getItem(Key: Item): Promise<Item | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: readEnvironment('documentsTable'), Key, ConsistentRead: true }),
  );
  return Item;
}
