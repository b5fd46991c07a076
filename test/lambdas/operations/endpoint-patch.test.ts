import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { handler } from '../../../lambdas/manage.ts';
import { settingsSchema } from '../../../lambdas/operations/endpoint-settings.ts';
import { callApi } from '../api.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory, tenantItem } from '../fake-directory.ts';

/** Everything that may be set of a standard endpoint at once, and cannot be derived from the rest. */
const SETTINGS = {
  url: 'https://receiver.example/hooks',
  events: ['order.*'],
  active: false,
  filters: { 'order.currency': ['USD'], region: ['eu'] },
  description: 'Orders',
  metadata: { team: 'ledger', stage: 'test' },
  headers: { 'X-Team': 'ledger', 'X-Stage': 'test' },
  api_version: '1',
  timeout: 5,
  rate_limit: { per_second: 1.5, concurrent: 2 },
  alerts: { email: ['ops@example.com'] },
};
/** `secret` is in no later answer; `auth` is of another dialect; the other two do not change. */
const ELSEWHERE = ['secret', 'auth', 'signing', 'operational'];

let aws: FakeAws;
beforeAll(async () => {
  aws = await startFakeAws();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  new FakeDirectory(aws).put(tenantItem('standard', 'standard'));
});
afterAll(() => aws.close());

async function made() {
  const { body } = await callApi(handler, 'POST', '/v1/webhooks', { tenant_id: 'standard', ...SETTINGS });
  const path = `/v1/webhooks/${body.id}?tenant_id=standard`;
  const { secret: _, ...created } = body;
  return { created, patch: (patch: object) => callApi(handler, 'PATCH', path, patch) };
}

test('every setting is patched here, or known to be elsewhere', () => {
  expect(Object.keys(settingsSchema.shape).sort()).toEqual([...Object.keys(SETTINGS), ...ELSEWHERE].sort());
});

test('a patch keeps what it does not name', async () => {
  const { created, patch } = await made();
  const { status, body } = await patch({});
  expect([status, { ...body, updated_at: created.updated_at }]).toEqual([200, created]);
});

test.each(['filters', 'metadata', 'headers'] as const)(
  'null removes one of the %s, and the others stay',
  async (name) => {
    const { created, patch } = await made();
    const [first = '', second = ''] = Object.keys(SETTINGS[name]);
    const { body } = await patch({ [name]: { [first]: null } });
    expect(body[name]).toEqual({ [second]: created[name][second] });
  },
);

test.each(['url', 'events', 'active', 'secret', 'signing'])(
  '%s cannot be removed, and the refusal says what to send',
  async (name) => {
    const { patch } = await made();
    const { status, body, paths } = await patch({ [name]: null });
    expect([status, paths]).toEqual([422, [name]]);
    expect(body.detail).toMatch(/cannot be removed: leave it out, or send/);
  },
);

test.each([
  'filters',
  'description',
  'metadata',
  'headers',
  'api_version',
  'timeout',
  'alerts',
  'rate_limit',
])('null removes %s, and nothing else', async (name) => {
  const { created, patch } = await made();
  const { [name]: _, ...rest } = created;
  const { body } = await patch({ [name]: null });
  expect({ ...body, updated_at: created.updated_at }).toEqual(rest);
});
