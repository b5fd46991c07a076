import { createTenant, eventually } from '../platform.ts';
import { bodiesOf, eventuallyMany, publishEach } from './api.ts';
import { type GuideApp, serveGuideApp } from './guide-app.ts';
import { catalogueEvents, GUIDES, type Guide } from './guides.ts';

const SECRET = 'whsec_your_secret_key';
let app: GuideApp;
afterEach(() => app?.close());

/** A tenant of the guide's dialect whose endpoint is the guide's own Express app. */
async function connect({ dialect, makeApp, path }: Guide, secret?: string) {
  const tenant = await createTenant(dialect.name);
  const handled: unknown[] = [];
  let known = secret ?? '';
  const serve = async (refuseFirst = 0) => {
    // The app wants its secret when it is made, and the endpoint its URL: the app is made at the first request.
    app = await serveGuideApp(
      (req, res) => makeApp(known, (event) => handled.push(event))(req, res),
      path,
      refuseFirst,
    );
    const endpoint = await tenant.createEndpoint({ url: app.url, events: ['*'], secret });
    known = endpoint.secret;
    return endpoint;
  };
  return { tenant, handled, serve };
}

describe.each(Object.entries(GUIDES))("the %s guide's Express receiver", (_name, guide) => {
  test('accepts every event type of the catalogue, in the envelope of the contract', async () => {
    const { tenant, handled, serve } = await connect(guide, SECRET);
    await serve();
    const events = catalogueEvents(guide.dialect);
    await publishEach(tenant, events);

    const seen = await eventuallyMany(app.seen, events.length);
    const expected = events.map((event) => JSON.stringify(guide.envelope(event, tenant.id)));
    expect(bodiesOf(seen)).toEqual(expected.sort());
    expect(seen.map(({ status }) => status)).toEqual(events.map(() => 200));
    expect(handled).toHaveLength(events.length);
  });

  test('accepts a secret that was made here, and sees the headers of the contract', async () => {
    const { tenant, serve } = await connect(guide);
    const endpoint = await serve();
    expect(endpoint.secret).toMatch(/^whsec_/);
    const [event] = catalogueEvents(guide.dialect);
    await tenant.publish({ ...event });

    const delivery = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
    expect(delivery).toMatchObject({ event_id: event!.id, status_code: 200, attempts: 1 });
    expect(delivery.id).toMatch(/^del_/);
    expect(endpoint.id.startsWith(guide.dialect.idPrefixes.endpoint)).toBe(true);
    const [{ headers }] = app.seen as [(typeof app.seen)[0]];
    expect(headers['content-type']).toBe('application/json');
    expect(headers[guide.signatureHeader]).toMatch(/^[0-9a-f]{64}$/);
    if (guide.timestampHeader !== undefined) {
      expect(headers[guide.timestampHeader]).toMatch(/^\d{10}$/);
      expect(Math.abs(Number(headers[guide.timestampHeader]) - Date.now() / 1000)).toBeLessThan(60);
    }
  });

  test('refuses the delivery where its secret is another', async () => {
    const { tenant, handled } = await connect(guide);
    app = await serveGuideApp(
      guide.makeApp('another_secret', (event) => handled.push(event)),
      guide.path,
    );
    const endpoint = await tenant.createEndpoint({ url: app.url, secret: SECRET });
    const [event] = catalogueEvents(guide.dialect);
    await tenant.publish({ ...event });
    const delivery = await eventually(async () => (await tenant.deliveriesOf(endpoint.id))[0]);
    expect(delivery.status_code).toBe(401);
    // Promptha's guide never retries a 401; the others do.
    expect(delivery.status).toBe(guide.dialect.name === 'promptha' ? 'failed' : 'retrying');
    expect(handled).toEqual([]);
  });
});
