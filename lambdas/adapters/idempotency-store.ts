import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { dynamodb, type Item } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';

/** How long an answer can be had again. */
export const KEPT_SECONDS = 86_400;
/** A claim is over when its function must be: nothing runs for longer than API Gateway's 30 seconds. */
export const CLAIM_MS = 35_000;

/** A request that named an Idempotency-Key, on its way or answered. */
export interface StoredRequest {
  /** Whose key it is, for which operation: a hash. */
  readonly name: string;
  /** SHA-256 of what was asked. */
  readonly fingerprint: Uint8Array;
  /** When the claim was made, milliseconds since 1970: with the name it says whose claim it is. */
  readonly claimedAt: number;
  readonly answer?: StoredAnswer;
}

/** Answers may hold secrets, so that all are sealed. */
export interface StoredAnswer {
  readonly status: number;
  readonly sealed: Uint8Array;
  readonly wrappedKey: Uint8Array;
}

function requestKey(name: string): Item {
  return { pk: { S: `ONCE#${name}` }, sk: { S: 'ONCE' } };
}

/** Claims a name for a request. @returns false where another has it, answered or on its way */
export function claimRequest(request: StoredRequest): Promise<boolean> {
  const free = 'attribute_not_exists(pk)';
  // DynamoDB deletes what is past its time within days; until then it counts for nothing.
  const expired = '#ttl < :seconds';
  const abandoned = 'attribute_not_exists(sealed) AND claimed_at <= :abandoned';
  return putIf(request, {
    ConditionExpression: `${free} OR ${expired} OR (${abandoned})`,
    ExpressionAttributeNames: { '#ttl': 'ttl' },
    ExpressionAttributeValues: {
      ':seconds': { N: String(Math.floor(request.claimedAt / 1000)) },
      ':abandoned': { N: String(request.claimedAt - CLAIM_MS) },
    },
  });
}

/** Keeps the answer of a claimed request. @returns false where the claim was lost meanwhile */
export function keepAnswer(request: StoredRequest, answer: StoredAnswer): Promise<boolean> {
  return putIf({ ...request, answer }, stillClaimed(request));
}

/** Gives a claim up, so that the same name may be used again at once. */
export async function releaseRequest(request: StoredRequest): Promise<void> {
  try {
    await dynamodb.send(
      new DeleteItemCommand({
        TableName: readEnvironment('directoryTable'),
        Key: requestKey(request.name),
        ...stillClaimed(request),
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/** Reads what stands under a name, with everything written before. */
export async function readRequest(name: string): Promise<StoredRequest | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: readEnvironment('directoryTable'),
      Key: requestKey(name),
      ConsistentRead: true,
    }),
  );
  if (Item === undefined) return undefined;
  const { sealed, wrapped_key, status } = Item;
  return {
    name,
    fingerprint: Item.fingerprint?.B as Uint8Array,
    claimedAt: Number(Item.claimed_at?.N),
    ...(sealed?.B &&
      wrapped_key?.B && {
        answer: { status: Number(status?.N), sealed: sealed.B, wrappedKey: wrapped_key.B },
      }),
  };
}

type Condition = Pick<
  PutItemCommandInput,
  'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

function stillClaimed({ claimedAt }: StoredRequest): Condition {
  return {
    ConditionExpression: 'claimed_at = :claimed AND attribute_not_exists(sealed)',
    ExpressionAttributeValues: { ':claimed': { N: String(claimedAt) } },
  };
}

async function putIf(request: StoredRequest, condition: Condition): Promise<boolean> {
  const { name, fingerprint, claimedAt, answer } = request;
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: readEnvironment('directoryTable'),
        Item: {
          ...requestKey(name),
          fingerprint: { B: fingerprint },
          claimed_at: { N: String(claimedAt) },
          ttl: { N: String(Math.floor(claimedAt / 1000) + KEPT_SECONDS) },
          ...(answer && {
            status: { N: String(answer.status) },
            sealed: { B: answer.sealed },
            wrapped_key: { B: answer.wrappedKey },
          }),
        },
        ...condition,
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
