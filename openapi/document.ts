import { createDocument } from 'zod-openapi';
import { DIALECTS } from '../core/dialects/index.ts';
import { DOCUMENT_OPERATIONS } from '../lambdas/documents.ts';
import { OPERATIONS } from '../lambdas/manage.ts';
import { MAX_BODY_BYTES } from '../lambdas/middleware/run-operation.ts';
import type { Operation } from '../lambdas/operations/operation.ts';
import { publishOperation } from '../lambdas/operations/publish.ts';
import { addExamples } from './examples.ts';
import { OPEN_PATHS } from './open-paths.ts';
import { describePaths, tagOf } from './paths.ts';
import { problemComponents } from './problems.ts';
import { describeWebhooks, webhookTag } from './webhooks.ts';

/** How long a function may take for a request. */
const MAX_SECONDS = 29;

/** Every call of the API. */
export const EVERY_OPERATION: readonly Operation[] = [
  publishOperation,
  ...OPERATIONS,
  ...DOCUMENT_OPERATIONS,
];

const DESCRIPTION = `Webhooks as a service that you own. Producers publish events; every endpoint of the tenant that
wants such an event gets it, signed and retried as the tenant's dialect says.

**Keys**: send one as \`Authorization: Bearer <key>\`, or its halves by HTTP Basic.

**Lists** are paged: \`limit\` is 1 to 100, by default 50, and \`next_cursor\` of one page is the \`cursor\` of the next, null
on the last one. A page may hold fewer entries than asked for although more follow.

**Bodies** are JSON in UTF-8 of at most ${MAX_BODY_BYTES / 1_048_576} MB; unknown members are refused. Times are ISO 8601 with their zone.

**Errors** are \`application/problem+json\` (RFC 9457) with a stable \`code\`. What belongs to another tenant is not found.

**Request ids**: every answer has one in the header \`X-Request-Id\`, an error also as \`request_id\`. The platform's log has
the request under it.

**What API Gateway answers by itself** has another shape, \`{"message": "…"}\`, and its id in \`apigw-requestid\`: 413 where
a body is more than a function can be handed (6 MB; the gateway takes 10 MB), 429 beyond the rate that the platform was
deployed for, 500 and 503 where a function failed or did not answer within ${MAX_SECONDS} seconds. A request line with its headers
has at most 10,240 bytes. Send what was answered 429 or 5xx again, later each time.`;

/** The OpenAPI document of the API and of what it sends. */
export function buildDocument(operations: readonly Operation[] = EVERY_OPERATION) {
  const dialects = Object.values(DIALECTS);
  const paths = [...operations.map(({ path }) => path), ...Object.keys(OPEN_PATHS)];
  const tags = [...paths.map(tagOf), ...dialects.map(webhookTag)];
  const document = createDocument({
    openapi: '3.1.0',
    info: { title: 'Posthorn', version: '1', description: DESCRIPTION },
    // Relative to the document itself, which stands beside the API: under a stage or a base path as well.
    servers: [{ url: '.' }],
    security: [{ bearer: [] }, { basic: [] }],
    tags: [...new Set(tags)].map((name) => ({ name })),
    paths: { ...describePaths(operations), ...OPEN_PATHS },
    webhooks: describeWebhooks(dialects),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: "An API key, or the operator's key." },
        basic: {
          type: 'http',
          scheme: 'basic',
          description: 'The access key and the secret key of an API key.',
        },
      },
      responses: problemComponents,
    },
  });
  return addExamples(document);
}

/** The document as it is committed. */
export function printDocument(operations?: readonly Operation[]): string {
  return `${JSON.stringify(buildDocument(operations), null, 1)}\n`;
}
