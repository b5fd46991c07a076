import { DeleteObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { call, callWith, createTenant, eventually, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import { callBack, connectBucket, type FileNotice, type Listener, startListener } from './bucket.ts';

const bucket = connectBucket();
const { operatorKey } = readOutputs();
let listener: Listener;
let first: FileNotice['data'];

interface Location {
  readonly url: string;
  readonly expiresAt: string;
}

const locate = (hashId: string, query = '', key = listener.tenant.key) =>
  call<Location & { code?: string }>('GET', `/Document/${hashId}/Location${query}`, key);

beforeAll(async () => {
  listener = await startListener();
  await bucket.put(`${listener.tenant.id}/folder/report.txt`, 'first', 'text/plain');
  first = ((await listener.notices(1)) as [FileNotice])[0].data;
});

afterAll(async () => {
  bucket.close();
  await listener?.receiver.close();
});

test('a part of the bytes can be asked for, so that a download that broke off goes on', async () => {
  const { body } = await locate(first.documentHashId, `?version=${first.version}`);
  const response = await fetch(body.url, { headers: { range: 'bytes=2-' } });
  expect([response.status, await response.text()]).toEqual([206, 'rst']);
});

test("another tenant's document is not there, nor is one that never was", async () => {
  const stranger = await createTenant('arken');
  for (const hashId of [first.documentHashId, `doc_${'a'.repeat(27)}`, 'nonsense', '%F0%9F%98%80']) {
    for (const rest of ['', '/Location']) {
      const { status, body } = await call('GET', `/Document/${hashId}${rest}`, stranger.key);
      expect([status, body.code]).toEqual([404, 'not_found']);
    }
  }
  const asOperator = `/Document/${first.documentHashId}?accountHashId=${stranger.id}`;
  expect((await call('GET', asOperator, operatorKey)).status).toBe(404);
  const own = `/Document/${first.documentHashId}?accountHashId=${listener.tenant.id}`;
  expect((await call('GET', own, operatorKey)).status).toBe(200);
});

test('the hash id tells nothing of the path, and fits into 32 characters of a URL', () => {
  expect(first.documentHashId).toMatch(/^[A-Za-z0-9_-]{26,32}$/);
});

test.each([
  ['?expiresIn=60', 60],
  ['', 300],
  ['?expiresIn=900', 900],
])('a link with %j lives for %i seconds', async (query, seconds) => {
  const before = Math.floor(Date.now() / 1000);
  const { status, body } = await locate(first.documentHashId, query);
  expect(status).toBe(200);
  const ends = Date.parse(body.expiresAt) / 1000;
  expect(ends).toBeGreaterThanOrEqual(before + seconds);
  expect(ends).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + seconds);
  expect(new URL(body.url).searchParams.get('X-Amz-Expires')).toBe(String(seconds));
});

test.each(['?expiresIn=59', '?expiresIn=901', '?expiresIn=1e2', '?expiresIn=', '?seconds=60'])(
  'a link with %j is refused',
  async (query) => {
    expect((await locate(first.documentHashId, query)).status).toBe(422);
  },
);

test('links that expired, were tampered with, or lost their signature are refused', async () => {
  const { body } = await locate(first.documentHashId);
  expect(await (await fetch(body.url)).text()).toBe('first');
  const changed = (change: (url: URL) => void) => {
    const url = new URL(body.url);
    change(url);
    return url;
  };
  const { searchParams } = new URL(body.url);
  const signature = searchParams.get('X-Amz-Signature') ?? '';
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString().replace(/[-:]|\.\d+/g, '');
  const tampered = [
    changed((url) => url.searchParams.set('X-Amz-Date', hourAgo)),
    changed((url) => url.searchParams.set('X-Amz-Expires', '86400')),
    changed((url) =>
      url.searchParams.set(
        'X-Amz-Signature',
        `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`,
      ),
    ),
    changed((url) => url.searchParams.set('response-content-disposition', 'inline')),
    changed((url) => url.searchParams.set('versionId', 'another')),
    changed((url) => {
      url.pathname = url.pathname.replace('report.txt', 'other.txt');
    }),
  ];
  for (const url of tampered) expect([url.search, (await fetch(url)).status]).toEqual([url.search, 403]);
  const lasts = await locate(first.documentHashId, '?expiresIn=60');
  const put = await fetch(lasts.body.url, { method: 'PUT', body: 'other' });
  expect(put.status).toBe(403);
});

test('a link that was signed well, and has expired, is refused', async () => {
  const Key = `${listener.tenant.id}/folder/report.txt`;
  const command = new GetObjectCommand({ Bucket: bucket.bucket, Key });
  const sign = (minutesAgo: number) =>
    getSignedUrl(bucket.s3, command, {
      expiresIn: 60,
      signingDate: new Date(Date.now() - minutesAgo * 60_000),
    });
  expect((await fetch(await sign(0))).status).toBe(200);
  const late = await fetch(await sign(2));
  expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('expired')]);
});

