import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ShownDocument } from './document-page.ts';

/**
 * The document as it was committed; a test holds it against the operations. It is a chunk of the bundle that only
 * these two routes load, so it costs nobody else a cold start.
 */
async function readDocument(): Promise<object> {
  return (await import('../../docs/openapi.json', { with: { type: 'json' } })).default;
}

const CACHE = { 'cache-control': 'public, max-age=300', 'x-content-type-options': 'nosniff' };

/** `GET /openapi.json`, for whoever asks. */
export async function serveDocument(): Promise<APIGatewayProxyStructuredResultV2> {
  return {
    statusCode: 200,
    headers: { ...CACHE, 'content-type': 'application/json', 'access-control-allow-origin': '*' },
    body: JSON.stringify(await readDocument()),
  };
}

/** `GET /docs`: the same for people. */
export async function servePage(): Promise<APIGatewayProxyStructuredResultV2> {
  const { renderPage } = await import('./document-page.ts');
  return {
    statusCode: 200,
    headers: {
      ...CACHE,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    },
    body: renderPage((await readDocument()) as ShownDocument),
  };
}
