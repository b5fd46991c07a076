import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { Operation } from '../../../lambdas/operations/operation.ts';
import { readOutputs } from '../read-outputs.ts';
import { bodyNames, liveId, ownerOf, queryNames } from './attacked.ts';
import { hostileText, malformedBody, mutate } from './hostile-json.ts';
import { kindsIn } from './live-things.ts';

const { apiUrl, operatorKey } = readOutputs();

/** What a request to a route is made of. Without `ids` it names what is there. */
export interface Request {
  readonly ids?: readonly (string | undefined)[];
  readonly query: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
  readonly asOperator: boolean;
  readonly idempotencyKey?: string;
}

export const VALID = { query: [], mediaType: 'application/json' } as const;

export async function send(operation: Operation, request: Request) {
  const { method, path } = operation;
  const kinds = kindsIn(path);
  const ids: string[] = [];
  for (const [i, kind] of kinds.entries()) ids.push(request.ids?.[i] ?? (await liveId(kind, operation)));
  const target = path.replace(/\{\w+\+?\}/g, () => encode(ids.shift() ?? ''));
  const search = request.query.map(([name, text]) => `${encode(name)}=${encode(text)}`).join('&');
  const response = await fetch(`${apiUrl}${target}${search && `?${search}`}`.slice(0, 8_000), {
    method,
    headers: {
      authorization: `Bearer ${request.asOperator ? operatorKey : ownerOf(path).key}`,
      ...(request.mediaType && { 'content-type': request.mediaType }),
      ...(request.idempotencyKey && { 'idempotency-key': request.idempotencyKey }),
    },
    body: method === 'GET' ? undefined : request.body,
  });
  return judge(response);
}

export function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed().slice(0, 500));
}

/** Every answer is a success, or a problem in our own words that shows nothing of the inside. */
export async function judge(response: Response): Promise<number> {
  const { status } = response;
  const text = await response.text();
  expect([status < 500, status, text]).toEqual([true, status, text]);
  if (status < 400) return status;
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(JSON.parse(text)).toMatchObject({ status, code: expect.stringMatching(/^[a-z_]+$/) });
  expect(text.length).toBeLessThan(20_000);
  expect(text).not.toMatch(/at .+\.(?:ts|mjs|js):\d+|DynamoDB|ValidationException/);
  return status;
}

/** A cursor that decodes, into what no list wrote. */
const cursor = fc
  .oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(
      ...[
        ['older', '!'],
        ['newer', 'D'.repeat(20)],
        ['on', 'DELETED#', 'x'.repeat(64)],
        ['back', 'ENDPOINT#', '!'],
      ],
      ...[[1, 0], [2 ** 53 - 1, 2 ** 53 - 1], [0, 0, ''], [7, 7, 'nobody'], ['nobody']],
    ),
  )
  .map((place) => Buffer.from(JSON.stringify(place)).toString('base64url'));

/** With the operator's key most requests say whose things are meant: in the body, or in the query. */
function ownerWords(operation: Operation) {
  const id = ownerOf(operation.path).id;
  const inQuery = ['tenant_id', 'accountHashId'].filter((name) => queryNames(operation).includes(name));
  return {
    query: inQuery.map((name) => [name, id] as const),
    body: bodyNames(operation).includes('tenant_id') ? { tenant_id: id } : {},
  };
}

/** A request by either key, most of them near to one that is accepted. @param valid a body that would be */
export function hostileRequest(operation: Operation, valid: object | undefined): fc.Arbitrary<Request> {
  const words = ownerWords(operation);
  const names = fc.constantFrom(...queryNames(operation), 'cursor', 'x');
  const entry = fc.tuple(names, fc.oneof(hostileText, cursor));
  const none = { weight: valid ? 4 : 1, arbitrary: fc.constant<[string, string][]>([]) };
  const query = fc.oneof(none, { weight: 2, arbitrary: fc.array(entry, { maxLength: 2 }) });
  const mutated = (body: object) => ({ weight: 3, arbitrary: mutate(body, bodyNames(operation)) });
  const body = (more: object) =>
    valid === undefined
      ? malformedBody
      : fc.oneof(mutated({ ...valid, ...more }), { weight: 1, arbitrary: malformedBody });
  const byOperator = { weight: operation.access === 'operator' ? 9 : 1, arbitrary: fc.constant(true) };
  return fc.oneof(byOperator, { weight: 1, arbitrary: fc.constant(false) }).chain((asOperator) =>
    fc.record({
      ids: fc.array(fc.option(hostileText, { freq: 2, nil: undefined }), { minLength: 2, maxLength: 2 }),
      query: query.map((entries) => [...(asOperator ? words.query : []), ...entries]),
      body: body(asOperator ? words.body : {}),
      mediaType,
      asOperator: fc.constant(asOperator),
      idempotencyKey,
    }),
  );
}

const mediaType = fc.oneof(
  { weight: 12, arbitrary: fc.constant('application/json') },
  { weight: 1, arbitrary: fc.constantFrom('text/plain', '', 'application/x-www-form-urlencoded') },
);
/** What HTTP lets into a header; mostly none, since a key that came before is a refusal. */
const idempotencyKey = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: hostileText.map((text) => text.replace(/[^\x21-\x7e]/g, '').slice(0, 300)) },
);
