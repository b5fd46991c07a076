import { expect, test } from '@jest/globals';
import { handler } from '../../../lambdas/manage.ts';

async function get(path: string) {
  const event = {
    version: '2.0',
    rawPath: path,
    requestContext: { http: { method: 'GET', path }, domainName: 'x' },
    headers: {},
  };
  return await handler(event as never, {} as never);
}

test('the document is served to anybody', async () => {
  const { statusCode, headers, body } = await get('/openapi.json');
  expect([statusCode, headers?.['content-type']]).toEqual([200, 'application/json']);
  expect(JSON.parse(body as string)).toMatchObject({ openapi: '3.1.0' });
});

test('the page names every operation, schema and webhook, and loads nothing', async () => {
  const document = JSON.parse((await get('/openapi.json')).body as string);
  const { headers, body = '' } = await get('/docs');
  expect(headers?.['content-type']).toBe('text/html; charset=utf-8');
  expect(headers?.['content-security-policy']).toContain("default-src 'none'");
  const names = [document.paths, document.webhooks, document.components.schemas].flatMap(Object.keys);
  expect(names.filter((name) => !body.includes(`<code>${name}</code>`))).toEqual([]);
  expect(body).not.toMatch(/<script|<link|<img|@import|url\(/);
});

test('what the page shows is escaped', async () => {
  const { renderPage } = await import('../../../lambdas/middleware/document-page.ts');
  const operation = {
    tags: ['T'],
    summary: '<script>1</script>',
    responses: { 200: { description: '"&<b>' } },
  };
  const page = renderPage({
    info: { title: 'T', description: '`<i>` and **bold**' },
    tags: [{ name: 'T' }],
    paths: { '/<x>': { get: operation } },
    webhooks: {},
    components: { schemas: {} },
  });
  expect(page).not.toMatch(/<script|<x>|<i>/);
  expect(page).toContain('<code>&lt;i&gt;</code> and <b>bold</b>');
});
