import { arkyClient, enableWebhooks } from '../../fixtures/clients/arky.ts';
import * as generic from '../../fixtures/clients/generic.ts';
import * as promptha from '../../fixtures/clients/promptha.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { call, createTenant, expectCall, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import type { ProblemBody } from './api.ts';

const host = readOutputs().apiUrl.replace(/\/$/, '');
const WHOLE_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver({ respond: (n) => ({ status: n === 2 ? 500 : 200 }) });
});
afterAll(() => receiver.close());

// biome-ignore lint/suspicious/noExplicitAny: answers are what the tests look into
type Json = any;
const json = async (response: Response): Promise<readonly [number, Json]> => [
  response.status,
  await response.json(),
];

test("promptha's client creates a webhook", async () => {
  const tenant = await createTenant('promptha');
  const [status, webhook] = await json(await promptha.createWebhook(host, tenant.key));
  expect([status, webhook]).toEqual([
    201,
    expect.objectContaining({
      id: expect.stringMatching(/^wh_/),
      url: 'https://yourapp.com/webhooks/promptha',
      events: ['fabric.completed', 'fabric.failed', 'ask.message', 'credits.low', 'credits.depleted'],
      secret: 'your_webhook_secret',
      active: true,
      created_at: expect.stringMatching(WHOLE_SECONDS),
    }),
  ]);
});

describe("generic's client", () => {
  test('creates a webhook', async () => {
    const tenant = await createTenant('generic');
    const [status, webhook] = await json(await generic.createWebhook(host, tenant.key));
    expect([status, webhook]).toEqual([
      201,
      expect.objectContaining({
        id: expect.stringMatching(/^hook_/),
        url: 'https://yourapp.com/webhook',
        events: ['user.created', 'user.updated', 'project.created'],
        secret: 'whsec_abc123...',
        active: true,
        created_at: expect.stringMatching(WHOLE_SECONDS),
      }),
    ]);
  });

  test('reads the log in the shape of the guide', async () => {
    const tenant = await createTenant('generic');
    const { id } = await tenant.createEndpoint({ url: receiver.url });
    const publish = async (name: string) => {
      const event = await tenant.publish({ type: 'user.created', data: { id: name, name } });
      await tenant.awaitDelivery(id, ({ event_id, attempts }) => event_id === event.id && attempts > 0);
      return event.id;
    };
    const [one, two] = [await publish('one'), await publish('two')];
    const [status, body] = await json(await generic.viewWebhookLogs(host, tenant.key, id));
    expect([status, body]).toEqual([
      200,
      {
        deliveries: [
          expect.objectContaining({
            id: expect.stringMatching(/^del_/),
            event_id: two,
            status: 'retrying',
            status_code: 500,
            attempts: 1,
            error: expect.any(String),
          }),
          expect.objectContaining({
            id: expect.stringMatching(/^del_/),
            event_id: one,
            status: 'success',
            status_code: 200,
            attempts: 1,
            delivered_at: expect.stringMatching(WHOLE_SECONDS),
          }),
        ],
        next_cursor: null,
        prev_cursor: null,
      },
    ]);
    expect(body.deliveries.map((entry: object) => ['delivered_at' in entry, 'error' in entry])).toEqual([
      [false, true],
      [true, false],
    ]);
  });
});

