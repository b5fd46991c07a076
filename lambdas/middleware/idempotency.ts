import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { PosthornError, quote } from '../../core/errors.ts';
import { TimedCache } from '../adapters/cache.ts';
import {
  CLAIM_MS,
  claimRequest,
  keepAnswer,
  readRequest,
  releaseRequest,
  type StoredAnswer,
  type StoredRequest,
} from '../adapters/idempotency-store.ts';
import { logError } from '../adapters/log.ts';
import { makeWrappedKey, open, seal } from '../adapters/secret-box.ts';
import type { Operation } from '../operations/operation.ts';
import type { Caller } from './authenticate.ts';
import { checkKey, mindsIdempotencyKey } from './idempotency-key.ts';
import { RequestInProgress } from './problem-responses.ts';

type Result = APIGatewayProxyStructuredResultV2;

/**
 * Runs a request once for its Idempotency-Key: a repetition within a day is answered as the first one was. A refusal
 * changed nothing, so it is not kept, and the key may be used for the corrected request. A function that dies in
 * between leaves its claim for half a minute; the repetition after that runs, and may do the same once more.
 * @throws PosthornError `request_in_progress`, or `idempotency_key_reused` where something else was asked
 */
export async function runOnce(
  operation: Operation,
  event: APIGatewayProxyEventV2,
  caller: Caller,
  run: () => Promise<Result>,
): Promise<Result> {
  if (!mindsIdempotencyKey(operation)) return run();
  const key = checkKey(event.headers['idempotency-key']);
  if (key === undefined) return run();
  const owner = ownerOf(caller);
  const request: StoredRequest = {
    name: hash(owner, operation.method, operation.path, key).toString('base64url'),
    fingerprint: hash(event.rawPath, event.rawQueryString, event.body ?? ''),
    claimedAt: Date.now(),
  };
  if (await claimRequest(request)) return await runClaimed(request, owner, run);
  return await repeatAnswer(request, owner, key);
}

async function runClaimed(
  request: StoredRequest,
  owner: string,
  run: () => Promise<Result>,
): Promise<Result> {
  const result = await run().catch(async (error: unknown) => {
    await releaseRequest(request).catch((cause) => logError('a claim could not be released', cause));
    throw error;
  });
  try {
    await keepAnswer(request, await sealAnswer(request, owner, result));
  } catch (error) {
    // It is done, and saying otherwise would have it done again.
    logError('an answer could not be kept for its Idempotency-Key', error);
  }
  return result;
}

async function repeatAnswer(request: StoredRequest, owner: string, key: string): Promise<Result> {
  const stored = await readRequest(request.name);
  if (stored !== undefined && Buffer.compare(stored.fingerprint, request.fingerprint) !== 0) {
    throw new PosthornError(
      'idempotency_key_reused',
      `The Idempotency-Key ${quote(key)} came with another request before. Send that one, or another key.`,
    );
  }
  if (stored?.answer === undefined) {
    const seconds = secondsToEnd(stored, request.claimedAt);
    throw new RequestInProgress(
      `A request with the Idempotency-Key ${quote(key)} is being carried out. Send it again in ${seconds} s.`,
      seconds,
    );
  }
  const { status, sealed, wrappedKey } = stored.answer;
  const text = await open({ tenantId: owner, endpointId: request.name, wrappedKey }, sealed);
  const { headers, body } = JSON.parse(text) as Pick<Result, 'headers' | 'body'>;
  return { statusCode: status, headers: { ...headers, 'idempotency-replayed': 'true' }, body };
}

/** Whole seconds until a claim is over. One that is gone again was of a request that was refused: at once, that is. */
function secondsToEnd(stored: StoredRequest | undefined, now: number): number {
  const rest = stored === undefined ? 0 : stored.claimedAt + CLAIM_MS - now;
  return Math.max(1, Math.ceil(rest / 1000));
}

/** One data key for a caller and container, for as long as the containers keep such keys in the clear. */
const wrappedKeys = new TimedCache<Uint8Array>(1_000, 3_600_000);

/** The key is not the tenant's own: the operator has none, and a tenant's is gone when the tenant is deleted. */
async function sealAnswer({ name }: StoredRequest, owner: string, result: Result): Promise<StoredAnswer> {
  const wrappedKey = await wrappedKeys.getOrLoad(owner, () => makeWrappedKey(owner));
  const { statusCode = 200, headers, body } = result;
  const sealed = await seal(
    { tenantId: owner, endpointId: name, wrappedKey },
    JSON.stringify({ headers, body }),
  );
  return { status: statusCode, sealed, wrappedKey };
}

/**
 * Whose requests are told apart. A portal link's token may do less than a tenant's key, so it is not shown what that made.
 * No tenant can be called as the others are: ids have no colon.
 */
function ownerOf(caller: Caller): string {
  if (caller.kind === 'operator') return 'posthorn:operator';
  return caller.scope === 'portal' ? `portal:${caller.tenantId}` : caller.tenantId;
}

/** SHA-256 of parts that cannot run into each other. */
function hash(...parts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}
