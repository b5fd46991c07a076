import { DIALECTS } from '../../../core/dialects/index.ts';
import { arkenHeaderVerifier } from '../../fixtures/receivers/arken.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { createTenant, expectCall } from '../platform.ts';
import { bodiesOf, publishEach } from './api.ts';
import { arkenEnvelope, catalogueEvents } from './guides.ts';

const AUTH = { header: { name: 'X-Callback-Key', value: 'arken callback; value=1' } };
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver({
    verify: arkenHeaderVerifier(AUTH.header.name),
    secret: AUTH.header.value,
  });
});
afterEach(() => receiver.close());

describe('an arken receiver that knows a secret header', () => {
  test('accepts every event type of the catalogue, in the envelope of the contract', async () => {
    const tenant = await createTenant('arken');
    await tenant.createEndpoint({ url: receiver.url, auth: AUTH });
    const events = catalogueEvents(DIALECTS.arken);
    await publishEach(tenant, events);

    const requests = await receiver.waitFor(events.length);
    const expected = events.map((event) => JSON.stringify(arkenEnvelope(event, tenant.id)));
    expect(bodiesOf(requests)).toEqual(expected.sort());
    expect(requests.map(({ verdict }) => verdict.ok)).toEqual(events.map(() => true));
    expect(new Set(requests.map(({ headers }) => headers['content-type']))).toEqual(
      new Set(['application/json']),
    );
  });

  test("sees its API version, and the document's callback beside the data", async () => {
    const tenant = await createTenant('arken');
    await tenant.createEndpoint({ url: receiver.url, auth: AUTH, api_version: '2026-01' });
    const event = catalogueEvents(DIALECTS.arken).find(({ type }) => type === 'FileStore.Upload')!;
    await tenant.publish({ ...event });
    const [request] = await receiver.waitFor(1);
    expect(request!.body).toBe(JSON.stringify(arkenEnvelope(event, tenant.id, '2026-01')));
    expect(JSON.parse(request!.body)).toMatchObject({
      category: 'FileStore',
      type: 'Upload',
      data: { documentHashId: expect.stringMatching(/^doc_[\w-]{27}$/) },
      callback: { method: 'GET' },
    });
  });

  test('is the only one who learns the value of the header', async () => {
    const tenant = await createTenant('arken');
    const created = await tenant.createEndpoint({ url: receiver.url, auth: AUTH });
    const read = await expectCall(200, 'GET', `/v1/webhooks/${created.id}`, tenant.key);
    for (const shown of [created, read]) {
      expect(shown).toMatchObject({ auth: { header: { name: 'X-Callback-Key', value: '[redacted]' } } });
      expect(JSON.stringify(shown)).not.toContain(AUTH.header.value);
    }
  });
});
