import { type Receiver, type ReceiverOptions, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { startTokenServer, type TokenServer, type TokenServerOptions } from '../../fixtures/token-server.ts';
import { createTenant, type ShownDelivery } from '../platform.ts';
import { publishEach } from './api.ts';

const CLIENT = { clientId: 'posthorn client', clientSecret: 's3cret/+:%ä' };
const EVENT = { type: 'Client.Create', data: { clientHashId: 'cli_3b2a1c' } };
let receiver: Receiver;
let tokenServer: TokenServer;
afterEach(() => Promise.all([receiver?.close(), tokenServer?.close()]));

interface Setting {
  readonly server?: Partial<TokenServerOptions>;
  readonly respond?: ReceiverOptions['respond'];
  /** The endpoint's own, without the client. */
  readonly openIdConnect?: (server: TokenServer) => Record<string, string>;
}

/** An arken endpoint behind a receiver that takes any token the server gave out, unless `respond` says otherwise. */
async function connect({ server, respond, openIdConnect = ({ tokenUrl }) => ({ tokenUrl }) }: Setting = {}) {
  tokenServer = await startTokenServer({ ...CLIENT, ...server });
  receiver = await startReceiver({
    verify: ({ authorization }) => ({
      ok: tokenServer.tokens.some((token) => authorization === `Bearer ${token}`),
    }),
    respond,
  });
  const tenant = await createTenant('arken');
  const auth = { openIdConnect: { ...openIdConnect(tokenServer), ...CLIENT } };
  const endpoint = await tenant.createEndpoint({ url: receiver.url, auth });
  const deliver = async (): Promise<ShownDelivery> => {
    const { id } = await tenant.publish(EVENT);
    return tenant.awaitDelivery(endpoint.id, ({ event_id }) => event_id === id);
  };
  return { deliver, tenant };
}

const bearers = () => receiver.requests.map(({ headers }) => headers.authorization);

describe('an endpoint with OpenID Connect client credentials', () => {
  test('by tokenUrl: every delivery carries a token, which is fetched far less often than it is used', async () => {
    const { deliver } = await connect();
    const deliveries: ShownDelivery[] = [];
    for (let n = 0; n < 10; n++) deliveries.push(await deliver());
    expect(deliveries.map(({ status, attempts }) => [status, attempts])).toEqual(
      deliveries.map(() => ['success', 1]),
    );
    expect(receiver.requests).toHaveLength(10);
    // One a container of the function: other suites' traffic decides how many of them there are.
    expect(tokenServer.tokenRequests.length).toBeLessThan(8);
    expect(tokenServer.discoveries).toBe(0);
    expect(tokenServer.tokenRequests[0]).toEqual({
      grantType: 'client_credentials',
      scope: null,
      authentic: true,
    });
  });

  test('many deliveries at once ask for a token once a container, not once a delivery', async () => {
    const { tenant } = await connect();
    await publishEach(
      tenant,
      Array.from({ length: 30 }, () => EVENT),
    );
    const requests = await receiver.waitFor(30);
    expect(requests.map(({ verdict }) => verdict.ok)).toEqual(requests.map(() => true));
    expect(tokenServer.tokenRequests.length).toBeLessThan(15);
  });

  test('by issuer: the token endpoint is discovered, and the scope is asked for', async () => {
    const { deliver } = await connect({
      openIdConnect: ({ issuer }) => ({ issuer, scope: 'events:write events:read' }),
    });
    expect(await deliver()).toMatchObject({ status: 'success', attempts: 1 });
    expect(tokenServer.discoveries).toBeGreaterThanOrEqual(1);
    expect(tokenServer.tokenRequests[0]).toMatchObject({
      scope: 'events:write events:read',
      authentic: true,
    });
  });

  test('a 401 makes one refresh within the same attempt', async () => {
    const { deliver } = await connect({ respond: (n) => (n === 1 ? { status: 401 } : undefined) });
    expect(await deliver()).toMatchObject({ status: 'success', status_code: 200, attempts: 1 });
    expect(bearers()).toEqual(['Bearer token-1', 'Bearer token-2']);
    const [first, second] = receiver.requests;
    expect(second!.body).toBe(first!.body);
    expect(tokenServer.tokenRequests).toHaveLength(2);
  });

  test('a 401 to the fresh token too ends the attempt, which is retried later', async () => {
    const { deliver } = await connect({ respond: () => ({ status: 401 }) });
    expect(await deliver()).toMatchObject({ status: 'retrying', status_code: 401, attempts: 1 });
    expect(bearers()).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  test('a token server that is down fails the attempt with the reason, and a retry is due', async () => {
    const { deliver } = await connect();
    await tokenServer.close();
    const delivery = await deliver();
    expect(delivery).toMatchObject({ status: 'retrying', attempts: 1 });
    expect(delivery.error).toMatch(/No access token.*Connection refused/);
    expect(delivery.status_code).toBeUndefined();
    const wait = Date.parse(delivery.next_attempt_at ?? '') - Date.now();
    // The first retry of arken's schedule comes after 30 s; times are shown in whole seconds.
    expect(wait).toBeGreaterThan(10_000);
    expect(wait).toBeLessThanOrEqual(31_000);
    expect(receiver.requests).toHaveLength(0);
  });

  test.each([
    [
      'refuses the client',
      { status: 401, body: { error: 'invalid_client' } },
      /No access token.*invalid_client/,
    ],
    ['answers 503', { status: 503 }, /No access token.*503/],
  ])('a token server that %s fails the attempt with what it said', async (_what, refusal, error) => {
    const { deliver } = await connect({ server: { refuse: () => refusal } });
    expect(await deliver()).toMatchObject({ status: 'retrying', error: expect.stringMatching(error) });
    expect(receiver.requests).toHaveLength(0);
  });
});
