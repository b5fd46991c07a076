import { DIALECTS } from '../../../core/dialects/index.ts';
import { startReceiver } from '../../fixtures/receivers/receiver.ts';
import { call, createTenant, expectCall } from '../platform.ts';
import { type ProblemBody, pathsOf } from './api.ts';
import { arkenEnvelope, GUIDES, type KnownEvent, OCCURRED_AT, standardEnvelope } from './guides.ts';

const ENVELOPES: Record<string, (event: KnownEvent, tenantId: string) => object> = {
  ...Object.fromEntries(Object.entries(GUIDES).map(([name, { envelope }]) => [name, envelope])),
  arken: arkenEnvelope,
  standard: standardEnvelope,
};

/** A member for every name that an envelope uses, each with another value than the envelope's. */
const SHADOWS = {
  id: 'evt_other',
  type: 'other.type',
  event: 'other.event',
  timestamp: 1,
  created: 2,
  created_at: '1999-01-01T00:00:00Z',
  occurredAt: '1999-01-01T00:00:00.000Z',
  account_id: 'another tenant',
  businessId: 'another tenant',
  accountHashId: 'another tenant',
  category: 'Other',
  apiVersion: '0',
  callback: 'not a callback',
  data: { id: 'evt_inner', data: {} },
};

test.each(Object.entries(ENVELOPES))(
  "data never shadows a member of %s's envelope",
  async (name, envelope) => {
    const receiver = await startReceiver();
    const tenant = await createTenant(name);
    const dialect = DIALECTS[name as keyof typeof DIALECTS];
    const auth = name === 'arken' ? { header: { name: 'X-Key', value: 'v' } } : undefined;
    await tenant.createEndpoint({ url: receiver.url, auth });
    const type = dialect.catalogue?.[0]?.type ?? 'order.paid';
    // Promptha refuses a different `data.eventId` instead: see below.
    const data = { ...SHADOWS, ...(name !== 'promptha' && { eventId: 'evt_other' }) };
    const id = 'evt_the-real-one';
    await tenant.publish({ id, type, data, occurred_at: OCCURRED_AT });
    const [request] = await receiver.waitFor(1);
    await receiver.close();
    // A text is no callback, so arken's stays in the data.
    const { callback, ...rest } = envelope({ id, type, data }, tenant.id) as {
      callback?: unknown;
      data: object;
    };
    const expected =
      name === 'arken' ? { ...rest, data } : { ...rest, ...(callback !== undefined && { callback }) };
    expect(request!.body).toBe(JSON.stringify(expected));
  },
);

describe("promptha's data.eventId", () => {
  const type = 'fabric.completed';

  test('that differs from the event id is refused, with the path', async () => {
    const tenant = await createTenant('promptha');
    for (const event of [
      { type, data: { eventId: 'evt_mine' } },
      { id: 'evt_1', type, data: { eventId: 'evt_2' } },
      { id: 'evt_1', type, data: { eventId: null } },
      { id: '1', type, data: { eventId: 1 } },
    ]) {
      const refused = await call<ProblemBody>('POST', '/v1/events', tenant.key, event);
      expect([refused.status, pathsOf(refused)]).toEqual([422, ['data.eventId']]);
      expect(refused.body.detail).toContain(JSON.stringify(event.data.eventId));
    }
  });

  test('that equals it is accepted and stays where the producer put it', async () => {
    const receiver = await startReceiver();
    const tenant = await createTenant('promptha');
    await tenant.createEndpoint({ url: receiver.url });
    const data = { executionId: 'exec_1', eventId: 'evt_1', last: true };
    await expectCall(202, 'POST', '/v1/events', tenant.key, {
      id: 'evt_1',
      type,
      data,
      occurred_at: OCCURRED_AT,
    });
    const [request] = await receiver.waitFor(1);
    await receiver.close();
    expect(JSON.parse(request!.body).data).toEqual(data);
    expect(request!.body.match(/"eventId"/g)).toHaveLength(1);
    expect(JSON.stringify(JSON.parse(request!.body))).toBe(request!.body);
  });
});
