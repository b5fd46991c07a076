import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { fromItem } from '../../../lambdas/adapters/endpoint-items.ts';
import { handler } from '../../../lambdas/manage.ts';
import { callApi } from '../api.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory, tenantItem } from '../fake-directory.ts';

let aws: FakeAws;
beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  const directory = new FakeDirectory(aws);
  for (const dialect of ['standard', 'arky']) directory.put(tenantItem(dialect, dialect));
});
afterAll(() => aws.close());

const create = (settings: object, tenant = 'standard') =>
  callApi(handler, 'POST', '/v1/webhooks', {
    tenant_id: tenant,
    url: 'https://receiver.example/hooks',
    ...settings,
  });

async function made(settings: object) {
  const { status, body } = await create(settings);
  expect(status).toBe(201);
  const at = (method: string, patch?: unknown) =>
    callApi(handler, method, `/v1/webhooks/${body.id}?tenant_id=standard`, patch);
  return { created: body, patch: (patch: unknown) => at('PATCH', patch), read: () => at('GET') };
}

describe('timeout', () => {
  test.each([1, 2.5, 15])('may be %f seconds', async (timeout) => {
    const { created, read } = await made({ timeout });
    expect([created.timeout, (await read()).body.timeout]).toEqual([timeout, timeout]);
  });

  test('is kept to the millisecond', async () => {
    expect((await made({ timeout: 1.23456 })).created.timeout).toBe(1.235);
  });

  test('is kept by a patch without it, changed by one with it, and removed by null', async () => {
    const { patch, read } = await made({ timeout: 3 });
    expect((await patch({ description: 'x' })).body.timeout).toBe(3);
    expect((await patch({ timeout: 4 })).body.timeout).toBe(4);
    expect((await patch({ timeout: null })).body).not.toHaveProperty('timeout');
    expect((await read()).body).not.toHaveProperty('timeout');
  });

  test.each([
    ['standard', 15.001, 'endpoints of the standard dialect have 1 to 15 seconds'],
    ['arky', 6, 'endpoints of the arky dialect have 1 to 5 seconds'],
    ['arky', 0.999, '>=1'],
    ['arky', -1, '>=1'],
    ['arky', '3', 'expected number'],
  ])("%s's %j is refused, with what would be accepted", async (tenant, timeout, words) => {
    const { status, body, paths } = await create({ timeout }, tenant);
    expect([status, body.code, paths]).toEqual([422, 'invalid_request', ['timeout']]);
    expect(body.detail).toContain(JSON.stringify(timeout));
    expect(body.detail).toContain(words);
  });
});

describe('alerts', () => {
  const five = ['a@b.example', 'c@d.example', 'e+f@g.example', 'h@i.example', 'j@k.example'];

  test('name one address or up to five, and are shown as a list', async () => {
    const { created } = await made({ alerts: { email: 'ops@example.com' } });
    expect(created.alerts).toEqual({ email: ['ops@example.com'], status: 'no_sender' });
    const { read } = await made({ alerts: { email: five } });
    expect((await read()).body.alerts).toEqual({ email: five, status: 'no_sender' });
  });

  test('stand in the item as they are, for whoever sends the mails', async () => {
    await made({ alerts: { email: 'ops@example.com' } });
    const [{ Put }] = aws.inputsOf('TransactWriteItems')[0].TransactItems;
    expect(fromItem(Put.Item).alertEmails).toEqual(['ops@example.com']);
  });

  test('are kept by a patch without them, changed by one with them, and removed by either null', async () => {
    const { patch } = await made({ alerts: { email: 'ops@example.com' } });
    expect((await patch({ description: 'x' })).body.alerts).toEqual({
      email: ['ops@example.com'],
      status: 'no_sender',
    });
    expect((await patch({ alerts: {} })).body.alerts).toEqual({
      email: ['ops@example.com'],
      status: 'no_sender',
    });
    expect((await patch({ alerts: { email: five } })).body.alerts).toEqual({
      email: five,
      status: 'no_sender',
    });
    expect((await patch({ alerts: { email: null } })).body).not.toHaveProperty('alerts');
    expect((await patch({ alerts: { email: 'ops@example.com' } })).body).toHaveProperty('alerts');
    expect((await patch({ alerts: null })).body).not.toHaveProperty('alerts');
  });

  test.each([
    [{ email: 'ops' }, 'alerts.email'],
    [{ email: '' }, 'alerts.email'],
    [{ email: [] }, 'alerts.email'],
    [{ email: [...five, 'l@m.example'] }, 'alerts.email'],
    [{ email: ['ops@example.com', 7] }, 'alerts.email'],
    [{ email: 'ops@example.com\r\nBcc: everybody@example.com' }, 'alerts.email'],
    [{ email: 'Ops <ops@example.com>' }, 'alerts.email'],
    [{ email: `ops@${'x'.repeat(250)}.example` }, 'alerts.email'],
    [{ sms: '1' }, 'alerts.sms'],
    ['ops@example.com', 'alerts'],
  ])('%j is refused', async (alerts, path) => {
    const { status, body, paths } = await create({ alerts });
    expect([status, body.code, paths]).toEqual([422, 'invalid_request', [path]]);
  });
});
