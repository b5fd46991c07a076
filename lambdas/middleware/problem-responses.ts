import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type ErrorCode, PosthornError } from '../../core/errors.ts';
import { logError } from '../adapters/log.ts';

/** The HTTP status of each error code, and its title. */
export const PROBLEMS: Record<ErrorCode, readonly [status: number, title: string]> = {
  invalid_request: [422, 'The request is not valid'],
  invalid_json: [400, 'The body is not valid JSON'],
  unauthorized: [401, 'A valid key is wanted'],
  forbidden: [403, 'The key may not do this'],
  tenant_disabled: [403, 'The tenant is disabled'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'The method is not allowed here'],
  request_in_progress: [409, 'The same request is being carried out'],
  conflict: [409, 'It conflicts with what is stored'],
  gone: [410, 'It was deleted'],
  payload_too_large: [413, 'The request is too large'],
  unsupported_media_type: [415, 'The body is not JSON'],
  idempotency_key_reused: [422, 'The Idempotency-Key came with another request'],
  unknown_event_type: [422, 'The event type is not known'],
  number_not_exact: [422, 'A number would change on its way'],
  invalid_data: [422, 'The data does not fit its schema'],
  internal_error: [500, 'Something went wrong here'],
  unavailable: [503, 'Try again soon'],
};

/** A refusal that says in a header what would be accepted. */
class RefusalWithHeaders extends PosthornError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, headers: Readonly<Record<string, string>>) {
    super(code, message);
    this.headers = headers;
  }
}

/** A method that a path does not take. RFC 9110, section 15.5.6: a 405 names what is allowed. */
export class MethodNotAllowed extends RefusalWithHeaders {
  constructor(method: string, path: string, allowed: readonly string[]) {
    const methods = allowed.join(', ');
    super('method_not_allowed', `${path} takes ${methods}, not ${method}.`, { allow: methods });
  }
}

/** The same request is under way, or its function died; it is carried out when it comes again after these seconds. */
export class RequestInProgress extends RefusalWithHeaders {
  constructor(message: string, seconds: number) {
    super('request_in_progress', message, { 'retry-after': String(seconds) });
  }
}

/** A problem as RFC 9457 shapes it, with a stable `code`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** The problem that an error is to the caller; what is not an expected refusal shows nothing of the inside. */
export function describeProblem(error: unknown): Problem {
  const known = error instanceof PosthornError ? error : undefined;
  const code = known?.code ?? 'internal_error';
  const [status, title] = PROBLEMS[code];
  const detail = known?.message ?? 'The request was not carried out. Send it again; the log has the reason.';
  return {
    type: 'about:blank',
    title,
    status,
    detail,
    code,
    ...(known?.faults.length && { errors: known.faults }),
  };
}

export function jsonResponse(status: number, body: unknown): APIGatewayProxyStructuredResultV2 {
  return { statusCode: status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** API Gateway's id of the request, under which its access log has it. */
function idHeader({ requestContext }: APIGatewayProxyEventV2): Record<string, string> {
  const id = requestContext?.requestId;
  return id === undefined ? {} : { 'x-request-id': id };
}

/** Answers every error in one shape, and everything with its request's id. */
export function problemResponses(): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    after: ({ event, response }) => {
      if (response) response.headers = { ...response.headers, ...idHeader(event) };
    },
    onError: (request) => {
      const problem = describeProblem(request.error);
      const requestId = request.event.requestContext?.requestId;
      if (problem.status >= 500) {
        const { routeKey, rawPath } = request.event;
        logError('a request failed', request.error, { requestId, routeKey, rawPath });
      }
      request.response = {
        statusCode: problem.status,
        headers: {
          'content-type': 'application/problem+json',
          ...idHeader(request.event),
          ...(problem.status === 401 && { 'www-authenticate': 'Bearer' }),
          ...(request.error instanceof RefusalWithHeaders && request.error.headers),
        },
        body: JSON.stringify({ ...problem, request_id: requestId }),
      };
    },
  };
}
