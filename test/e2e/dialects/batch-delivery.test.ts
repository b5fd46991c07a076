import { DIALECTS } from '../../../core/dialects/index.ts';
import { verifyArka } from '../../fixtures/receivers/arka.ts';
import { arkenHeaderVerifier } from '../../fixtures/receivers/arken.ts';
import { verifyArky } from '../../fixtures/receivers/arky.ts';
import { verifyGeneric } from '../../fixtures/receivers/generic.ts';
import { verifyPromptha } from '../../fixtures/receivers/promptha.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import type { Verify } from '../../fixtures/receivers/verdict.ts';
import { createTenant } from '../platform.ts';
import { publishBatch } from './api.ts';
import { catalogueEvents } from './guides.ts';
import { mixedBatch } from './mixed-batch.ts';

const SECRET = 'whsec_your_secret_key';
const AUTH = { header: { name: 'X-Callback-Key', value: SECRET } };
const entry = (n: number) => ({ id: `evt_${n}`, type: 'order.paid', data: { n } });
let receiver: Receiver;
afterEach(() => receiver.close());

const CATALOGUES: [keyof typeof DIALECTS, Verify][] = [
  ['arka', verifyArka],
  ['arky', verifyArky],
  ['promptha', verifyPromptha],
  ['generic', verifyGeneric],
  ['arken', arkenHeaderVerifier(AUTH.header.name)],
];

test.each(CATALOGUES)(
  "every event type of %s's catalogue, in one batch, is accepted",
  async (name, verify) => {
    receiver = await startReceiver({ verify, secret: SECRET });
    const tenant = await createTenant(name);
    const own = name === 'arken' ? { auth: AUTH } : { secret: SECRET };
    await tenant.createEndpoint({ url: receiver.url, ...own });
    const events = catalogueEvents(DIALECTS[name]);
    const { body } = await publishBatch(tenant.key, events);
    expect(body.results).toEqual(events.map(({ id }) => ({ status: 202, id })));
    const requests = await receiver.waitFor(events.length);
    expect(requests.map(({ verdict }) => verdict.ok)).toEqual(events.map(() => true));
  },
);

test('of a batch with entries of all kinds, what was taken is delivered once', async () => {
  receiver = await startReceiver();
  const tenant = await createTenant('arky');
  await tenant.createEndpoint({ url: receiver.url });
  await tenant.publish(entry(0));
  const { body } = await publishBatch(tenant.key, mixedBatch(entry).entries);
  const taken = body.results.filter(({ status }) => status === 202).map(({ id }) => id);
  const requests = await receiver.waitFor(taken.length);
  expect(requests.map(({ body }) => JSON.parse(body).id).sort()).toEqual(taken.sort());
});

test('of a batch that is sent again, and holds an id twice, nothing is delivered twice', async () => {
  receiver = await startReceiver();
  const tenant = await createTenant('standard');
  await tenant.createEndpoint({ url: receiver.url });
  const events = [entry(0), entry(1), entry(1), { ...entry(1), data: {} }, entry(2)];
  await publishBatch(tenant.key, events);
  await publishBatch(tenant.key, [...events, entry(3)]);
  await receiver.waitFor(4);
  await tenant.publish(entry(4));
  const requests = await receiver.waitFor(5);
  const arrived = requests.map(({ headers, body }) => [headers['webhook-id'], JSON.parse(body).data.n]);
  expect(arrived.sort()).toEqual([0, 1, 2, 3, 4].map((n) => [`evt_${n}`, n]));
});
