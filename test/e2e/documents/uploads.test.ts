import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expectCall } from '../platform.ts';
import { callBack, connectBucket, type FileNotice, type Listener, startListener } from './bucket.ts';

const bucket = connectBucket();
const listeners: Listener[] = [];
afterAll(async () => {
  bucket.close();
  await Promise.all(listeners.map(({ receiver }) => receiver.close()));
});

async function listen(dialect?: string): Promise<Listener> {
  const listener = await startListener(dialect);
  listeners.push(listener);
  return listener;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What a listener does with a notice: it calls back, asks for the link, and follows it. */
async function pull({ data }: FileNotice, key: string) {
  const details = await callBack<{ fileName: string; size: number; version: string }>(data.callback.url, key);
  const location = data.callback.url.replace('?', '/Location?');
  const link = await callBack<{ url: string; expiresAt: string }>(location, key);
  const response = await fetch(link.body.url);
  return {
    details,
    link,
    bytes: new Uint8Array(await response.arrayBuffer()),
    headers: response.headers,
    status: response.status,
  };
}

test.each([
  ['a small file', 'report.pdf', 'hello', 'report.pdf'],
  ['zero bytes', 'empty', '', 'empty'],
  ['spaces and plus signs', 'a folder/one + two  three.txt', 'x', 'one + two  three.txt'],
  ['unicode', 'Ördner/日本語 ☂ é.txt', 'x', '日本語 ☂ é.txt'],
  ['what URLs know', 'a%20b&c=d?e#f;g/100%.txt', 'x', '100%.txt'],
  ['quotation marks', `it's "quoted" (1)*.txt`, 'x', `it's "quoted" (1)*.txt`],
])('%s: told, called back for, and downloaded byte by byte', async (_what, path, content, fileName) => {
  const { tenant, notices } = await listen();
  const version = await bucket.put(`${tenant.id}/${path}`, content, 'text/plain');
  const [notice] = (await notices(1)) as [FileNotice];
  const size = Buffer.byteLength(content);
  expect(notice).toMatchObject({
    type: 'file.uploaded',
    data: { fileName, contentType: 'text/plain', size, version, callback: { method: 'GET' } },
  });
  const { details, bytes, headers, status } = await pull(notice, tenant.key);
  expect(details).toMatchObject({
    status: 200,
    body: { fileName, size, contentType: 'text/plain', version },
  });
  expect([status, Buffer.from(bytes).toString()]).toEqual([200, content]);
  const named = headers.get('content-disposition') ?? '';
  const [, encoded] = /filename\*=UTF-8''(.*)$/.exec(named) ?? [];
  const [, plain] = /filename="(.*?)"/.exec(named) ?? [];
  expect(encoded === undefined ? plain : decodeURIComponent(encoded)).toBe(fileName);
  const { documents } = await expectCall<{ documents: unknown[] }>(200, 'GET', '/v1/documents', tenant.key);
  expect(documents).toEqual([expect.objectContaining({ path, file_name: fileName, size, version })]);
});

test('50 MB in ten parts make one event, when they are put together', async () => {
  const { tenant, notices } = await listen();
  const target = { Bucket: bucket.bucket, Key: `${tenant.id}/large.bin` };
  const part = new Uint8Array(5 * 1024 ** 2).map((_, i) => i % 251);
  const { UploadId } = await bucket.s3.send(new CreateMultipartUploadCommand(target));
  const Parts: { ETag?: string; PartNumber: number }[] = [];
  for (let PartNumber = 1; PartNumber <= 10; PartNumber++) {
    const { ETag } = await bucket.s3.send(
      new UploadPartCommand({ ...target, UploadId, PartNumber, Body: part }),
    );
    Parts.push({ ETag, PartNumber });
  }
  const MultipartUpload = { Parts };
  await bucket.s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));
  const [notice] = (await notices(1)) as [FileNotice];
  expect(notice.data).toMatchObject({ fileName: 'large.bin', size: 10 * part.length });
  const { bytes } = await pull(notice, tenant.key);
  const whole = new Uint8Array(10 * part.length);
  for (let i = 0; i < 10; i++) whole.set(part, i * part.length);
  expect(sha256(bytes)).toBe(sha256(whole));
  // The link was a download; the parts were nothing.
  const told = await notices(2);
  expect(told.map(({ type }) => type)).toEqual(['file.uploaded', 'file.downloaded']);
});

test('a copy is an upload', async () => {
  const { tenant, notices } = await listen();
  await bucket.put(`${tenant.id}/one.txt`, 'copied');
  await notices(1);
  const CopySource = `${bucket.bucket}/${tenant.id}/one.txt`;
  await bucket.s3.send(
    new CopyObjectCommand({ Bucket: bucket.bucket, Key: `${tenant.id}/two.txt`, CopySource }),
  );
  const [one, two] = (await notices(2)) as [FileNotice, FileNotice];
  expect(two.data).toMatchObject({ fileName: 'two.txt', size: 6 });
  expect(two.data.documentHashId).not.toBe(one.data.documentHashId);
});

test('an upload by the form that the API gives, of the type and size that were agreed on', async () => {
  const { tenant, notices } = await listen();
  const path = 'from a browser/ü + 1.txt';
  const wanted = { path, content_type: 'text/plain', max_size: 10 };
  const { url, fields } = await expectCall<{ url: string; fields: Record<string, string> }>(
    201,
    'POST',
    '/v1/documents',
    tenant.key,
    wanted,
  );
  const send = (content: string, changes: Record<string, string> = {}) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...changes })) form.append(name, value);
    form.append('file', new Blob([content]), 'whatever');
    return fetch(url, { method: 'POST', body: form });
  };
  expect((await send('x'.repeat(11))).status).toBe(400);
  expect((await send('hello', { 'Content-Type': 'text/html' })).status).toBe(403);
  expect((await send('hello', { key: 'somebody-else/file.txt' })).status).toBe(403);
  expect((await send('hello')).status).toBe(204);
  const [notice] = (await notices(1)) as [FileNotice];
  expect(notice.data).toMatchObject({ fileName: 'ü + 1.txt', size: 5, contentType: 'text/plain' });
});
