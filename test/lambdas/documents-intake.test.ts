import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { unpackText } from '../../lambdas/adapters/packing.ts';
import { handler } from '../../lambdas/documents-intake.ts';
import { sqsEvent } from '../e2e/aws.ts';
import { AwsError, type FakeAws, startFakeAws } from './fake-aws.ts';
import { FakeBucket } from './fake-bucket.ts';

let aws: FakeAws;
let bucket: FakeBucket;
let lines: string[];
/** Tenants are kept for a minute, so each test has one of its own. */
let tenant: string;
let counter = 0;

beforeAll(async () => {
  process.env.METRICS_SERVICE = 'posthorn-Platform';
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  lines = [];
  for (const level of ['error', 'info', 'log'] as const)
    jest.spyOn(console, level).mockImplementation((line: unknown) => void lines.push(JSON.stringify(line)));
  bucket = new FakeBucket(aws);
  tenant = `ten_${counter++}`;
  bucket.addTenant(tenant);
});
afterAll(() => aws.close());

interface Told {
  readonly key: string;
  readonly version?: string;
  readonly sequencer: string;
  readonly etag?: string;
  readonly deletion?: string;
  readonly time?: string;
}

/** S3's notification as EventBridge gives it to the queue ("EventBridge event message structure", S3 user guide). */
function notification({
  key,
  version,
  sequencer,
  etag,
  deletion,
  time = '2026-01-15T12:30:00Z',
}: Told): string {
  return JSON.stringify({
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': deletion === undefined ? 'Object Created' : 'Object Deleted',
    source: 'aws.s3',
    account: '111122223333',
    time,
    region: 'ca-central-1',
    resources: ['arn:aws:s3:::documents'],
    detail: {
      version: '0',
      bucket: { name: 'documents' },
      object: { key, size: 5, etag, 'version-id': version, sequencer },
      'request-id': 'N4N7GDK58NMKJ12R',
      requester: '123456789012',
      'source-ip-address': '1.2.3.4',
      reason: deletion === undefined ? 'PutObject' : 'DeleteObject',
      ...(deletion !== undefined && { 'deletion-type': deletion }),
    },
  });
}

