import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { handler } from '../../../lambdas/publish.ts';
import { callApi } from '../api.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory, tenantItem } from '../fake-directory.ts';

let aws: FakeAws;
let logged: string[];

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  new FakeDirectory(aws).put(tenantItem('ten_1', 'standard'));
  logged = [];
  jest.spyOn(console, 'error').mockImplementation((line) => void logged.push(String(line)));
});
afterEach(() => {
  jest.restoreAllMocks();
  expect(logged).toEqual([]);
});
afterAll(() => aws.close());

const EVENT = { tenant_id: 'ten_1', type: 'order.paid', data: {} };
const publish = (fields: object) => callApi(handler, 'POST', '/v1/events', { ...EVENT, ...fields });
const publishText = (text: string) => callApi(handler, 'POST', '/v1/events', text);
/** The items that were put, with their texts. */
const stored = () => aws.inputsOf('PutItem').map(({ Item }) => Item);

test('an unknown tenant is named by its path, alone and in a batch', async () => {
  const one = await publish({ tenant_id: 'ten_2' });
  expect([one.status, one.body.code, one.paths]).toEqual([404, 'not_found', ['tenant_id']]);
  const { body } = await publishText(JSON.stringify({ events: [EVENT, { ...EVENT, tenant_id: 'ten_2' }] }));
  expect(body.results).toMatchObject([
    { status: 202 },
    { status: 404, error: { code: 'not_found', path: 'events[1].tenant_id' } },
  ]);
});

test('an event that is published alone goes on with the trace of its caller, and each of a batch has one of its own', async () => {
  process.env.TRACE_SAMPLING = '100';
  jest.spyOn(console, 'info').mockReturnValue();
  const traceId = '1-5759e988-bd862e3fe1be46a994272793';
  const headers = { 'x-amzn-trace-id': `Root=${traceId}` };
  await callApi(handler, 'POST', '/v1/events', EVENT, headers);
  await callApi(handler, 'POST', '/v1/events', { events: [EVENT, EVENT] }, headers);
  delete process.env.TRACE_SAMPLING;
  const segments = aws.inputsOf('POST /TraceSegments').flatMap((call) => call.TraceSegmentDocuments);
  const [alone, ...batch] = segments.map((text: string) => JSON.parse(text).trace_id);
  expect(alone).toBe(traceId);
  expect(batch).toHaveLength(2);
  expect(new Set([traceId, ...batch]).size).toBe(3);
});

describe('occurred_at', () => {
  test.each([
    '9999-12-31T23:59:59-23:59',
    '9999-12-31T23:59:59.999-00:01',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+00:01',
    '0000-01-01T00:00:00Z',
  ])('%s is refused', async (occurred_at) => {
    const { status, body, paths } = await publish({ occurred_at });
    expect([status, paths]).toEqual([422, ['occurred_at']]);
    expect(body.detail).toBe(`occurred_at is "${occurred_at}": must lie between 1970 and 9999 in UTC.`);
  });

  test.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:00-00:01', 0],
    ['9999-12-31T23:59:59.999Z', 253402300799999],
  ])('%s is taken', async (occurred_at, ms) => {
    expect((await publish({ occurred_at })).status).toBe(202);
    expect(stored()).toMatchObject([{ o: { N: String(ms) } }]);
  });
});

test('data keeps half of a surrogate pair and a key __proto__, as text', async () => {
  const data = '{"a":"\\ud800","\\udc00":1,"__proto__":{"b":1}}';
  const { status } = await publishText(`{"tenant_id":"ten_1","type":"order.paid","data":${data}}`);
  expect(status).toBe(202);
  expect(stored()).toMatchObject([{ d: { S: data } }]);
});

test.each([
  ['{"tenant_id":"ten_1","type":"a","data":{},"__proto__":{"id":"x"}}', '__proto__'],
  ['{"tenant_id":"ten_1","type":{"__proto__":1},"data":{}}', 'type.__proto__'],
])('%s is refused', async (text, path) => {
  expect(await publishText(text)).toMatchObject({ status: 422, paths: [path] });
});

test('an entry that is nested too deeply fails alone', async () => {
  const deep = '['.repeat(9_000) + ']'.repeat(9_000);
  const entries = [
    '{"tenant_id":"ten_1","type":"a","data":{}}',
    `{"tenant_id":"ten_1","type":${deep},"data":{}}`,
    `{"tenant_id":"ten_1","type":"a","data":{"a":${deep}}}`,
    `{"tenant_id":"ten_1","type":"a","data":${'{"a":'.repeat(99)}{}${'}'.repeat(99)}}`,
  ];
  const { body } = await publishText(`{"events":[${entries.join(',')}]}`);
  expect(body.results.map(({ status }: { status: number }) => status)).toEqual([202, 400, 400, 202]);
});

test('what is said of faults does not grow with what was sent', async () => {
  const long = 'k'.repeat(15_000);
  const entries = [
    ...Array(50).fill(`{"tenant_id":"ten_1","type":"a","data":{},"${long}":1,"id":"${long}"}`),
    ...Array(50).fill(`{"tenant_id":"ten_1","type":"a","data":{"${long}":1e400},"id":"${long}"}`),
  ];
  const { status, body } = await publishText(`{"events":[${entries.join(',')}]}`);
  expect([status, body.results.length]).toEqual([202, 100]);
  expect(JSON.stringify(body).length).toBeLessThan(100_000);
});

describe('an Idempotency-Key', () => {
  const withKey = async (key: string, body: object) => {
    const answer = await callApi(handler, 'POST', '/v1/events', body, { 'idempotency-key': key });
    return { ...answer, ids: (answer.body.results ?? [answer.body]).map(({ id }: { id?: string }) => id) };
  };

  test('makes the id that an event has not, the same each time, and another for another key', async () => {
    const first = await withKey('k1', EVENT);
    const again = await withKey('k1', EVENT);
    const other = await withKey('k2', EVENT);
    expect(first.ids).toEqual([expect.stringMatching(/^msg_[\w-]{22}$/)]);
    expect(again.ids).toEqual(first.ids);
    expect(other.ids).not.toEqual(first.ids);
  });

  test('makes ids by the place in a batch, and none for an event that has one', async () => {
    const { ids } = await withKey('k1', { events: [EVENT, EVENT, { ...EVENT, id: 'mine' }] });
    expect(new Set(ids).size).toBe(3);
    expect(ids[2]).toBe('mine');
    expect((await withKey('k1', { ...EVENT, id: 'mine' })).ids).toEqual(['mine']);
  });

  test('that is none is refused', async () => {
    const { status, paths, body } = await withKey('a b', EVENT);
    expect([status, paths]).toEqual([422, ['Idempotency-Key']]);
    expect(body.detail).toContain('"a b"');
    expect(stored()).toEqual([]);
  });
});
