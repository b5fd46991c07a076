import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { KEPT_SECONDS } from '../lambdas/adapters/idempotency-store.ts';
import { IDEMPOTENCY_KEY, mindsIdempotencyKey } from '../lambdas/middleware/idempotency-key.ts';
import type { Access, Operation } from '../lambdas/operations/operation.ts';
import { problemsOf } from './problems.ts';

const KEYS: Record<Access, string> = {
  operator: "Wants the operator's key.",
  tenant: "Wants a key of scope `tenant`, or the operator's.",
  portal: "Wants a key of scope `tenant`, a portal link's token, or the operator's key.",
  publish: "Wants a key of scope `publish` or `tenant`, or the operator's.",
  any: "Wants a key of any scope, a portal link's token, or the operator's key.",
};

const STATUS_WORDS = { 200: 'Done', 201: 'Created', 202: 'Accepted', 204: 'Done; there is no body' };

const idempotencyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .regex(IDEMPOTENCY_KEY)
    .optional()
    .meta({
      example: '7d2f0c1e-4c1b-4b7e-9d52-0a0f6c1b8e11',
      description:
        `The same request with the same key is carried out once: for ${KEPT_SECONDS / 3600} hours a repetition is answered ` +
        'as the first one was, with the header `Idempotency-Replayed: true`. Another request with that key is refused ' +
        '(422 `idempotency_key_reused`), and so is one while the first is being carried out (409 `request_in_progress`, with ' +
        '`Retry-After`). ' +
        'Refusals are not kept.',
    }),
});

const eventKeyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .regex(IDEMPOTENCY_KEY)
    .optional()
    .meta({
      example: '7d2f0c1e-4c1b-4b7e-9d52-0a0f6c1b8e11',
      description:
        'An event that has no `id` gets one that follows from this key (and its place in the batch), so that a repetition ' +
        'publishes it once for as long as the event is kept. Other content with that key is refused (409 `conflict`). ' +
        'An event with an `id` needs no key.',
    }),
});

/** Every path with its operations, in the order they are declared. */
export function describePaths(operations: readonly Operation[]): ZodOpenApiPathsObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: describeOperation(operation),
    };
  }
  return paths;
}

function describeOperation(operation: Operation): ZodOpenApiOperationObject {
  const { method, path, access, summary, description, query, status, response, examples } = operation;
  const body = operation.bodyShown ?? operation.body;
  const names = [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => name as string);
  const problems = problemsOf(operation).map((code) => [
    code,
    { $ref: `#/components/responses/Problem${code}` },
  ]);
  return {
    operationId: operationId(method, path),
    tags: [tagOf(path)],
    summary,
    description: [description, KEYS[access]].filter(Boolean).join('\n\n'),
    requestParams: {
      ...(names.length > 0 && {
        path: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))),
      }),
      ...(query instanceof z.ZodObject && { query }),
      ...(mindsIdempotencyKey(operation) && { header: idempotencyHeader }),
      ...(operation.idsByKey && { header: eventKeyHeader }),
    },
    ...(body && {
      requestBody: {
        // Where nothing is wanted of it, a body may be left out.
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: body, ...shown(examples?.body) } },
      },
    }),
    responses: {
      [status]: {
        description: STATUS_WORDS[status],
        ...(response && {
          content: { 'application/json': { schema: response, ...shown(examples?.response) } },
        }),
      },
      ...Object.fromEntries(problems),
    },
  };
}

function shown(example: object | undefined) {
  return example && { example };
}

/** `GET /v1/webhooks/{id}/deliveries` is `getWebhooksByIdDeliveries`: a rule, so that no two can be the same. */
export function operationId(method: string, path: string): string {
  const words = path.replace(/^\/v1\//, '').split(/[/-]/);
  return (
    method.toLowerCase() +
    words.map((word) => capitalize(word.replace(/\{(\w+)\+?\}/, (_, name) => `by_${name}`))).join('')
  );
}

function capitalize(word: string): string {
  return word.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

const TAGS: Record<string, string> = {
  webhooks: 'Endpoints',
  Event: 'Arken',
  Document: 'Documents',
  businesses: 'Arky',
};

/** Operations are grouped by the resource that they name last; a guide's own routes by the guide. */
export function tagOf(path: string): string {
  const words = path.split('/').filter((word) => word !== '' && word !== 'v1');
  const resource = words.find((word) => word === 'deliveries' || word === 'api-keys') ?? words[0] ?? '';
  return TAGS[resource] ?? resource.charAt(0).toUpperCase() + resource.slice(1).replaceAll('-', ' ');
}
