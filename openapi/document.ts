import { createDocument } from 'zod-openapi';
import { DIALECTS } from '../core/dialects/index.ts';
import { DOCUMENT_OPERATIONS } from '../lambdas/documents.ts';
import { OPERATIONS } from '../lambdas/manage.ts';
import type { Operation } from '../lambdas/operations/operation.ts';
import { publishOperation } from '../lambdas/operations/publish.ts';
import { describePaths, tagOf } from './paths.ts';
import { problemComponents } from './problems.ts';
import { describeWebhooks, webhookTag } from './webhooks.ts';

/** Every call of the API. */
export const EVERY_OPERATION: readonly Operation[] = [
  publishOperation,
  ...OPERATIONS,
  ...DOCUMENT_OPERATIONS,
];

const DESCRIPTION = `Webhooks as a service that you own. Producers publish events; every endpoint of the tenant that
wants such an event gets it, signed and retried as the tenant's dialect says.

**Keys**: send one as \`Authorization: Bearer <key>\`, or its halves by HTTP Basic.

**Lists** are paged: \`limit\` is 1 to 100, by default 50, and \`next_cursor\` of one page is the \`cursor\` of the next.

**Bodies** are JSON in UTF-8 of at most 4 MB; unknown members are refused.

**Errors** are \`application/problem+json\` (RFC 9457) with a stable \`code\`. What belongs to another tenant is not found.`;

/** The OpenAPI document of the API and of what it sends. */
export function buildDocument(operations: readonly Operation[] = EVERY_OPERATION) {
  const dialects = Object.values(DIALECTS);
  const tags = [...operations.map(({ path }) => tagOf(path)), ...dialects.map(webhookTag)];
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'Posthorn', version: '1', description: DESCRIPTION },
    // The document stands beside the API that it describes.
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { basic: [] }],
    tags: [...new Set(tags)].map((name) => ({ name })),
    paths: describePaths(operations),
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
}

/** The document as it is committed. */
export function printDocument(operations?: readonly Operation[]): string {
  return `${JSON.stringify(buildDocument(operations), null, 1)}\n`;
}
