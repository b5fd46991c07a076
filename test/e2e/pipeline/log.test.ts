import { createHash } from 'node:crypto';
import type { Attempt } from '../../../core/attempt.ts';
import { parseDeliveryId } from '../../../core/ids.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { createTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

/** Reads a delivery's log as the store has it. */
async function readLog(deliveryId: string): Promise<Attempt[]> {
  const { awsEndpoint, region, stack } = readOutputs();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    DELIVERIES_TABLE: stack.DeliveriesTableName,
  });
  const { getDelivery } = await import('../../../lambdas/adapters/delivery-store.ts');
  const { readAttempts } = await import('../../../lambdas/adapters/attempt-log.ts');
  const address = parseDeliveryId('del_', deliveryId)!;
  return readAttempts(address, (await getDelivery(address))?.first, 10);
}

describe('the log of a delivery', () => {
  let receiver: Receiver;
  afterEach(() => receiver.close());

  test('has every attempt, with what was sent and what was answered', async () => {
    receiver = await startReceiver({
      respond: (n) =>
        n === 1 ? { status: 503, headers: { 'x-reason': 'busy' }, body: 'try later' } : undefined,
    });
    const tenant = await createTenant('demo');
    const endpoint = await tenant.createEndpoint({
      url: receiver.url,
      headers: { 'X-Team': 'blue', 'X-Api-Key': 'hush' },
    });
    await tenant.publish({ type: 'order.paid', data: { n: 1 } });
    const { id } = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');

    const attempts = await readLog(id);

    expect(attempts.map(({ attempt, statusCode }) => [attempt, statusCode])).toEqual([
      [1, 503],
      [2, 200],
    ]);
    for (const [i, { request, startedAt, durationMs }] of attempts.entries()) {
      const received = receiver.requests[i]!;
      expect(request.url).toBe(receiver.url);
      expect(request.bodyHash).toBe(createHash('sha256').update(received.body).digest('hex'));
      const { 'X-Api-Key': hidden, ...shown } = request.headers;
      expect(hidden).toBe('[redacted]');
      for (const [name, value] of Object.entries(shown))
        expect(received.headers[name.toLowerCase()]).toBe(value);
      expect(received.headers['x-api-key']).toBe('hush');
      expect(received.receivedAt).toBeGreaterThanOrEqual(startedAt);
      expect(durationMs).toBeGreaterThanOrEqual(0);
    }
    expect(attempts[0]).toMatchObject({
      error: expect.stringContaining('503'),
      response: {
        body: 'try later',
        truncated: false,
        headers: expect.objectContaining({ 'x-reason': 'busy' }),
      },
    });
  });

  test("hides an arken endpoint's secret header, and keeps the beginning of a long answer", async () => {
    receiver = await startReceiver({ respond: () => ({ status: 200, body: 'long '.repeat(2_000) }) });
    const tenant = await createTenant('arken');
    const auth = { header: { name: 'X-Callback', value: 'very-secret' } };
    const endpoint = await tenant.createEndpoint({ url: receiver.url, auth });
    await tenant.publish({ type: 'FileStore.Upload', data: { documentHashId: 'abc' } });
    const { id } = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');

    const [attempt] = await readLog(id);

    expect(receiver.requests[0]!.headers['x-callback']).toBe('very-secret');
    expect(attempt!.request.headers['X-Callback']).toBe('[redacted]');
    expect(attempt!.response).toMatchObject({ truncated: true, body: 'long '.repeat(2_000).slice(0, 1_024) });
  });
});
