import { arkyClient, testEndpoint } from '../../fixtures/clients/arky.ts';
import * as generic from '../../fixtures/clients/generic.ts';
import * as promptha from '../../fixtures/clients/promptha.ts';
import { startReceiver } from '../../fixtures/receivers/receiver.ts';
import { call, createTenant, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const host = readOutputs().apiUrl.replace(/\/$/, '');
// biome-ignore lint/suspicious/noExplicitAny: answers are what the tests look into
type Json = any;
const json = async (response: Response): Promise<readonly [number, Json]> => [
  response.status,
  await response.json(),
];

describe('a test event', () => {
  /** The bodies that a receiver of its own gets when a client asks for a test. */
  async function testedBy(
    dialect: string,
    ask: (tenant: TestTenant, webhookId: string) => Promise<Response>,
  ): Promise<Json> {
    const tested = await startReceiver({});
    const tenant = await createTenant(dialect);
    const { id } = await tenant.createEndpoint({ url: tested.url });
    const [status, delivery] = await json(await ask(tenant, id));
    expect([status, delivery.id]).toEqual([202, expect.stringMatching(/^del_/)]);
    const [request] = await tested.waitFor(1);
    await tested.close();
    return JSON.parse(request?.body ?? '');
  }

  test("is sent for promptha's client, with the data of the guide", async () => {
    const body = await testedBy('promptha', (tenant, id) => promptha.testWebhook(host, tenant.key, id));
    expect(body).toMatchObject({
      event: 'fabric.completed',
      data: { executionId: 'test_123', result: { output: 'Test result' } },
    });
  });

  test("is sent for generic's client, which sends no body", async () => {
    const body = await testedBy('generic', (tenant, id) => generic.sendTestWebhook(host, tenant.key, id));
    expect(body).toMatchObject({ type: 'user.created', data: { name: 'John Doe' } });
  });

  test("is sent for arky's client, with the guide's example", async () => {
    const ask = (tenant: TestTenant) => testEndpoint(arkyClient(host, tenant.key), tenant.id);
    expect(await testedBy('arky', ask)).toMatchObject({
      event: 'order.paid',
      data: { order: { id: 'ord_123', total: 5999 } },
    });
  });

  test('of a business that has no webhook, or is not there, is refused', async () => {
    const tenant = await createTenant('arky');
    const sdk = arkyClient(host, tenant.key);
    const [status, body] = await json(await testEndpoint(sdk, tenant.id));
    expect([status, body.detail]).toEqual([404, expect.stringContaining('has no webhook yet')]);
    expect((await testEndpoint(sdk, 'other')).status).toBe(404);
    const path = `/v1/businesses/${tenant.id}/webhooks/test`;
    const mixed = await call('POST', path, tenant.key, { businessId: 'other', event: 'order.paid' });
    expect([mixed.status, mixed.body.errors]).toMatchObject([422, [{ path: 'businessId' }]]);
  });
});