describe("arky's client", () => {
  const webhooksOf = async (tenant: TestTenant) =>
    (await expectCall<{ webhooks: object[] }>(200, 'GET', '/v1/webhooks', tenant.key)).webhooks;

  test("sets up the business's one webhook, and changes it by the same call", async () => {
    const tenant = await createTenant('arky');
    const sdk = arkyClient(host, tenant.key);
    const [status, created] = await json(await enableWebhooks(sdk, tenant.id));
    expect([status, created]).toMatchObject([
      200,
      {
        id: tenant.id,
        settings: {
          webhookUrl: 'https://yourapp.com/api/webhooks/arky',
          webhookSecret: 'whsec_your_secret_key',
        },
      },
    ]);
    const webhookUrl = 'https://yourapp.com/api/webhooks/moved';
    const [again, changed] = await json(
      await sdk.business.updateBusiness({ id: tenant.id, settings: { webhookUrl } }),
    );
    expect([again, changed.settings]).toEqual([
      200,
      { webhookUrl, webhookEvents: created.settings.webhookEvents },
    ]);
    expect(await webhooksOf(tenant)).toEqual([
      expect.objectContaining({ id: created.webhook_id, url: webhookUrl }),
    ]);
  });

  test('enables a webhook that was disabled by setting it up anew, and by nothing less', async () => {
    const tenant = await createTenant('arky');
    const sdk = arkyClient(host, tenant.key);
    const [, created] = await json(await enableWebhooks(sdk, tenant.id));
    expect(created.active).toBe(true);
    const disable = { active: false };
    await expectCall(200, 'PATCH', `/v1/webhooks/${created.webhook_id}`, tenant.key, disable);
    const settings = { webhookEvents: ['order.paid'] };
    const [, changed] = await json(await sdk.business.updateBusiness({ id: tenant.id, settings }));
    expect(changed.active).toBe(false);
    const [, enabled] = await json(await enableWebhooks(sdk, tenant.id));
    expect(enabled.active).toBe(true);
    expect(await webhooksOf(tenant)).toEqual([
      expect.objectContaining({ id: created.webhook_id, active: true }),
    ]);
  });

  test('makes one webhook of many calls at the same moment', async () => {
    const tenant = await createTenant('arky');
    const sdk = arkyClient(host, tenant.key);
    const answers = await Promise.all(
      Array.from({ length: 4 }, async () => json(await enableWebhooks(sdk, tenant.id))),
    );
    expect(answers.map(([status]) => status)).toEqual([200, 200, 200, 200]);
    expect(await webhooksOf(tenant)).toHaveLength(1);
  });

  test('is shown the secret that was made where it sent none', async () => {
    const tenant = await createTenant('arky');
    const path = `/v1/businesses/${tenant.id}`;
    const settings = { webhookUrl: 'https://yourapp.com/api/webhooks/arky' };
    const { settings: shown } = await expectCall(200, 'PATCH', path, tenant.key, { settings });
    expect(shown).toEqual({
      ...settings,
      webhookEvents: ['*'],
      webhookSecret: expect.stringMatching(/^whsec_/),
    });
  });

  test.each([
    [{ settings: { webhookEvents: ['order.paid'] } }, 'settings.webhookUrl'],
    [{ settings: { webhookUrl: 'ftp://example.com' } }, 'settings.webhookUrl'],
    [
      { settings: { webhookUrl: 'https://example.com', webhookEvents: ['order.lost'] } },
      'settings.webhookEvents[0]',
    ],
    [{ settings: { webhookUrl: 'https://example.com', colour: 'red' } }, 'settings.colour'],
    [{ id: 'other', settings: { webhookUrl: 'https://example.com' } }, 'id'],
  ])('%j is refused by the name that was sent', async (body, path) => {
    const tenant = await createTenant('arky');
    const answer = await call<ProblemBody>('PATCH', `/v1/businesses/${tenant.id}`, tenant.key, body);
    expect([answer.status, answer.body.errors]).toMatchObject([422, [{ path }]]);
    expect(answer.body.detail).toContain(path);
  });

  test("cannot touch another's business", async () => {
    const [one, two] = await Promise.all([createTenant('arky'), createTenant('arky')]);
    expect((await enableWebhooks(arkyClient(host, two.key), one.id)).status).toBe(404);
    expect(await webhooksOf(one)).toEqual([]);
  });
});

test('addresses to allow-list are none, and why is said', async () => {
  const tenant = await createTenant('promptha');
  expect(await expectCall(200, 'GET', '/v1/meta/ips', tenant.key)).toEqual({
    ips: [],
    reason: expect.stringContaining('no fixed addresses'),
  });
});
