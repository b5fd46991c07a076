import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { PosthornError, quote } from '../../core/errors.ts';
import { parseJson } from '../../core/json.ts';
import type { TenantKeyScope } from '../adapters/key-store.ts';
import type { Access, Operation } from '../operations/operation.ts';
import { authenticate, type Caller } from './authenticate.ts';
import { checkTenant } from './check-tenant.ts';
import { jsonResponse, problemResponses } from './problem-responses.ts';
import { validate } from './validation.ts';

/** 4 MB: an API Gateway takes 10, a function 6 of base64. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

type Result = APIGatewayProxyStructuredResultV2;

/** What may answer a request instead of the operation: what has been answered already. */
export type Guard = (
  operation: Operation,
  event: APIGatewayProxyEventV2,
  caller: Caller,
  run: () => Promise<Result>,
) => Promise<Result>;

/** What answers an operation's requests: key, access, query, body, and then the operation. */
export function runOperation(
  operation: Operation,
  guard: Guard = (_operation, _event, _caller, run) => run(),
) {
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const caller = await authenticate(event.headers.authorization);
    checkAccess(caller, operation.access);
    await checkTenant(caller);
    const query = operation.query && validate(operation.query, event.queryStringParameters ?? {});
    const body = operation.body && validate(operation.body, readBody(event), '', operation.opaque);
    const input = {
      caller,
      params: decodeParams(event.pathParameters),
      query,
      body,
      api: { host: event.requestContext.domainName, id: event.requestContext.apiId },
      idempotencyKey: event.headers['idempotency-key'],
      traceHeader: event.headers['x-amzn-trace-id'],
      now: Date.now(),
    };
    return await guard(operation, event, caller, async () => {
      const result = await operation.run(input);
      return operation.status === 204 ? { statusCode: 204 } : jsonResponse(operation.status, result);
    });
  };
}

/** Wraps a handler so that every error has one shape. */
export function withProblems(
  handler: (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>,
) {
  return middy(handler).use(problemResponses());
}

const SCOPES: Record<Access, readonly TenantKeyScope[]> = {
  operator: [],
  tenant: ['tenant'],
  portal: ['tenant', 'portal'],
  publish: ['tenant', 'publish'],
  any: ['tenant', 'portal', 'publish'],
};

function checkAccess(caller: Caller, access: Access): void {
  if (caller.kind === 'operator' || SCOPES[access].includes(caller.scope)) return;
  const accepted = SCOPES[access].map((scope) => `"${scope}"`).join(' or ');
  const wanted = access === 'operator' ? "the operator's key" : `a key of scope ${accepted}`;
  throw new PosthornError('forbidden', `This key has the scope "${caller.scope}"; here ${wanted} is wanted.`);
}

function readBody(event: APIGatewayProxyEventV2): unknown {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) {
    const message = `The body is ${bytes.length} bytes; at most ${MAX_BODY_BYTES} are accepted.`;
    throw new PosthornError('payload_too_large', message);
  }
  if (bytes.length === 0) return {};
  checkMediaType(event.headers['content-type']);
  return parseJson(decodeUtf8(bytes));
}

/** RFC 6839, section 3.1: `+json` is JSON too. */
const JSON_MEDIA_TYPE = /^application\/(?:[\w!#$&^.+-]+\+)?json$/i;

function checkMediaType(header: string | undefined): void {
  const mediaType = header?.split(';', 1)[0]?.trim() ?? '';
  if (mediaType === '' || JSON_MEDIA_TYPE.test(mediaType)) return;
  throw new PosthornError(
    'unsupported_media_type',
    `The Content-Type is ${quote(mediaType)}. Send JSON, as application/json.`,
  );
}

/** JSON is UTF-8 (RFC 8259, section 8.1); replacing what is not would change data silently. */
function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PosthornError('invalid_json', 'The body is not UTF-8.', [], { cause });
  }
}

function decodeParams(params: APIGatewayProxyEventV2['pathParameters']): Record<string, string> {
  return Object.fromEntries(Object.entries(params ?? {}).map(([name, value]) => [name, value ?? '']));
}
