import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { createTenant, eventually, expectCall, type ShownDelivery } from '../platform.ts';

/** The `hasty` dialect: one attempt, a deadline of one second. */
async function deliverTo(url: string): Promise<ShownDelivery> {
  const tenant = await createTenant('hasty');
  const endpoint = await tenant.createEndpoint({ url });
  await tenant.publish({ type: 'order.paid', data: { n: 1 } });
  return tenant.awaitDelivery(endpoint.id, ({ status }) => status !== 'pending');
}

describe('an endpoint that cannot be delivered to', () => {
  let receiver: Receiver | undefined;
  afterEach(() => receiver?.close());

  test('that does not answer in time fails by the deadline', async () => {
    receiver = await startReceiver({ respond: () => ({ delayMs: 5_000 }) });
    const delivery = await deliverTo(receiver.url);
    expect(delivery).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: expect.stringMatching(/^Connection timeout.*1 s/),
    });
    expect(delivery.status_code).toBeUndefined();
  });

  test('that refuses the connection fails with the reason', async () => {
    const closed = await startReceiver();
    await closed.close();
    expect(await deliverTo(closed.url)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('refused'),
    });
  });

  test('whose name does not resolve fails with the reason', async () => {
    expect(await deliverTo('https://no-such-host.invalid/hook')).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('DNS'),
    });
  });

  test('whose certificate nobody vouches for fails with the reason', async () => {
    const pem = (name: string) =>
      readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
    const server = createServer({ key: pem('key'), cert: pem('cert') }, (_req, res) => res.end('OK'));
    // Not 127.0.0.1: the local emulator turns https to that address into http.
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve));
    const { port } = server.address() as AddressInfo;
    const delivery = await deliverTo(`https://127.0.0.2:${port}/`);
    server.close();
    expect(delivery).toMatchObject({ status: 'failed', error: expect.stringContaining('TLS') });
  });

  test('whose answer never ends is cut off by the deadline', async () => {
    receiver = await startReceiver({ respond: () => ({ endless: true }) });
    expect(await deliverTo(receiver.url)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('timeout'),
    });
  });

  test('whose answer is huge is judged by its status, and the log entry survives', async () => {
    receiver = await startReceiver({ respond: () => ({ status: 200, body: 'x'.repeat(3_000_000) }) });
    expect(await deliverTo(receiver.url)).toMatchObject({ status: 'success', status_code: 200 });
  });

  test('that redirects fails, and the redirect is not followed', async () => {
    const target = await startReceiver();
    receiver = await startReceiver({ respond: () => ({ status: 302, headers: { location: target.url } }) });
    const delivery = await deliverTo(receiver.url);
    expect(delivery).toMatchObject({
      status: 'failed',
      status_code: 302,
      error: expect.stringContaining('not followed'),
    });
    expect(target.requests).toHaveLength(0);
    await target.close();
  });

  test('that hangs up without an answer fails with the reason', async () => {
    receiver = await startReceiver({ respond: () => ({ hangUp: true }) });
    expect(await deliverTo(receiver.url)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('Connection'),
    });
  });
});

describe('an answer that ends a delivery', () => {
  let receiver: Receiver;
  afterEach(() => receiver.close());

  test("a promptha receiver's 400 is not retried", async () => {
    receiver = await startReceiver({ respond: () => ({ status: 400 }) });
    const tenant = await createTenant('promptha');
    const endpoint = await tenant.createEndpoint({ url: receiver.url, events: ['credits.low'] });
    await tenant.publish({ type: 'credits.low', data: { remaining: 1, threshold: 2 } });
    const delivery = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'failed');
    expect(delivery).toMatchObject({ status_code: 400, attempts: 1 });
    expect(delivery.next_attempt_at).toBeUndefined();
  });

  test("a standard receiver's 410 disables the endpoint, and what comes after is not sent", async () => {
    receiver = await startReceiver({ respond: () => ({ status: 410 }) });
    const tenant = await createTenant('standard');
    const endpoint = await tenant.createEndpoint({ url: receiver.url });
    await tenant.publish({ type: 'order.paid', data: {} });
    await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'failed');
    const shown = await eventually(async () => {
      const read = await expectCall(200, 'GET', `/v1/webhooks/${endpoint.id}`, tenant.key);
      return read.active === false ? read : undefined;
    });
    expect(shown.disabled_reason).toContain('410');
    const { id } = await tenant.publish({ type: 'order.paid', data: { second: true } });
    await eventually(async () => {
      const { events } = await expectCall<{ events: { id: string }[] }>(200, 'GET', '/v1/events', tenant.key);
      return events.find((event) => event.id === id);
    });
    expect(receiver.requests).toHaveLength(1);
  });
});
