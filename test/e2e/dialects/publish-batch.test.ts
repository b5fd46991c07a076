import { call, createTenant, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import { type BatchResult, type ProblemBody, pathsOf, publishBatch } from './api.ts';
import { mixedBatch } from './mixed-batch.ts';

const entry = (n: number) => ({ id: `evt_${n}`, type: 'order.paid', data: { n } });

describe('a batch', () => {
  test('of a hundred with entries of all kinds answers each by itself, and stores what it took', async () => {
    const tenant = await createTenant('arky');
    await tenant.publish(entry(0));
    const { entries, results } = mixedBatch(entry);
    const { status, body } = await publishBatch(tenant.key, entries);
    expect(status).toBe(202);
    expect(body.results).toMatchObject(results as BatchResult[]);

    const read = (i: number) => call('GET', `/v1/events/evt_${i}`, tenant.key);
    expect(await Promise.all([0, 1, 49, 98].map(async (i) => (await read(i)).body.data))).toEqual(
      [0, 1, 49, 98].map((n) => ({ n })),
    );
    const refused = await Promise.all([20, 50, 99].map(read));
    expect(refused.map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  test('with one id twice takes the first: the second is its echo, or its conflict', async () => {
    const tenant = await createTenant('standard');
    const { body } = await publishBatch(tenant.key, [
      entry(1),
      entry(1),
      { ...entry(1), data: {} },
      entry(2),
    ]);
    expect(body.results.map(({ status, id }) => [status, id])).toEqual([
      [202, 'evt_1'],
      [202, 'evt_1'],
      [409, 'evt_1'],
      [202, 'evt_2'],
    ]);
    expect(await expectCall(200, 'GET', '/v1/events/evt_1', tenant.key)).toMatchObject({ data: { n: 1 } });
  });

  test('sent again is taken again', async () => {
    const tenant = await createTenant('standard');
    const events = Array.from({ length: 5 }, (_, i) => entry(i));
    const first = await publishBatch(tenant.key, events);
    const second = await publishBatch(tenant.key, [...events, entry(5)]);
    expect(first.body.results.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    expect(second.body.results.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 202]);
  });

  test.each([
    ['101 entries', { events: Array.from({ length: 101 }, (_, i) => entry(i)) }, 'events'],
    ['no entry', { events: [] }, 'events'],
    ['no list', { events: entry(0) }, 'events'],
    ['a member beside its entries', { events: [entry(0)], tenant_id: 'x' }, 'tenant_id'],
  ])('with %s is refused as a whole', async (_what, body, path) => {
    const tenant = await createTenant('standard');
    const refused = await call<ProblemBody>('POST', '/v1/events', tenant.key, body);
    expect([refused.status, pathsOf(refused)]).toEqual([422, [path]]);
    expect((await call('GET', '/v1/events/evt_0', tenant.key)).status).toBe(404);
  });

  test('of the operator may hold events of several tenants, of several dialects', async () => {
    const [arky, standard] = await Promise.all([createTenant('arky'), createTenant('standard')]);
    const { operatorKey } = readOutputs();
    const { body } = await publishBatch(operatorKey, [
      { ...entry(1), tenant_id: arky.id },
      { ...entry(1), tenant_id: standard.id },
      { ...entry(1), tenant_id: arky.id, type: 'own.type' },
      { ...entry(1), tenant_id: 'nobody' },
      entry(1),
    ]);
    expect(body.results.map(({ status, error }) => [status, error?.path])).toEqual([
      [202, undefined],
      [202, undefined],
      [422, 'events[2].type'],
      [404, 'events[3].tenant_id'],
      [422, 'events[4].tenant_id'],
    ]);
  });
});
