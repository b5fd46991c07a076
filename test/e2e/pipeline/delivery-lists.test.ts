import { decodeTime } from '../../../core/ids.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import {
  call,
  createTenant,
  eventually,
  expectCall,
  type ShownDelivery,
  type TestTenant,
} from '../platform.ts';

interface Page {
  readonly deliveries: readonly ShownDelivery[];
  readonly next_cursor: string | null;
  readonly prev_cursor: string | null;
}

const EVENTS = 9;
let accepting: Receiver;
let refusing: Receiver;
let tenant: TestTenant;
let endpointIds: string[];
let eventIds: string[];

/** One attempt each: two endpoints accept, two refuse, and one of either kind is deleted afterwards. */
beforeAll(async () => {
  accepting = await startReceiver();
  refusing = await startReceiver({ respond: () => ({ status: 500 }) });
  tenant = await createTenant('hasty');
  const urls = [accepting, refusing, accepting, refusing].map(({ url }) => url);
  endpointIds = [];
  for (const url of urls) endpointIds.push((await tenant.createEndpoint({ url })).id);
  eventIds = [];
  for (let n = 0; n < EVENTS; n++)
    eventIds.push((await tenant.publish({ type: `order.n${n % 2}`, data: { n } })).id);
  for (const id of endpointIds) {
    const complete = async () => (await tenant.deliveriesOf(id)).length === EVENTS || undefined;
    await eventually(complete);
  }
  for (const id of endpointIds.slice(2)) await expectCall(204, 'DELETE', `/v1/webhooks/${id}`, tenant.key);
});
afterAll(() => Promise.all([accepting.close(), refusing.close()]));

const read = (path: string, query: string, cursor: string | null = '') =>
  expectCall<Page>(200, 'GET', `${path}?${query}${cursor ? `&cursor=${cursor}` : ''}`, tenant.key);

/** Goes to the end and back to the beginning. @returns what either way showed, in the list's order */
async function thereAndBack(path: string, query: string): Promise<[ShownDelivery[], ShownDelivery[]]> {
  const there: Page[] = [await read(path, query)];
  expect(there[0]!.prev_cursor).toBeNull();
  while (there.at(-1)!.next_cursor !== null) there.push(await read(path, query, there.at(-1)!.next_cursor));
  const back: Page[] = [there.at(-1)!];
  while (back[0]!.prev_cursor !== null) back.unshift(await read(path, query, back[0]!.prev_cursor));
  const all = (pages: readonly Page[]) => pages.flatMap(({ deliveries }) => deliveries);
  return [all(there), all(back)];
}

const acceptedAt = ({ id }: ShownDelivery) => decodeTime(id.slice(-19, -11));
const iso = (ms: number) => new Date(ms).toISOString();

describe.each([1, 4, 100])('pages of %i', (limit) => {
  test("lead through an endpoint's deliveries and back", async () => {
    const path = `/v1/webhooks/${endpointIds[0]}/deliveries`;
    const [there, back] = await thereAndBack(path, `limit=${limit}`);
    expect(there.map(({ event_id }) => event_id).sort()).toEqual([...eventIds].sort());
    expect(back).toEqual(there);
  });

  test("lead through an event's deliveries and back, those to deleted endpoints last", async () => {
    const path = `/v1/events/${eventIds[3]}/deliveries`;
    const [there, back] = await thereAndBack(path, `limit=${limit}`);
    expect(there.map(({ webhook_id }) => webhook_id)).toEqual(endpointIds);
    expect(back).toEqual(there);
    const [failed, failedBack] = await thereAndBack(path, `limit=${limit}&status=failed`);
    expect(failed.map(({ webhook_id }) => webhook_id)).toEqual([endpointIds[1], endpointIds[3]]);
    expect(failedBack).toEqual(failed);
  });

  test('of a time show the events that were accepted in it, of any state', async () => {
    for (const [endpointId, filter] of [
      [endpointIds[0], ''],
      [endpointIds[0], '&status=success'],
      [endpointIds[1], '&status=failed'],
    ] as const) {
      const path = `/v1/webhooks/${endpointId}/deliveries`;
      const all = (await read(path, 'limit=100')).deliveries;
      const [from, to] = [acceptedAt(all[6]!), acceptedAt(all[2]!)];
      const wanted = all.filter((it) => acceptedAt(it) >= from && acceptedAt(it) < to);
      expect(wanted.length).toBeGreaterThan(0);
      const query = `limit=${limit}&from=${iso(from)}&to=${iso(to)}${filter}`;
      const [there, back] = await thereAndBack(path, query);
      expect([there, back]).toEqual([wanted, wanted]);
    }
  });
});

test("an endpoint's deliveries are filtered by type, by a group of types, and by status and type at once", async () => {
  const path = `/v1/webhooks/${endpointIds[1]}/deliveries`;
  const count = async (query: string) => (await read(path, query)).deliveries.length;
  expect(await count('event_type=order.n1')).toBe(4);
  expect(await count('event_type=order.*')).toBe(EVENTS);
  expect(await count('event_type=order.n0&status=failed')).toBe(5);
  expect(await count('event_type=order.n0&status=success')).toBe(0);
  expect(await count('event_type=user.*')).toBe(0);
});

test("an event's deliveries are filtered by what they have in common as well", async () => {
  const path = `/v1/events/${eventIds[0]}/deliveries`;
  const [delivery] = (await read(path, '')).deliveries;
  const at = acceptedAt(delivery!);
  const count = async (query: string) => (await read(path, query)).deliveries.length;
  expect(await count('status=success')).toBe(2);
  expect(await count('event_type=order.*&test=false')).toBe(4);
  expect(await count(`from=${iso(at)}&to=${iso(at + 1)}`)).toBe(4);
  for (const query of ['event_type=order.n1', 'test=true', `from=${iso(at + 1)}`, `to=${iso(at)}`])
    expect([query, await count(query)]).toEqual([query, 0]);
});

test('what is no filter is refused', async () => {
  for (const query of [
    'status=succeeded',
    'from=yesterday',
    'to=1',
    'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    'test=1',
    'event_type=*.paid',
  ]) {
    const { status, body } = await call<{ errors: { path: string }[] }>(
      'GET',
      `/v1/webhooks/${endpointIds[0]}/deliveries?${query}`,
      tenant.key,
    );
    expect([status, body.errors[0]!.path]).toEqual([422, query.split('=')[0]]);
  }
});
