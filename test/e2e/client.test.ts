import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCli } from '../../cli/run-cli.ts';
import { Posthorn, PosthornApiError, verify } from '../../client/posthorn.ts';
import { enableWebhooks, testEndpoint } from '../fixtures/clients/arky.ts';
import { checkedFetch } from './checked-fetch.ts';
import { createTenant, eventually, type TestTenant } from './platform.ts';
import { readOutputs } from './read-outputs.ts';

/** What a receiver that verifies with the client was sent. */
const received: { readonly event: string; readonly id: string }[] = [];
let secret = '';
let server: Server;
let tenant: TestTenant;
let sdk: Posthorn;
let endpointId: string;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    try {
      received.push(verify('arky', secret, request.headers, Buffer.concat(chunks)));
      response.writeHead(204).end();
    } catch {
      response.writeHead(401).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  tenant = await createTenant('arky');
  sdk = new Posthorn({ baseUrl: readOutputs().apiUrl, apiKey: tenant.key, fetch: checkedFetch });
  const { port } = server.address() as AddressInfo;
  const endpoint = await sdk.webhooks.create({ url: `http://127.0.0.1:${port}/`, events: ['order.*'] });
  secret = endpoint.secret as string;
  endpointId = endpoint.id;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Runs a command with the tenant's key; answers what it printed. */
async function posthorn(...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  const code = await runCli([...args, '--json'], {
    environment: { POSTHORN_URL: readOutputs().apiUrl, POSTHORN_KEY: tenant.key },
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  expect([code, code === 0 ? [] : lines]).toEqual([0, []]);
  return lines;
}

const succeeded = () =>
  eventually(async () => {
    const { deliveries } = await sdk.webhooks.listDeliveries(endpointId, { status: 'success' });
    return deliveries[0];
  });

test('what the client publishes arrives, and verifies with it', async () => {
  const { id } = await sdk.events.publish({ type: 'order.paid', data: { order: { id: 'ord_1' } } });
  const delivery = await succeeded();
  expect(delivery).toMatchObject({ event_id: id, event_type: 'order.paid', status_code: 204 });
  expect(received).toContainEqual(
    expect.objectContaining({ id, event: 'order.paid', businessId: tenant.id }),
  );
});

test('a batch has a verdict for each of its events', async () => {
  const { results } = await sdk.events.publishBatch([
    { type: 'order.shipped', data: {} },
    { type: 'no.such.type', data: {} },
  ]);
  expect(results.map(({ status }) => status)).toEqual([202, 422]);
});

test('a refusal is an error with its code and the values at fault', async () => {
  const error = await sdk.webhooks.create({ url: 'ftp://example.com' }).catch((caught) => caught);
  expect(error).toBeInstanceOf(PosthornApiError);
  expect(error).toMatchObject({ status: 422, code: 'invalid_request', errors: [{ path: 'url' }] });
  expect(error.requestId).toEqual(expect.any(String));
  await expect(sdk.webhooks.get('wh_nowhere')).rejects.toMatchObject({ code: 'not_found' });
});

test('the command line triggers an event, lists it and its deliveries, and resends one', async () => {
  const [published = ''] = await posthorn('trigger', 'order.refunded');
  const { id } = JSON.parse(published);
  await eventually(async () => received.find((event) => event.id === id));
  await eventually(async () => (await posthorn('events')).find((line) => line.includes(id)));
  const delivery = await eventually(async () => {
    const lines = await posthorn('deliveries', '--event', id, '--status', 'success');
    return lines[0] && JSON.parse(lines[0]);
  });
  const [resent = ''] = await posthorn('resend', delivery.id);
  expect(JSON.parse(resent)).toMatchObject({ id: delivery.id, status: 'pending' });
  await eventually(async () => (received.filter((event) => event.id === id).length > 1 ? true : undefined));
});

test('listen forwards what is published from then on, signed in the dialect', async () => {
  const ended = new AbortController();
  const lines: string[] = [];
  const { port } = server.address() as AddressInfo;
  const args = ['--forward-to', `http://127.0.0.1:${port}/`, '--dialect', 'arky', '--secret', secret];
  const listening = runCli(['listen', ...args], {
    environment: { POSTHORN_URL: readOutputs().apiUrl, POSTHORN_KEY: tenant.key },
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    signal: ended.signal,
  });
  await eventually(async () => lines.find((line) => line.startsWith('Secret: ')));
  const { id } = await sdk.events.publish({ type: 'user.registered', data: { user: { id: 'usr_1' } } });
  const line = await eventually(async () => lines.find((one) => one.includes(id)));
  ended.abort();
  expect(await listening).toBe(0);
  expect(line).toMatch(/^204 .* user\.registered /);
  // The endpoint wants orders only: it was the command line that sent it.
  expect(received.filter((event) => event.id === id)).toHaveLength(1);
  expect(lines.join()).not.toMatch(/order\.paid/);
});

test('the Arky guide’s own lines set up a business’s webhook with the client', async () => {
  const business = await createTenant('arky');
  const its = new Posthorn({ baseUrl: readOutputs().apiUrl, apiKey: business.key, fetch: checkedFetch });
  const { webhook_id, settings } = await enableWebhooks(its, business.id);
  expect(settings).toMatchObject({ webhookUrl: 'https://yourapp.com/api/webhooks/arky' });
  expect(await its.webhooks.get(webhook_id)).toMatchObject({ url: settings.webhookUrl, active: true });
});

test('updateBusiness changes the endpoint that is there', async () => {
  const { url } = await sdk.webhooks.get(endpointId);
  const settings = { webhookUrl: url, webhookEvents: ['order.created', 'order.paid'] };
  const answer = await sdk.business.updateBusiness({ id: tenant.id, settings });
  expect(answer).toMatchObject({ id: tenant.id, settings, webhook_id: endpointId });
  expect((await sdk.webhooks.get(endpointId)).events).toEqual(settings.webhookEvents);
});

test('the Arky guide’s own lines send the business’s endpoint a test', async () => {
  const delivery = await testEndpoint(sdk, tenant.id);
  expect(delivery).toMatchObject({ status: 'pending', test: true, webhook_id: endpointId });
  await eventually(async () => received.find(({ id }) => id === delivery.event_id));
  expect(received.at(-1)).toMatchObject({ event: 'order.paid', businessId: tenant.id });
});