test('a new version is a new upload of the same document; each version can be pulled by its name', async () => {
  const own = await startListener();
  const Key = `${own.tenant.id}/changing.txt`;
  await bucket.put(Key, 'one');
  await own.notices(1);
  await bucket.put(Key, 'second');
  const [one, two] = (await own.notices(2)).map(({ data }) => data) as [
    FileNotice['data'],
    FileNotice['data'],
  ];
  expect(two.documentHashId).toBe(one.documentHashId);
  expect([one.size, two.size]).toEqual([3, 6]);
  const { key } = own.tenant;
  const latest = await expectCall<{ version: string }>(200, 'GET', `/Document/${one.documentHashId}`, key);
  expect(latest.version).toBe(two.version);
  expect((await callBack(one.callback.url, key)).body).toMatchObject({ size: 3, version: one.version });
  const { body } = await locate(one.documentHashId, `?version=${one.version}`, key);
  expect(await (await fetch(body.url)).text()).toBe('one');
  expect((await locate(one.documentHashId, '?version=never', key)).status).toBe(404);
  await own.receiver.close();
});

test('a deleted document is gone, and comes back under its id with the next upload', async () => {
  const own = await startListener();
  const { key, id } = own.tenant;
  const Key = `${id}/short-lived.txt`;
  await bucket.put(Key, 'one');
  const [{ data }] = (await own.notices(1)) as [FileNotice];
  await bucket.s3.send(new DeleteObjectCommand({ Bucket: bucket.bucket, Key }));
  const path = `/Document/${data.documentHashId}`;
  const problem = await eventually(async () => {
    const answer = await call('GET', path, key);
    return answer.status === 410 ? answer.body : undefined;
  });
  expect(problem).toMatchObject({ code: 'gone' });
  expect((await locate(data.documentHashId, '', key)).status).toBe(410);
  const listed = () => expectCall<{ documents: unknown[] }>(200, 'GET', '/v1/documents', key);
  expect((await listed()).documents).toEqual([]);
  await bucket.put(Key, 'again');
  const [, again] = (await own.notices(2)) as [FileNotice, FileNotice];
  expect(again.data.documentHashId).toBe(data.documentHashId);
  expect((await call('GET', path, key)).status).toBe(200);
  expect((await listed()).documents).toHaveLength(1);
  await own.receiver.close();
});

test('a version that is removed for good is gone; the one before it is the latest again', async () => {
  const own = await startListener();
  const { key, id } = own.tenant;
  const Key = `${id}/removed.txt`;
  const one = await bucket.put(Key, 'one');
  const [{ data }] = (await own.notices(1)) as [FileNotice];
  const two = await bucket.put(Key, 'second');
  await own.notices(2);
  await bucket.s3.send(new DeleteObjectCommand({ Bucket: bucket.bucket, Key, VersionId: two }));
  const path = `/Document/${data.documentHashId}`;
  const latest = await eventually(async () => {
    const { version } = await expectCall<{ version: string }>(200, 'GET', path, key);
    return version === one ? version : undefined;
  });
  expect(latest).toBe(one);
  expect((await call('GET', `${path}?version=${two}`, key)).status).toBe(410);
  await bucket.s3.send(new DeleteObjectCommand({ Bucket: bucket.bucket, Key, VersionId: one }));
  await eventually(async () => (await call('GET', path, key)).status === 410 || undefined);
  await own.receiver.close();
});

test('nothing is given out for a disabled tenant, not even to the operator', async () => {
  const tenant = await createTenant('standard');
  await expectCall(200, 'PATCH', `/v1/tenants/${tenant.id}`, operatorKey, { status: 'disabled' });
  const body = { tenant_id: tenant.id, path: 'a.txt' };
  const answer = await callWith({}, 'POST', '/v1/documents', operatorKey, body);
  expect([answer.status, answer.body.code]).toEqual([403, 'tenant_disabled']);
});

test('a wrong method is told apart from a path that nobody serves', async () => {
  const { key } = listener.tenant;
  const wrong = await call('DELETE', `/Document/${first.documentHashId}`, key);
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET']);
  expect((await call('PUT', '/v1/documents', key)).headers.get('allow')).toBe('GET, POST');
  expect((await call('GET', `/Document/${first.documentHashId}/Nothing`, key)).status).toBe(404);
});
