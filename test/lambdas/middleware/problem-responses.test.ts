import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { type ErrorCode, PosthornError, refuse } from '../../../core/errors.ts';
import {
  describeProblem,
  jsonResponse,
  MethodNotAllowed,
} from '../../../lambdas/middleware/problem-responses.ts';
import { withProblems } from '../../../lambdas/middleware/run-operation.ts';

let logged: unknown[];

beforeEach(() => {
  logged = [];
  jest.spyOn(console, 'error').mockImplementation((line) => void logged.push(line));
});
afterEach(() => {
  jest.restoreAllMocks();
});

const event = { requestContext: { requestId: 'req-1' } } as APIGatewayProxyEventV2;

async function answerTo(error: unknown): Promise<APIGatewayProxyStructuredResultV2> {
  const handler = withProblems(async () => {
    throw error;
  });
  return (await handler(event, {} as Context)) as APIGatewayProxyStructuredResultV2;
}

test('a success has its request id beside its own headers', async () => {
  const handler = withProblems(async () => jsonResponse(200, {}));
  const { headers } = (await handler(event, {} as Context)) as APIGatewayProxyStructuredResultV2;
  expect(headers).toEqual({ 'content-type': 'application/json', 'x-request-id': 'req-1' });
});

test.each<[ErrorCode, number]>([
  ['invalid_json', 400],
  ['unauthorized', 401],
  ['forbidden', 403],
  ['tenant_disabled', 403],
  ['not_found', 404],
  ['method_not_allowed', 405],
  ['conflict', 409],
  ['payload_too_large', 413],
  ['unsupported_media_type', 415],
  ['invalid_request', 422],
  ['unknown_event_type', 422],
  ['number_not_exact', 422],
  ['invalid_data', 422],
  ['internal_error', 500],
  ['unavailable', 503],
])('%s is a %i, by RFC 9457', async (code, status) => {
  const { statusCode, headers, body } = await answerTo(new PosthornError(code, 'in words'));
  expect(statusCode).toBe(status);
  expect(headers).toMatchObject({ 'content-type': 'application/problem+json', 'x-request-id': 'req-1' });
  expect(JSON.parse(body!)).toEqual({
    type: 'about:blank',
    title: expect.stringMatching(/^\w/),
    status,
    detail: 'in words',
    code,
    request_id: 'req-1',
  });
  expect(logged).toHaveLength(status >= 500 ? 1 : 0);
});

test('a 401 says how to show a key (RFC 9110, section 11.6.1)', async () => {
  const { headers } = await answerTo(new PosthornError('unauthorized', 'No key was sent.'));
  expect(headers!['www-authenticate']).toBe('Bearer');
});

test('a 405 names the methods that are allowed (RFC 9110, section 15.5.6)', async () => {
  const { statusCode, headers, body } = await answerTo(
    new MethodNotAllowed('PUT', '/v1/webhooks', ['GET', 'POST']),
  );
  expect([statusCode, headers!.allow]).toEqual([405, 'GET, POST']);
  expect(JSON.parse(body!).detail).toBe('/v1/webhooks takes GET, POST, not PUT.');
});

test('every refused value stands in errors, with its path', () => {
  expect(describeProblem(refuse('invalid_request', 'data.total', 'data.total is -1.'))).toMatchObject({
    errors: [{ path: 'data.total', message: 'data.total is -1.' }],
  });
});

describe('an error that nobody expected', () => {
  const cause = new Error('connect ECONNREFUSED 10.1.2.3:8000');
  test.each([
    ['an Error', new Error('The environment variable DIRECTORY_TABLE is not set.', { cause })],
    [
      'an error of AWS',
      Object.assign(new Error('User: arn:aws:sts::123456789012 is not authorized'), {
        name: 'AccessDeniedException',
      }),
    ],
    ['a text', 'select * from secrets'],
    [
      'an error that looks like ours',
      Object.assign(new Error('s3cret'), { code: 'conflict', faults: [{ path: 's3cret' }] }),
    ],
  ])('(%s) shows nothing of the inside, and the log has it', async (_name, error) => {
    const { statusCode, body } = await answerTo(error);
    expect(statusCode).toBe(500);
    expect(JSON.parse(body!)).toEqual({
      type: 'about:blank',
      title: 'Something went wrong here',
      status: 500,
      detail: 'The request was not carried out. Send it again; the log has the reason.',
      code: 'internal_error',
      request_id: 'req-1',
    });
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({ message: expect.any(String), requestId: 'req-1' });
  });
});

test('what succeeds is JSON', () => {
  expect(jsonResponse(201, { id: 'x' })).toEqual({
    statusCode: 201,
    headers: { 'content-type': 'application/json' },
    body: '{"id":"x"}',
  });
});
