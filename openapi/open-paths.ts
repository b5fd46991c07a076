import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { operationId, tagOf } from './paths.ts';

const UNSUBSCRIBE = '/v1/alerts/unsubscribe';

const tokenQuery = z.object({
  token: z.string().meta({ description: 'As the link in the mail has it.', example: 'YWNtZQ.ZXBfMQ.9rT1' }),
});

function describeUnsubscribe(
  method: string,
  call: Omit<ZodOpenApiOperationObject, 'responses'>,
): ZodOpenApiOperationObject {
  const failures = [429, 500, 503].map((status) => [
    status,
    { $ref: `#/components/responses/Problem${status}` },
  ]);
  return {
    operationId: operationId(method, UNSUBSCRIBE),
    tags: [tagOf(UNSUBSCRIBE)],
    security: [],
    ...call,
    requestParams: { query: tokenQuery },
    responses: {
      200: { description: 'A page that says so', ...page('<p>ops@example.com gets no more mails …</p>') },
      404: { description: 'The link is not valid any more', ...page('<p>This link is not valid …</p>') },
      ...Object.fromEntries(failures),
    },
  };
}

function page(example: string) {
  return { content: { 'text/html': { schema: z.string(), example } } };
}

/** What people and their mail programs call without a key. */
export const OPEN_PATHS: ZodOpenApiPathsObject = {
  [UNSUBSCRIBE]: {
    get: describeUnsubscribe('GET', {
      summary: 'Ask whether mails about an endpoint shall stop',
      description:
        'Where the link in a mail leads: a page with a button. It changes nothing, since programs that look into mails ' +
        'follow every link. No key is wanted.',
    }),
    post: describeUnsubscribe('POST', {
      summary: 'Stop the mails about an endpoint to one address',
      description:
        "What the page's button sends, and by RFC 8058 a mail program's own. Sending it again is harmless. No key is wanted.",
      requestBody: {
        required: false,
        content: {
          'application/x-www-form-urlencoded': {
            schema: z.object({ 'List-Unsubscribe': z.string().optional() }),
            example: { 'List-Unsubscribe': 'One-Click' },
          },
        },
      },
    }),
  },
};
