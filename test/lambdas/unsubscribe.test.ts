import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { signUnsubscribe } from '../../core/unsubscribe-token.ts';
import { handler } from '../../lambdas/manage.ts';
import { callApi } from './api.ts';
import { ALERT_ENVIRONMENT, emails, FakeAlerts } from './fake-alerts.ts';
import { type FakeAws, startFakeAws } from './fake-aws.ts';

let aws: FakeAws;
let alerts: FakeAlerts;
beforeAll(async () => {
  aws = await startFakeAws();
  Object.assign(process.env, ALERT_ENVIRONMENT);
});
beforeEach(() => {
  aws.reset();
  alerts = new FakeAlerts(aws);
  alerts.endpoint('acme', 'ep_1', {
    ...emails('a@example.com', '<b>@example.com'),
    url: { S: 'https://x.example/<i>' },
  });
});
afterAll(() => aws.close());

const token = (email: string) =>
  signUnsubscribe('l'.repeat(48), { tenantId: 'acme', endpointId: 'ep_1' }, email);
const addresses = () =>
  alerts.items.get('TENANT#acme ENDPOINT#ep_1').alert_emails?.L.map(({ S }: { S: string }) => S);

/** As whoever follows the link of a mail: without a key. */
async function follow(method: string, link: string, body?: string) {
  const event = {
    version: '2.0',
    rawPath: '/v1/alerts/unsubscribe',
    headers: body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' },
    queryStringParameters: { token: link },
    requestContext: {
      domainName: 'api.example.com',
      requestId: 'req-1',
      http: { method, path: '/v1/alerts/unsubscribe' },
    },
    body,
  };
  const answer = await (
    handler as unknown as (event: unknown, context: object) => Promise<APIGatewayProxyStructuredResultV2>
  )(event, {});
  return { status: answer.statusCode, headers: answer.headers, page: answer.body ?? '' };
}

test('following the link shows a page with a button, and changes nothing', async () => {
  const { status, headers, page } = await follow('GET', token('a@example.com'));
  expect([status, headers?.['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page).toContain('<form method="post"><button>');
  expect(page).toContain('a@example.com');
  expect(addresses()).toHaveLength(2);
});

test.each([
  ['the button of the page', ''],
  ["a mail program's own button", 'List-Unsubscribe=One-Click'],
])('%s stops the mails to that address', async (_case, body) => {
  expect((await follow('POST', token('a@example.com'), body)).status).toBe(200);
  expect(addresses()).toEqual(['<b>@example.com']);
});

test('doing it again is no error', async () => {
  for (const method of ['POST', 'POST', 'GET']) {
    const { status, page } = await follow(method, token('a@example.com'));
    expect([status, page.includes('gets no')]).toEqual([200, true]);
  }
});

test('what was stopped is remembered, with the reason', async () => {
  await follow('POST', token('a@example.com'));
  const { alert_stopped } = alerts.items.get('TENANT#acme ENDPOINT#ep_1');
  expect(JSON.parse(alert_stopped.L[0].S)).toEqual({
    email: 'a@example.com',
    reason: 'unsubscribed',
    at: expect.any(Number),
  });
});

test('nothing of an address or a URL is taken for markup', async () => {
  const { page } = await follow('GET', token('<b>@example.com'));
  expect(page).toContain('&#60;b&#62;@example.com');
});

test.each([
  ['was tampered with', () => `${token('a@example.com').slice(0, -1)}_`],
  ['names another endpoint', () => token('a@example.com').replace('ep_1', 'ep_2')],
  ['was for an address that the endpoint never had', () => token('c@example.com')],
  ['is none', () => 'x'],
])('a link that %s does nothing', async (_case, link) => {
  for (const method of ['GET', 'POST']) expect((await follow(method, link())).status).toBe(404);
  expect(addresses()).toHaveLength(2);
});

test('a method that the page does not have is refused', async () => {
  expect((await callApi(handler, 'DELETE', '/v1/alerts/unsubscribe')).status).toBe(405);
});
