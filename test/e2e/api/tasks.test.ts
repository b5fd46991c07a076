import { beforeAll, describe, expect, test } from '@jest/globals';
import { call, callWith, createTenant, expectCall, type TestTenant } from '../platform.ts';
import { awaitTask, type ShownTask, startTask } from '../tasks.ts';

const CALLS = ['recover', 'send-missed'] as const;
const since = '2026-01-15T12:30:00Z';
let tenant: TestTenant;
let endpoint: { id: string };

beforeAll(async () => {
  tenant = await createTenant('standard');
  endpoint = await tenant.createEndpoint({ url: 'https://example.com/hook' });
});

describe.each(CALLS)('%s', (task) => {
  const path = () => `/v1/webhooks/${endpoint.id}/${task}`;

  test.each([
    [{}, 'since'],
    [{ since: 'yesterday' }, 'since'],
    [{ since: '2026-01-15' }, 'since'],
    [{ since: '2999-01-01T00:00:00Z' }, 'since'],
    [{ since, until: since }, 'since'],
    [{ since, until: '2026-01-01T00:00:00+01:00' }, 'since'],
    [{ since, until: '2999-01-01T00:00:00Z' }, 'until'],
    [{ since, limit: 5 }, 'limit'],
  ])('%j is refused', async (body, place) => {
    const { status, body: problem } = await call('POST', path(), tenant.key, body);
    expect([status, (problem.errors as { path: string }[])[0]!.path]).toEqual([422, place]);
  });

  test('of a disabled endpoint is refused', async () => {
    const off = await tenant.createEndpoint({ url: 'https://example.com/hook', active: false });
    const answer = await call('POST', `/v1/webhooks/${off.id}/${task}`, tenant.key, { since });
    expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
    expect(answer.body.detail).toMatch(/disabled: enable it/);
  });

  test('is refused for arken, with the reason', async () => {
    const arken = await createTenant('arken');
    const auth = { header: { name: 'X-Callback', value: 'secret-value' } };
    const { id } = await arken.createEndpoint({ url: 'https://example.com/hook', auth });
    const answer = await call('POST', `/v1/webhooks/${id}/${task}`, arken.key, { since });
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toMatch(/GET \/Event/);
  });

  test('with an Idempotency-Key starts one task', async () => {
    const headers = { 'idempotency-key': `${task}-${Date.now()}` };
    const answers = [];
    for (let n = 0; n < 2; n++) answers.push(await callWith(headers, 'POST', path(), tenant.key, { since }));
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(answers[1]!.body.id).toBe(answers[0]!.body.id);
  });

  test('of nothing is done, with nothing left', async () => {
    const { id } = await startTask(tenant, endpoint.id, task, { since, until: '2026-01-16T00:00:00Z' });
    expect(await awaitTask(tenant, id)).toMatchObject({
      kind: task.replace('-', '_'),
      webhook_id: endpoint.id,
      since,
      until: '2026-01-16T00:00:00Z',
      status: 'done',
      done: 0,
      left: 0,
      failed: 0,
    });
  });
});

test('tasks are listed, newest first, and by endpoint', async () => {
  const other = await tenant.createEndpoint({ url: 'https://example.com/hook' });
  const started = [];
  for (const { id } of [other, endpoint, other])
    started.push(await startTask(tenant, id, 'recover', { since }));
  const list = async (query: string) =>
    (await expectCall<{ tasks: ShownTask[] }>(200, 'GET', `/v1/tasks${query}`, tenant.key)).tasks;
  expect((await list('?limit=3')).map(({ id }) => id)).toEqual(started.map(({ id }) => id).toReversed());
  expect((await list(`?webhook_id=${other.id}`)).map(({ id }) => id)).toEqual([
    started[2]!.id,
    started[0]!.id,
  ]);

  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = `?limit=2${cursor && `&cursor=${cursor}`}`;
    const page = await expectCall<{ tasks: ShownTask[]; next_cursor: string | null }>(
      200,
      'GET',
      `/v1/tasks${query}`,
      tenant.key,
    );
    seen.push(...page.tasks.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(seen).toEqual((await list('?limit=100')).map(({ id }) => id));
});

test("another tenant's task and endpoint are not found", async () => {
  const { id } = await startTask(tenant, endpoint.id, 'recover', { since });
  const other = await createTenant('standard');
  expect((await call('GET', `/v1/tasks/${id}`, other.key)).status).toBe(404);
  expect((await call('GET', '/v1/tasks/task_nothing', tenant.key)).status).toBe(404);
  for (const task of CALLS) {
    const path = `/v1/webhooks/${endpoint.id}/${task}`;
    expect((await call('POST', path, other.key, { since })).status).toBe(404);
  }
  expect(await expectCall(200, 'GET', '/v1/tasks', other.key)).toEqual({ tasks: [], next_cursor: null });
});
