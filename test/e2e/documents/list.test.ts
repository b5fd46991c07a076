import { call, createTenant, eventually, expectCall } from '../platform.ts';
import { connectBucket } from './bucket.ts';

const bucket = connectBucket();
afterAll(() => bucket.close());

test('documents are listed by time and by path, page by page', async () => {
  const tenant = await createTenant('standard');
  const paths = ['a/1.txt', 'a/2.txt', 'b/1.txt', 'b/2.txt', 'b/é.txt'];
  for (const path of paths) await bucket.put(`${tenant.id}/${path}`, path);
  type Page = { documents: { path: string; uploaded_at: string }[]; next_cursor: string | null };
  const list = (query = '') => expectCall<Page>(200, 'GET', `/v1/documents${query}`, tenant.key);
  await eventually(async () => (await list()).documents.length === paths.length || undefined);
  const all = async (query: string) => {
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await list(`?limit=2${query}${cursor}`);
      seen.push(...page.documents.map(({ path }) => path));
      if (page.next_cursor === null) return seen;
      cursor = `&cursor=${page.next_cursor}`;
    }
  };
  const times = (await list()).documents.map(({ uploaded_at }) => uploaded_at);
  expect(times).toEqual(times.toSorted().reverse());
  expect((await all('')).sort()).toEqual(paths);
  expect(await all('&prefix=a/')).toEqual(['a/1.txt', 'a/2.txt']);
  expect(await all('&prefix=b/')).toEqual(['b/1.txt', 'b/2.txt', 'b/é.txt']);
  expect(await all('&prefix=c')).toEqual([]);
  const later = new Date(Date.now() + 60_000).toISOString();
  for (const prefix of ['', '&prefix=a/']) {
    expect(await all(`&from=${later}${prefix}`)).toEqual([]);
    expect(await all(`&to=2026-01-01T00:00:00Z${prefix}`)).toEqual([]);
  }
  const { next_cursor } = await list('?limit=1&prefix=a/');
  const mixedUp = `from=${later}&to=2026-01-01T00:00:00Z`;
  for (const query of [
    `prefix=b/&cursor=${next_cursor}`,
    `cursor=${next_cursor}`,
    mixedUp,
    `prefix=a/&${mixedUp}`,
  ]) {
    expect((await call('GET', `/v1/documents?${query}`, tenant.key)).status).toBe(422);
  }
});

test.each([
  ['../other/file.txt', '..'],
  ['a/../b.txt', '..'],
  ['/rooted.txt', 'slashes'],
  ['a//b.txt', 'slashes'],
  ['folder/', 'slashes'],
  ['line\nbreak.txt', 'control'],
  ['nul\u0000.txt', 'control'],
  [`any/$\{filename}`, 'filename'],
  ['é'.repeat(500), 'bytes'],
])('an upload to %j is refused', async (path, reason) => {
  const { key } = await createTenant('standard');
  const { status, body } = await call('POST', '/v1/documents', key, { path });
  expect([status, (body.errors as { path: string }[])[0]?.path]).toEqual([422, 'path']);
  expect(body.detail).toContain(reason);
});
