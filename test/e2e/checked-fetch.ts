import { checkAgainstDocument } from './document-check.ts';
import { readOutputs } from './read-outputs.ts';

/** For clients of the API that make their own requests: fetch, with each answer held against the document. */
export async function checkedFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(input, init);
  const { apiUrl } = readOutputs();
  const url = input instanceof Request ? input.url : String(input);
  const text = await response.clone().text();
  const isPage = response.headers.get('content-type')?.startsWith('text/html');
  const body = isPage ? text : JSON.parse(text || '{}');
  checkAgainstDocument(
    init.method ?? 'GET',
    url.slice(apiUrl.replace(/\/$/, '').length),
    response.status,
    body,
  );
  return response;
}
