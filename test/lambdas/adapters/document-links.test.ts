import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type * as Links from '../../../lambdas/adapters/document-links.ts';
import { type FakeSts, startFakeSts } from '../fake-sts.ts';

const PLACE = { tenantId: 'acme', path: 'a folder/r+é.txt' };
const VERSION = { version: 'v1', size: 1, contentType: 'text/plain', etag: 'e', uploadedAt: 0 };
const NOW = Date.UTC(2026, 0, 15, 12, 30, 0, 999);

let sts: FakeSts;
let links: typeof Links;

beforeAll(async () => {
  sts = await startFakeSts();
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-central-1',
  });
  delete process.env.AWS_ENDPOINT_URL;
});
beforeEach(async () => {
  sts.asked.length = 0;
  sts.fails = false;
  jest.resetModules();
  links = await import('../../../lambdas/adapters/document-links.ts');
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => sts.close());

const download = (seconds = 300) => links.signDownload(PLACE, VERSION, seconds, NOW);

test("a link goes to the bucket itself, names the version, and is signed by the links' role", async () => {
  const { url, expiresAt } = await download();
  const { host, pathname, searchParams } = new URL(url);
  expect(host).toBe('documents.s3.eu-central-1.amazonaws.com');
  expect(decodeURIComponent(pathname)).toBe('/acme/a folder/r+é.txt');
  expect(Object.fromEntries(searchParams)).toMatchObject({
    versionId: 'v1',
    'response-content-disposition': `attachment; filename="r+_.txt"; filename*=UTF-8''r%2B%C3%A9.txt`,
    'X-Amz-Date': '20260115T123000Z',
    'X-Amz-Expires': '300',
    'X-Amz-Credential': expect.stringMatching(/^ASIA1\//),
    'X-Amz-Security-Token': 'token',
  });
  expect(expiresAt).toBe(Date.UTC(2026, 0, 15, 12, 35));
  expect(sts.asked.map((call) => call.get('RoleArn'))).toEqual([process.env.DOWNLOAD_LINK_ROLE_ARN]);
});

test('an upload of a bucket without versions is linked to without one', async () => {
  const { url } = await links.signDownload(PLACE, { ...VERSION, version: 'seq_01' }, 60, NOW);
  expect(new URL(url).searchParams.has('versionId')).toBe(false);
});

test('a form fixes key and type, bounds the size, and is signed by the role of uploads', async () => {
  const wanted = { contentType: 'text/plain', maxSize: 10, seconds: 60 };
  const { fields, url } = await links.signUpload(PLACE, wanted, Date.now());
  expect(url).toBe('https://documents.s3.eu-central-1.amazonaws.com/');
  expect(fields).toMatchObject({ key: 'acme/a folder/r+é.txt', 'Content-Type': 'text/plain' });
  const { conditions } = JSON.parse(Buffer.from(fields.Policy ?? '', 'base64').toString('utf8'));
  expect(conditions).toEqual(
    expect.arrayContaining([
      ['content-length-range', 0, 10],
      { key: 'acme/a folder/r+é.txt' },
      { 'Content-Type': 'text/plain' },
      { bucket: 'documents' },
    ]),
  );
  expect(sts.asked.map((call) => call.get('RoleArn'))).toEqual([process.env.UPLOAD_LINK_ROLE_ARN]);
});

test('a session is taken for an hour, shared, and left while it outlives the longest link', async () => {
  const start = Date.now();
  const at = (minutes: number) => jest.spyOn(Date, 'now').mockReturnValue(start + minutes * 60_000);
  await Promise.all([download(), download(900)]);
  at(39);
  await download(900);
  expect(sts.asked.map((call) => call.get('DurationSeconds'))).toEqual(['3600']);
  at(41);
  const { url } = await download(900);
  expect(sts.asked).toHaveLength(2);
  expect(new URL(url).searchParams.get('X-Amz-Credential')).toMatch(/^ASIA2\//);
});

test('a session that was refused is asked for again', async () => {
  sts.fails = true;
  await expect(download()).rejects.toThrow('no');
  sts.fails = false;
  expect((await download()).url).toContain('X-Amz-Signature');
});
