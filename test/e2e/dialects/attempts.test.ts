import { arkenHeaderVerifier } from '../../fixtures/receivers/arken.ts';
import { startReceiver } from '../../fixtures/receivers/receiver.ts';
import { verifyStandard } from '../../fixtures/receivers/standard.ts';
import { startTokenServer } from '../../fixtures/token-server.ts';
import { createTenant } from '../platform.ts';
import { eventuallyMany } from './api.ts';
import { serveGuideApp } from './guide-app.ts';
import { catalogueEvents, GUIDES, type Guide, OCCURRED_AT } from './guides.ts';

const SECRET = 'whsec_your_secret_key';
const STANDARD_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const closers: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closers.map((close) => close())));

// Schedules begin with 5 or 30 s, and the local scheduler fires up to 10 s late; so they wait at the same time. Jest runs
// five at once: those of 30 s come first.

describe('a retry carries the same event, newly signed', () => {
  test.concurrent('to an arken receiver whose first answer was no', async () => {
    const auth = { header: { name: 'X-Callback-Key', value: 'arken_callback_value' } };
    const receiver = await startReceiver({
      verify: arkenHeaderVerifier(auth.header.name),
      secret: auth.header.value,
      respond: (n) => (n === 1 ? { hangUp: true } : undefined),
    });
    closers.push(receiver.close);
    const tenant = await createTenant('arken');
    await tenant.createEndpoint({ url: receiver.url, auth });
    await tenant.publish({ type: 'User.Update', data: { userHashId: 'usr_1d2c3b' } });
    const [first, second] = await receiver.waitFor(2);
    expect(second!.body).toBe(first!.body);
    expect(second!.verdict.ok).toBe(true);
  });

  test.concurrent('to an endpoint whose token server was down at the first attempt', async () => {
    const client = { clientId: 'posthorn', clientSecret: 'secret' };
    const server = await startTokenServer({
      ...client,
      refuse: (n) => (n === 1 ? { status: 503 } : undefined),
    });
    const receiver = await startReceiver({
      verify: ({ authorization }) => ({ ok: authorization === `Bearer ${server.tokens[0]}` }),
    });
    closers.push(server.close, receiver.close);
    const tenant = await createTenant('arken');
    const endpoint = await tenant.createEndpoint({
      url: receiver.url,
      auth: { openIdConnect: { tokenUrl: server.tokenUrl, ...client } },
    });
    await tenant.publish({ type: 'User.Update', data: { userHashId: 'usr_1d2c3b' } });
    const done = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
    expect(done.attempts).toBe(2);
    expect(receiver.requests).toHaveLength(1);
  });

  test.concurrent.each(Object.keys(GUIDES).toReversed())('to the %s receiver', async (name) => {
    const { dialect, makeApp, path, signatureHeader, timestampHeader } = GUIDES[name] as Guide;
    const app = await serveGuideApp(
      makeApp(SECRET, () => {}),
      path,
      1,
    );
    closers.push(app.close);
    const tenant = await createTenant(name);
    const endpoint = await tenant.createEndpoint({ url: app.url, secret: SECRET });
    await tenant.publish({ ...catalogueEvents(dialect)[0] });
    const [first, second] = await eventuallyMany(app.seen, 2);
    // The second was verified by the guide's own receiver.
    expect([first!.status, second!.status]).toEqual([503, 200]);
    expect(second!.body).toBe(first!.body);
    if (timestampHeader === undefined) {
      expect(second!.headers[signatureHeader]).toBe(first!.headers[signatureHeader]);
    } else {
      const waited = Number(second!.headers[timestampHeader]) - Number(first!.headers[timestampHeader]);
      expect(waited).toBeGreaterThanOrEqual(Math.floor(dialect.retryDelays[0]! * (1 - dialect.jitter)));
      expect(second!.headers[signatureHeader]).not.toBe(first!.headers[signatureHeader]);
    }
    const done = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
    expect(done).toMatchObject({ attempts: 2, status_code: 200 });
  });

  test.concurrent('to a standard receiver', async () => {
    const receiver = await startReceiver({
      verify: verifyStandard,
      secret: STANDARD_SECRET,
      respond: (n) => (n === 1 ? { status: 500 } : undefined),
    });
    closers.push(receiver.close);
    const tenant = await createTenant('standard');
    await tenant.createEndpoint({ url: receiver.url, secret: STANDARD_SECRET });
    await tenant.publish({ id: 'msg_1', type: 'order.paid', data: {}, occurred_at: OCCURRED_AT });
    const [first, second] = await receiver.waitFor(2);
    expect([first!.verdict.ok, second!.verdict.ok]).toEqual([true, true]);
    expect(second!.body).toBe(first!.body);
    const [one, two] = [first!.headers, second!.headers];
    expect([one['webhook-id'], two['webhook-id']]).toEqual(['msg_1', 'msg_1']);
    expect(Number(two['webhook-timestamp']) - Number(one['webhook-timestamp'])).toBeGreaterThanOrEqual(4);
    expect(two['webhook-signature']).not.toBe(one['webhook-signature']);
  });
});
