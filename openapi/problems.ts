import { z } from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import type { ErrorCode } from '../core/errors.ts';
import { CLAIM_MS } from '../lambdas/adapters/idempotency-store.ts';
import { PROBLEMS } from '../lambdas/middleware/problem-responses.ts';
import type { Operation } from '../lambdas/operations/operation.ts';

const CODES = Object.keys(PROBLEMS) as ErrorCode[];

const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What was refused, quoted, and what would be accepted.' }),
    code: z.enum(CODES).meta({ description: 'Stable: clients may rely on it.' }),
    errors: z
      .array(z.object({ path: z.string().meta({ example: 'events[2].id' }), message: z.string() }))
      .optional()
      .meta({ description: 'Every refused value.' }),
    request_id: z.string().optional().meta({ description: 'What the log has this request under.' }),
  })
  .meta({ id: 'Problem', description: 'An error, as RFC 9457 shapes it.' });

/** What API Gateway answers by itself, in its own shape. */
const gatewaySchema = z.object({ message: z.string() }).meta({
  id: 'GatewayError',
  description: 'What API Gateway answers where it did not come to our function.',
});
const GATEWAY_MESSAGES: Record<number, string> = {
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

function gatewayContent(status: number) {
  const message = GATEWAY_MESSAGES[status];
  return message === undefined ? {} : { 'application/json': { schema: gatewaySchema, example: { message } } };
}

const THROTTLED: ZodOpenApiResponseObject = {
  description: 'More requests than the platform was deployed for. Wait, and send it again.',
  content: gatewayContent(429),
};

/** What is said in a header. */
const HEADERS: Record<number, ZodOpenApiResponseObject['headers']> = {
  409: {
    'Retry-After': {
      description:
        'With `request_in_progress`: seconds after which the same request is carried out, should the first one have died.',
      schema: { type: 'integer', minimum: 1, maximum: CLAIM_MS / 1000 },
    },
  },
};

const STATUSES = [...new Set(CODES.map((code) => PROBLEMS[code][0]))];

/** One response for each status that an error has, as `Problem404`. */
export const problemComponents: Record<string, ZodOpenApiResponseObject> = {
  ...Object.fromEntries(STATUSES.map((status) => [`Problem${status}`, problemResponse(status)])),
  Problem429: THROTTLED,
};

function problemResponse(status: number): ZodOpenApiResponseObject {
  const codes = CODES.filter((code) => PROBLEMS[code][0] === status);
  const [code] = codes as [ErrorCode];
  const title = PROBLEMS[code][1];
  const example = {
    type: 'about:blank' as const,
    title,
    status,
    detail: `${title}.`,
    code,
    request_id: 'JKJaXmPLvHcESHA=',
  };
  return {
    description: `${codes.map((name) => `\`${name}\``).join(', ')}: ${title}`,
    headers: HEADERS[status],
    content: { 'application/problem+json': { schema: problemSchema, example }, ...gatewayContent(status) },
  };
}

/** The statuses that an operation may refuse with. */
export function problemsOf({ method, path, access, body, maybeGone }: Operation): number[] {
  const changes = method !== 'GET';
  return [
    ...(body ? [400] : []),
    401,
    403,
    ...(access !== 'operator' || path.includes('{') ? [404] : []),
    ...(changes ? [409] : []),
    ...(maybeGone ? [410] : []),
    ...(body ? [413, 415] : []),
    422,
    429,
    500,
    503,
  ];
}