async function take(...bodies: string[]): Promise<string[]> {
  const { batchItemFailures } = await handler(sqsEvent(bodies) as unknown as SQSEvent);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

/** Uploads a version of `file.txt` and answers what S3 tells of it. */
function upload(version: string, sequencer: string): string {
  const key = `${tenant}/file.txt`;
  bucket.upload(key, { versionId: version, content: version });
  return notification({ key, version, sequencer, etag: `etag-of-${version}` });
}

const document = () => bucket.document(tenant, 'file.txt');
const events = () =>
  bucket.itemsOf('events').map(({ pk, d }) => {
    const text = d.S ?? unpackText({ B: Buffer.from(d.B, 'base64') });
    return { id: pk.S, data: JSON.parse(text) };
  });
const version = (name: string) => bucket.itemsOf('documents').find(({ sk }) => sk.S === name);
const MARKER = 'Delete Marker Created';
const FOR_GOOD = 'Permanently Deleted';

test('an upload becomes a document with a hash id, and an event that says where to call back', async () => {
  expect(await take(upload('v1', '01'))).toEqual([]);
  const [{ id, data }, ...more] = events() as [ReturnType<typeof events>[0]];
  expect(more).toEqual([]);
  expect(id).toMatch(new RegExp(`^${tenant}#msg_[A-Za-z0-9_-]{32}$`));
  expect(data).toEqual({
    documentHashId: document().h.S,
    fileName: 'file.txt',
    contentType: 'text/plain',
    size: 2,
    version: 'v1',
    occurredAt: '2026-01-15T12:30:00.000Z',
    callback: { method: 'GET', url: `https://api.example.com/Document/${document().h.S}?version=v1` },
  });
});

test('an upload may be traced like any other event, and its notification that comes again adds nothing', async () => {
  process.env.TRACE_SAMPLING = '100';
  const told = upload('v1', '01');
  await take(told);
  await take(told);
  delete process.env.TRACE_SAMPLING;
  const [event] = bucket.itemsOf('events');
  expect(event?.x?.B).toBeDefined();
  const sent = aws.inputsOf('POST /TraceSegments').flatMap((call) => call.TraceSegmentDocuments);
  expect(sent.map((text: string) => JSON.parse(text))).toEqual([
    expect.objectContaining({
      name: 'posthorn publish',
      metadata: { posthorn: expect.objectContaining({ tenant_id: tenant }) },
    }),
  ]);
});

test('a notification that comes ten times makes one event and one document', async () => {
  const body = upload('v1', '01');
  expect(await take(...Array(5).fill(body))).toEqual([]);
  for (let i = 0; i < 5; i++) expect(await take(body)).toEqual([]);
  expect(events()).toHaveLength(1);
  expect(bucket.itemsOf('documents')).toHaveLength(2);
});

test('a notification that is told with another time is still the same upload', async () => {
  const body = upload('v1', '01');
  await take(body);
  expect(await take(body.replace('12:30:00', '12:30:01'))).toEqual([]);
  expect(events()).toHaveLength(1);
});

test('a new version is an upload of the same document', async () => {
  await take(upload('v1', '01'), upload('v2', '02'));
  expect(document().v.S).toBe('v2');
  expect(
    events()
      .map(({ data }) => [data.documentHashId, data.version])
      .sort(),
  ).toEqual([
    [document().h.S, 'v1'],
    [document().h.S, 'v2'],
  ]);
});

test.each([
  ['02', '01'],
  // "Right pad the shorter value with zeros": 1A is more than 19FF.
  ['1A', '19FF'],
])('what is told late does not become the latest: %s stays after %s', async (later, earlier) => {
  const [first, second] = [upload('v1', earlier), upload('v2', later)];
  await take(second);
  const hashId = document().h.S;
  await take(first);
  expect(document()).toMatchObject({ v: { S: 'v2' }, h: { S: hashId } });
  expect(events()).toHaveLength(2);
});

test('a delete marker makes the document a deleted one, whatever is told after it of before', async () => {
  const first = upload('v1', '01');
  const marker = notification({ key: `${tenant}/file.txt`, version: 'm', sequencer: '02', deletion: MARKER });
  await take(marker);
  await take(first);
  expect(document()).toMatchObject({ x: { N: expect.any(String) } });
  expect(document().tpk).toBeUndefined();
  const hashId = document().h.S;
  await take(upload('v2', '03'));
  expect(document().x).toBeUndefined();
  expect(document()).toMatchObject({ v: { S: 'v2' }, h: { S: hashId } });
  expect(events().map(({ data }) => data.documentHashId)).toEqual([hashId, hashId]);
});

test('an old version that the lifecycle removes leaves the document as it is', async () => {
  const key = `${tenant}/file.txt`;
  await take(upload('v1', '01'), upload('v2', '02'));
  bucket.remove(key, 'v1');
  await take(notification({ key, version: 'v1', sequencer: '03', deletion: FOR_GOOD }));
  expect(document()).toMatchObject({ v: { S: 'v2' }, q: { S: expect.stringMatching(/^030/) } });
  expect(version('v1').x).toBeDefined();
});

test('where the latest version is removed for good the one before it is the latest again, and then none', async () => {
  const key = `${tenant}/file.txt`;
  await take(upload('v1', '01'), upload('v2', '02'));
  bucket.remove(key, 'v2');
  await take(notification({ key, version: 'v2', sequencer: '03', deletion: FOR_GOOD }));
  expect(document()).toMatchObject({ v: { S: 'v1' } });
  expect(document().x).toBeUndefined();
  bucket.remove(key, 'v1');
  await take(notification({ key, version: 'v1', sequencer: '04', deletion: FOR_GOOD }));
  expect(document().x).toBeDefined();
  expect(events()).toHaveLength(2);
});

describe('a version that is removed for good while its upload is being taken', () => {
  const key = () => `${tenant}/file.txt`;
  const removal = () => notification({ key: key(), version: 'v2', sequencer: '03', deletion: FOR_GOOD });

  /** Removes it, and has that taken, right after the upload has looked at it. */
  function removeAfterLook(): void {
    let isRemoved = false;
    aws.on('HeadObject', async ({ Key, VersionId }) => {
      const answer = bucket.head(Key, VersionId);
      if (VersionId !== 'v2' || isRemoved) return answer;
      isRemoved = true;
      bucket.remove(key(), 'v2');
      await take(removal());
      return answer;
    });
  }

  /** The same right before the upload's version is written, when it is the latest already. */
  function removeBeforeWrite(): void {
    let isRemoved = false;
    aws.on('PutItem', async (call) => {
      if (call.TableName === 'documents' && call.Item.sk.S === 'v2' && !isRemoved) {
        isRemoved = true;
        bucket.remove(key(), 'v2');
        await take(removal());
      }
      return bucket.putItem(call);
    });
  }

  test.each([
    ['after it was looked at', removeAfterLook],
    ['before it is written down', removeBeforeWrite],
  ])('%s is gone, and the one before it the latest', async (_when, remove) => {
    await take(upload('v1', '01'));
    const second = upload('v2', '02');
    remove();
    expect(await take(second)).toEqual([]);
    expect(document()).toMatchObject({ v: { S: 'v1' }, tpk: { S: `TENANT#${tenant}` } });
    expect(document().x).toBeUndefined();
    expect(version('v2').x).toBeDefined();
    expect(events().map(({ data }) => data.version)).toEqual(['v1']);
    // Told again, it stays so.
    expect(await take(second, removal())).toEqual([]);
    expect(version('v2').x).toBeDefined();
  });

  test.each([
    ['after it was looked at', removeAfterLook],
    ['before it is written down', removeBeforeWrite],
  ])('%s, and was the only one, leaves a deleted document', async (_when, remove) => {
    const only = upload('v2', '02');
    remove();
    expect(await take(only)).toEqual([]);
    expect(document()).toMatchObject({
      h: { S: expect.stringMatching(/^doc_/) },
      x: { N: expect.any(String) },
    });
    expect(document().tpk).toBeUndefined();
    expect([version('v2').x, events()]).toEqual([expect.anything(), []]);
  });

  test('leaves one that nobody told of yet the latest, which is told when its notice comes', async () => {
    const [first, second] = [upload('v1', '01'), upload('v2', '02')];
    removeAfterLook();
    await take(second);
    expect([document().v.S, events()]).toEqual(['v1', []]);
    expect(version('v1')).toMatchObject({ v: { S: 'v1' }, t: { S: tenant }, p: { S: 'file.txt' } });
    await take(first);
    expect(document()).toMatchObject({ v: { S: 'v1' } });
    expect(document().x).toBeUndefined();
    expect(events().map(({ data }) => data.version)).toEqual(['v1']);
  });
});

test('in a bucket without versions an object that is removed while its upload is taken leaves a deleted document', async () => {
  const key = `${tenant}/file.txt`;
  const etag = bucket.upload(key, { content: 'one' });
  const first = notification({ key, sequencer: '01', etag });
  const head = bucket.head(key, undefined);
  aws.on('HeadObject', () => ({}));
  await take(notification({ key, sequencer: '02', deletion: FOR_GOOD }));
  aws.on('HeadObject', () => head);
  await take(first);
  expect(document().x).toBeDefined();
  expect(document().tpk).toBeUndefined();
});

test('a removed delete marker brings the document back', async () => {
  const key = `${tenant}/file.txt`;
  await take(upload('v1', '01'));
  await take(notification({ key, version: 'm', sequencer: '02', deletion: MARKER }));
  expect(document().x).toBeDefined();
  await take(notification({ key, version: 'm', sequencer: '03', deletion: FOR_GOOD }));
  expect(document()).toMatchObject({ v: { S: 'v1' }, tpk: { S: `TENANT#${tenant}` } });
  expect(document().x).toBeUndefined();
});

test('a removed delete marker brings back a document whose upload was told of after it', async () => {
  const key = `${tenant}/file.txt`;
  const first = upload('v1', '01');
  await take(notification({ key, version: 'm', sequencer: '02', deletion: MARKER }));
  await take(first);
  await take(notification({ key, version: 'm', sequencer: '03', deletion: FOR_GOOD }));
  expect(document()).toMatchObject({ v: { S: 'v1' }, tpk: { S: `TENANT#${tenant}` } });
  expect(document().x).toBeUndefined();
});

test('in a bucket without versions each upload is a version by its sequencer', async () => {
  const key = `${tenant}/file.txt`;
  const etag = bucket.upload(key, { content: 'one' });
  const first = notification({ key, sequencer: '01', etag });
  await take(first, first);
  expect(document().v.S).toBe('seq_01');
  const again = bucket.upload(key, { content: 'two' });
  const second = notification({ key, sequencer: '02', etag: again });
  // The first one's bytes are gone: whoever hears of it late hears of the second alone.
  await take(first, second);
  expect(document().v.S).toBe('seq_02');
  expect(events()).toHaveLength(2);
});

test('an upload that was removed before it was looked at is no event, and no error', async () => {
  const key = `${tenant}/file.txt`;
  expect(await take(notification({ key, version: 'v1', sequencer: '01' }))).toEqual([]);
  expect([events(), bucket.itemsOf('documents')]).toEqual([[], []]);
});

test.each([
  ['an unknown tenant', 'nobody/file.txt'],
  ['no prefix', 'file.txt'],
  ['a prefix that is no id', 'no id!/file.txt'],
  ['an empty prefix', '/file.txt'],
  ["a folder's marker", 'TENANT/folder/'],
  ['a tenant that is being deleted', 'ten_deleting/file.txt'],
])('an object of %s is logged and counted, and the queue is done with it', async (_what, name) => {
  const key = name.replace('TENANT', tenant);
  bucket.addTenant('ten_deleting', 'deleting');
  bucket.upload(key, { versionId: 'v1', content: 'x' });
  expect(await take(notification({ key, version: 'v1', sequencer: '01' }))).toEqual([]);
  expect([events(), bucket.itemsOf('documents')]).toEqual([[], []]);
  expect(lines.join()).toContain('an object belongs to no tenant');
  expect(aws.inputsOf('HeadObject')).toEqual([]);
});

test("a disabled tenant's uploads are documents, and nobody is told; right after it was enabled again they are told", async () => {
  bucket.addTenant(tenant, 'disabled');
  expect(await take(upload('v1', '01'))).toEqual([]);
  expect(events()).toEqual([]);
  expect(document()).toMatchObject({ v: { S: 'v1' }, tpk: { S: `TENANT#${tenant}` } });
  expect(version('v1')).toMatchObject({ v: { S: 'v1' }, s: { N: '2' } });
  bucket.addTenant(tenant, 'active');
  await take(upload('v2', '02'));
  expect(events().map(({ data }) => data.version)).toEqual(['v2']);
});

test("a disabled tenant's file that is deleted is noted as deleted", async () => {
  const id = 'ten_sleeping';
  bucket.addTenant(id, 'disabled');
  await take(notification({ key: `${id}/file.txt`, version: 'm', sequencer: '02', deletion: MARKER }));
  expect(bucket.document(id, 'file.txt').x).toBeDefined();
});

test('what cannot be read, or whose object is out of reach, fails alone and is tried again', async () => {
  const good = upload('v1', '01');
  const key = `${tenant}/secret.txt`;
  aws.on('HeadObject', ({ Key }) => {
    if (Key === key) throw new AwsError('AccessDenied');
    return { etag: '"x"', 'content-length': '2', 'content-type': 'text/plain' };
  });
  const denied = notification({ key, version: 'v1', sequencer: '01' });
  expect(await take('not json', good, denied, '{}')).toEqual(['message-0', 'message-2', 'message-3']);
  expect(events()).toHaveLength(1);
});

test.each([
  ['arken', 'FileStore.Upload', 'evt_'],
  ['generic', 'file.uploaded', 'evt_'],
  ['promptha', 'file.uploaded', 'evt_'],
  ['standard', 'file.uploaded', 'msg_'],
])('in %s the event is %s, whatever types its tenant declared', async (dialect, type, prefix) => {
  const id = `ten_${dialect}`;
  bucket.addTenant(id, 'active', dialect);
  bucket.upload(`${id}/file.txt`, { versionId: 'v1', content: 'x' });
  expect(await take(notification({ key: `${id}/file.txt`, version: 'v1', sequencer: '01' }))).toEqual([]);
  const [event] = bucket.itemsOf('events');
  expect([event.y.S, event.pk.S.startsWith(`${id}#${prefix}`)]).toEqual([type, true]);
});
