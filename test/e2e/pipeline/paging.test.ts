import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { createTenant, eventually, expectCall, type ShownDelivery, type TestTenant } from '../platform.ts';

const EVENTS = 14;
let receiver: Receiver;
let tenant: TestTenant;
let endpointId: string;

beforeAll(async () => {
  receiver = await startReceiver({ respond: (n) => ({ status: n % 2 === 0 ? 500 : 200 }) });
  tenant = await createTenant('hasty');
  ({ id: endpointId } = await tenant.createEndpoint({ url: receiver.url }));
  for (let n = 0; n < EVENTS; n++) await tenant.publish({ type: `kind.${n % 3}`, data: { n } });
  await eventually(async () =>
    (await tenant.deliveriesOf(endpointId)).length === EVENTS ? true : undefined,
  );
});
afterAll(() => receiver.close());

/** Follows the cursors to the end. */
async function walk(path: string, list: string, query: string): Promise<ShownDelivery[]> {
  const found: ShownDelivery[] = [];
  let cursor: string | null = '';
  for (let pages = 0; cursor !== null; pages++) {
    if (pages > EVENTS + 5) throw new Error(`${path} has no end`);
    const at: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page = await expectCall<Record<string, unknown>>(200, 'GET', `${path}?${query}${at}`, tenant.key);
    found.push(...(page[list] as ShownDelivery[]));
    cursor = page.next_cursor as string | null;
  }
  return found;
}

describe.each([1, 3, 7, 14, 100])('pages of %i', (limit) => {
  test('show every delivery of an endpoint once, newest first', async () => {
    const all = await walk(`/v1/webhooks/${endpointId}/deliveries`, 'deliveries', `limit=${limit}`);
    expect(all).toHaveLength(EVENTS);
    const orders = all.map(({ id }) => id.slice(-19));
    expect(orders).toEqual([...new Set(orders)].sort().reverse());
  });

  test('show every delivery of a state and of a type once', async () => {
    const path = `/v1/webhooks/${endpointId}/deliveries`;
    const states = await Promise.all(
      ['success', 'failed'].map((status) => walk(path, 'deliveries', `limit=${limit}&status=${status}`)),
    );
    expect(states.map((some) => new Set(some.map(({ status }) => status)))).toEqual([
      new Set(['success']),
      new Set(['failed']),
    ]);
    const types = await Promise.all(
      [0, 1, 2].map((n) => walk(path, 'deliveries', `limit=${limit}&event_type=kind.${n}`)),
    );
    for (const found of [states.flat(), types.flat()]) {
      expect(found).toHaveLength(EVENTS);
      expect(new Set(found.map(({ id }) => id)).size).toBe(EVENTS);
    }
  });

  test('show every event once, newest first', async () => {
    const all = await walk('/v1/events', 'events', `limit=${limit}`);
    expect(new Set(all.map(({ id }) => id)).size).toBe(EVENTS);
    expect(all).toHaveLength(EVENTS);
  });
});
