import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { verifyStandard, verifyStandardEd25519, verifySvix } from '../../fixtures/receivers/standard.ts';
import { createTenant } from '../platform.ts';
import { bodiesOf, publishEach } from './api.ts';
import { OCCURRED_AT, standardEnvelope } from './guides.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const receivers: Receiver[] = [];
afterEach(() => Promise.all(receivers.splice(0).map((receiver) => receiver.close())));

async function receive(options: Parameters<typeof startReceiver>[0]): Promise<Receiver> {
  const receiver = await startReceiver(options);
  receivers.push(receiver);
  return receiver;
}

const events = ['user.created', 'invoice.paid', 'a', 'some_thing.very-long.dotted.name'].map((type, i) => {
  return { id: `msg_${i}`, type, data: { n: i, text: 'café ☕' }, occurred_at: OCCURRED_AT };
});

describe('a Standard Webhooks receiver', () => {
  test.each([
    ['standardwebhooks', verifyStandard],
    ['svix', verifySvix],
  ])('that verifies with %s accepts whatever types the tenant has', async (_library, verify) => {
    const receiver = await receive({ verify, secret: SECRET });
    const tenant = await createTenant('standard');
    await tenant.createEndpoint({ url: receiver.url, secret: SECRET });
    await publishEach(tenant, events);

    const requests = await receiver.waitFor(events.length);
    expect(bodiesOf(requests)).toEqual(events.map((event) => JSON.stringify(standardEnvelope(event))).sort());
    expect(requests.map(({ verdict }) => verdict)).toEqual(
      requests.map(() => expect.objectContaining({ ok: true })),
    );
    expect(requests.map(({ headers }) => headers['webhook-id']).sort()).toEqual(events.map(({ id }) => id));
    for (const { headers } of requests) {
      expect(headers['content-type']).toBe('application/json');
      expect(headers['webhook-timestamp']).toMatch(/^\d{10}$/);
      expect(headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
    }
  });

  test('accepts what a secret made here signed, with an event id made here', async () => {
    let secret = '';
    const receiver = await receive({ verify: (headers, body) => verifyStandard(headers, body, secret) });
    const tenant = await createTenant('standard');
    const endpoint = await tenant.createEndpoint({ url: receiver.url });
    secret = endpoint.secret;
    const { id } = await tenant.publish({ type: 'order.paid', data: {} });
    const [request] = await receiver.waitFor(1);
    expect(request!.verdict.ok).toBe(true);
    expect(id).toMatch(/^msg_/);
    expect(endpoint.id).toMatch(/^ep_/);
    expect(request!.headers['webhook-id']).toBe(id);
  });

  test("with an ed25519 endpoint verifies by the endpoint's public key, and never sees the private one", async () => {
    let publicKey = '';
    const receiver = await receive({
      verify: (headers, body) => verifyStandardEd25519(headers, body, publicKey),
    });
    const tenant = await createTenant('standard');
    const endpoint = (await tenant.createEndpoint({ url: receiver.url, signing: 'ed25519' })) as {
      id: string;
      public_key?: string;
    };
    publicKey = endpoint.public_key ?? '';
    expect(publicKey).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
    expect(endpoint).not.toHaveProperty('secret');
    expect(JSON.stringify(endpoint)).not.toContain('whsk_');
    await tenant.publish({ type: 'order.paid', data: { total: 1 } });
    const [request] = await receiver.waitFor(1);
    expect(request!.verdict).toMatchObject({ ok: true });
    expect(request!.headers['webhook-signature']).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/);
  });
});
