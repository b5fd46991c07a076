import { type ArkenAccount, callArken } from '../../fixtures/clients/arken.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { checkedFetch } from '../checked-fetch.ts';
import { call, createTenant, eventually, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import { makeKey, type ProblemBody } from './api.ts';
import { arkenEnvelope, OCCURRED_AT } from './guides.ts';

const { apiUrl, operatorKey } = readOutputs();
const host = apiUrl.replace(/\/$/, '');
const SECURITY = { header: { name: 'X-Callback-Key', value: 'arken callback key' } };
const URL = 'https://crm.example.com/arken';
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver({});
});
afterAll(() => receiver.close());

async function openAccount() {
  const tenant = await createTenant('arken');
  const key = await makeKey(tenant, 'tenant');
  const account: ArkenAccount = {
    accountHashId: tenant.id,
    accessKey: key.access_key,
    secretKey: key.secret_key,
  };
  const request = async (method: string, path: string, body?: object) => {
    const response = await callArken(host, account, method, path, body, checkedFetch);
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  return { tenant, request };
}

describe('/Event/Subscription', () => {
  test('is made, listed, read and deleted by access key and secret key', async () => {
    const { tenant, request } = await openAccount();
    const wanted = { accountHashId: tenant.id, url: URL, apiVersion: '2', security: SECURITY };
    const { status, body } = await request('POST', '/Event/Subscription', wanted);
    const shown = { id: expect.stringMatching(/^sub_/), accountHashId: tenant.id, url: URL, apiVersion: '2' };
    expect([status, body]).toEqual([201, shown]);
    expect((await request('GET', '/Event/Subscription')).body).toEqual({
      subscriptions: [shown],
      next_cursor: null,
    });
    expect((await request('GET', `/Event/Subscription/${body.id}`)).body).toEqual(shown);
    expect((await request('DELETE', `/Event/Subscription/${body.id}`)).status).toBe(204);
    expect((await request('GET', `/Event/Subscription/${body.id}`)).status).toBe(404);
    expect((await request('DELETE', `/Event/Subscription/${body.id}`)).status).toBe(404);
  });

  test('gets every event, with the secret header and the version as sent', async () => {
    const { tenant, request } = await openAccount();
    const wanted = { accountHashId: tenant.id, url: receiver.url, apiVersion: 3, security: SECURITY };
    expect((await request('POST', '/Event/Subscription', wanted)).status).toBe(201);
    const event = { id: 'evt_one', type: 'Client.Create', data: { clientHashId: 'cli_1' } };
    await tenant.publish({ ...event, occurred_at: OCCURRED_AT });
    const [seen] = await receiver.waitFor(1);
    expect(seen?.headers['x-callback-key']).toBe(SECURITY.header.value);
    expect(JSON.parse(seen?.body ?? '')).toEqual(arkenEnvelope(event, tenant.id, '3'));
  });

  test('takes OpenID Connect credentials, and a key as a bearer', async () => {
    const tenant = await createTenant('arken');
    const openIdConnect = { tokenUrl: 'https://id.example.com/token', clientId: 'c', clientSecret: 's' };
    const wanted = { accountHashId: tenant.id, url: URL, apiVersion: null, security: { openIdConnect } };
    const created = await expectCall(201, 'POST', '/Event/Subscription', tenant.key, wanted);
    expect(created).toMatchObject({ accountHashId: tenant.id, apiVersion: null });
    const asOperator = `/Event/Subscription/${created.id}?accountHashId=${tenant.id}`;
    expect(await expectCall(200, 'GET', asOperator, operatorKey)).toEqual(created);
  });

  test.each([
    [{ url: 'ftp://example.com' }, 'url'],
    [{ security: { header: { name: 'Host', value: 'x' } } }, 'security.header'],
    [{ security: undefined }, 'security'],
    [{ apiVersion: 'x'.repeat(33) }, 'apiVersion'],
    [{ colour: 'red' }, 'colour'],
  ])('%j is refused by the name that was sent', async (change, path) => {
    const { tenant, request } = await openAccount();
    const wanted = { accountHashId: tenant.id, url: URL, security: SECURITY, ...change };
    const { status, body } = await request('POST', '/Event/Subscription', wanted);
    expect([status, (body as ProblemBody).errors?.[0]?.path]).toEqual([422, path]);
    expect(body.detail).toContain(path);
  });

  test("of another's account is not there", async () => {
    const [one, two] = [await openAccount(), await openAccount()];
    const wanted = { accountHashId: one.tenant.id, url: URL, security: SECURITY };
    const { body } = await one.request('POST', '/Event/Subscription', wanted);
    const others = [
      await two.request('POST', '/Event/Subscription', wanted),
      await two.request('GET', `/Event/Subscription/${body.id}`),
      await two.request('GET', `/Event/Subscription?accountHashId=${one.tenant.id}`),
      await two.request('DELETE', `/Event/Subscription/${body.id}`),
    ];
    expect(others.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  });
});

describe('/Event', () => {
  test('shows missed events as they would have been sent, by time, category and type', async () => {
    const { tenant, request } = await openAccount();
    const since = new Date(Date.now() - 60_000).toISOString();
    const events = [
      { id: 'evt_1', type: 'Client.Create', data: { clientHashId: 'cli_1' } },
      {
        id: 'evt_2',
        type: 'FileStore.Upload',
        data: {
          documentHashId: 'doc_1',
          callback: { method: 'GET', url: 'https://api.example.com/Document/doc_1' },
        },
      },
      { id: 'evt_3', type: 'Client.Delete', data: { clientHashId: 'cli_1' } },
    ];
    for (const event of events) await tenant.publish({ ...event, occurred_at: OCCURRED_AT });
    await eventually(async () => {
      const { body } = await request('GET', '/Event');
      return body.events.length === 3 || undefined;
    });
    const ids = async (query: string) => {
      const { status, body } = await request('GET', `/Event?${query}`);
      return [status, ...body.events.map((event: { eventId: string }) => event.eventId).sort()];
    };
    expect(await ids(`from=${since}&to=&category=&type=&cursor=`)).toEqual([200, 'evt_1', 'evt_2', 'evt_3']);
    expect(await ids(`to=${since}`)).toEqual([200]);
    expect(await ids('category=Client')).toEqual([200, 'evt_1', 'evt_3']);
    expect(await ids('type=Upload')).toEqual([200, 'evt_2']);
    expect(await ids('category=Client&type=Delete')).toEqual([200, 'evt_3']);
    const first = (await request('GET', '/Event?limit=2')).body;
    const rest = (await request('GET', `/Event?limit=2&cursor=${first.next_cursor}`)).body;
    expect([...first.events, ...rest.events]).toHaveLength(3);
    const upload = events[1] as (typeof events)[number];
    expect(await request('GET', '/Event/evt_2')).toEqual({
      status: 200,
      body: arkenEnvelope(upload, tenant.id),
    });
    expect((await request('GET', '/Event/evt_9')).status).toBe(404);
  });

  test('is for keys of its account', async () => {
    const { tenant } = await openAccount();
    const publishKey = (await makeKey(tenant, 'publish')).key;
    const other = await createTenant('arken');
    await tenant.publish({ id: 'evt_1', type: 'Client.Create', data: {} });
    const statuses = await Promise.all([
      call('GET', '/Event', 'no such key'),
      call('GET', '/Event', publishKey),
      call('POST', '/Event/Subscription', publishKey, {}),
      call('GET', '/Event/evt_1', other.key),
      call('GET', '/Event', operatorKey),
      call('PATCH', '/Event/evt_1', tenant.key),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([401, 403, 403, 404, 422, 405]);
    expect(statuses[4]?.body.errors).toMatchObject([{ path: 'accountHashId' }]);
  });
});
