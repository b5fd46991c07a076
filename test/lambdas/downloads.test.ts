import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { unpackText } from '../../lambdas/adapters/packing.ts';
import { handler } from '../../lambdas/downloads.ts';
import { sqsEvent } from '../e2e/aws.ts';
import { cloudTrailEvent, LINK_ROLE, OWN_ROLE, type ReadOptions } from '../fixtures/cloudtrail.ts';
import { AwsError, type FakeAws, type Input, startFakeAws } from './fake-aws.ts';
import { FakeDocuments } from './fake-documents.ts';

const UPLOADED = Date.parse('2026-01-15T12:00:00.500Z');
let aws: FakeAws;
let documents: FakeDocuments;
let logged: string[];
let written: string[];

beforeAll(async () => {
  aws = await startFakeAws();
  Object.assign(process.env, {
    DOCUMENTS_TABLE: 'documents',
    DOCUMENTS_BUCKET: 'files',
    DOWNLOAD_LINK_ROLE_ARN: LINK_ROLE,
    OWN_READER_ROLE_ARNS: OWN_ROLE,
    API_URL: 'https://api.example.com',
    METRICS_SERVICE: 'posthorn',
    POWERTOOLS_METRICS_DISABLED: 'false',
  });
});
beforeEach(() => {
  aws.reset();
  logged = [];
  written = [];
  jest.spyOn(console, 'error').mockImplementation((line: unknown) => void logged.push(JSON.stringify(line)));
  jest.spyOn(console, 'info').mockImplementation((line: unknown) => void logged.push(JSON.stringify(line)));
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    written.push(String(line));
    return true;
  });
  documents = new FakeDocuments(aws);
  documents.addTenant('acme');
  documents.addDocument('acme', 'report.txt', 'doc_1', { v1: [5, UPLOADED] });
});
afterAll(() => {
  jest.restoreAllMocks();
  return aws.close();
});

const read = (options: Partial<ReadOptions> = {}) =>
  JSON.stringify(cloudTrailEvent({ bucket: 'files', key: 'acme/report.txt', ...options }));
const minute = (minutes: number, second = 0) =>
  new Date(Date.UTC(2026, 0, 15, 12, 30 + minutes, second)).toISOString().replace('.000', '');

/** Hands the function its messages, as received for the `tries`th time. @returns the ones that failed */
async function take(bodies: readonly string[], tries = 1): Promise<string[]> {
  const event = sqsEvent(bodies);
  for (const record of event.Records) record.attributes.ApproximateReceiveCount = String(tries);
  const { batchItemFailures } = await handler(event as unknown as SQSEvent);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

/** What an event's item says. */
const dataOf = ({ d }: Input) =>
  JSON.parse(unpackText(d.B === undefined ? d : { B: Buffer.from(d.B, 'base64') }));
/** Every write of an event, the refused echoes among them; and the different events. */
const puts = () => aws.inputsOf('PutItem').filter(({ TableName }) => TableName === 'events');
const events = () => [...new Map(puts().map(({ Item }) => [Item.pk.S, Item])).values()];

test('a read is told as a download of the version that was read', async () => {
  documents.addDocument('acme', 'report.txt', 'doc_1', { v1: [5, UPLOADED], v2: [9, UPLOADED + 1000] });
  expect(await take([read({ versionId: 'v1' })])).toEqual([]);
  const [event] = events();
  expect(event).toMatchObject({
    pk: { S: expect.stringMatching(/^acme#evt_[\w-]{32}$/) },
    y: { S: 'FileStore.Download' },
    o: { N: String(Date.parse('2026-01-15T12:30:00Z')) },
  });
  expect(dataOf(event)).toEqual({
    documentHashId: 'doc_1',
    fileName: 'report.txt',
    contentType: 'text/plain',
    size: 5,
    version: 'v1',
    occurredAt: '2026-01-15T12:30:00.000Z',
    callback: { method: 'GET', url: 'https://api.example.com/Document/doc_1?version=v1' },
  });
});

describe('the reads of one download are one event', () => {
  test('fifty ranges at once', async () => {
    const ranges = Array.from({ length: 50 }, (_, i) => read({ bytes: 1, eventTime: minute(0, i % 7) }));
    expect(await take(ranges)).toEqual([]);
    expect(events()).toHaveLength(1);
  });

  test('ranges one after the other: only the first ones write an event', async () => {
    for (let i = 0; i < 5; i++) await take([read({ bytes: 1, eventTime: minute(i) })]);
    expect(puts()).toHaveLength(1);
  });

  test('within fifteen minutes of the first; the next is another download', async () => {
    await take([read({ eventTime: minute(0) })]);
    await take([read({ eventTime: minute(14, 59) })]);
    expect(events()).toHaveLength(1);
    await take([read({ eventTime: minute(15) })]);
    expect(events()).toHaveLength(2);
  });

  test('records that come late and out of order belong to it', async () => {
    await take([read({ eventTime: minute(3) })]);
    await take([read({ eventTime: minute(1) })]);
    await take([read({ eventTime: minute(4) })]);
    expect(events()).toHaveLength(1);
  });

  test('by one link, however long they take', async () => {
    const link = { role: { arn: LINK_ROLE, session: 'links' }, signedAt: '20260115T122950Z', bytes: 1 };
    await take([read({ ...link, eventTime: minute(0) })]);
    await take([read({ ...link, eventTime: minute(100), ip: '203.0.113.9' })]);
    expect(events()).toHaveLength(1);
    await take([read({ ...link, signedAt: '20260115T141000Z', eventTime: minute(101) })]);
    expect(events()).toHaveLength(2);
  });

  test('and those of others, of other versions and of other documents are other downloads', async () => {
    documents.addDocument('acme', 'report.txt', 'doc_1', { v2: [9, UPLOADED + 1000] });
    documents.addDocument('acme', 'other.txt', 'doc_2', { v1: [5, UPLOADED] });
    await take([
      read({ versionId: 'v1' }),
      read({ versionId: 'v2' }),
      read({ versionId: 'v1', ip: '203.0.113.9' }),
      read({ key: 'acme/other.txt' }),
    ]);
    expect(events()).toHaveLength(4);
  });

  test('a record that comes ten times is one event', async () => {
    for (let i = 0; i < 10; i++) expect(await take([read()])).toEqual([]);
    expect(puts()).toHaveLength(1);
  });
});

describe('after a crash', () => {
  test('between taking the read and publishing, the next try publishes', async () => {
    let isDown = true;
    aws.on('PutItem', ({ TableName, Item }) => {
      if (TableName !== 'events') return documents.put(Item);
      if (isDown) throw new AwsError('ValidationException');
      return undefined;
    });
    expect(await take([read()])).toEqual(['message-0']);
    isDown = false;
    expect(await take([read()], 2)).toEqual([]);
    expect(events()).toHaveLength(1);
  });

  test('another read of the same download publishes it too, with the same id and time', async () => {
    aws.on('UpdateItem', () => {
      throw new AwsError('ValidationException');
    });
    expect(await take([read({ eventTime: minute(0) })])).toEqual(['message-0']);
    expect(await take([read({ eventTime: minute(2) })])).toEqual(['message-0']);
    expect(puts()).toHaveLength(2);
    expect(events()).toHaveLength(1);
    expect(new Set(puts().map(({ Item }) => JSON.stringify(dataOf(Item)))).size).toBe(1);
  });
});

test.each<[string, Partial<ReadOptions>]>([
  ['a refused read', { errorCode: 'AccessDenied', bytes: 243 }],
  ["the platform's own read", { role: { arn: OWN_ROLE, session: 'x' } }],
  ['a HEAD', { eventName: 'HeadObject' }],
  ['a read of another bucket', { bucket: 'others' }],
  ['an answer without a byte: not modified', { bytes: 0 }],
])('%s tells nobody', async (_what, options) => {
  expect(await take([read(options)])).toEqual([]);
  expect(aws.inputsOf('PutItem')).toEqual([]);
});

test('an empty file is downloaded without a byte', async () => {
  documents.addDocument('acme', 'empty', 'doc_0', { v1: [0, UPLOADED] });
  await take([read({ key: 'acme/empty', bytes: 0 })]);
  expect(events()).toHaveLength(1);
});

test('a read without a version is of the one that was the latest then', async () => {
  const [first, second] = [Date.parse('2026-01-15T12:00:00Z'), Date.parse('2026-01-15T12:31:00Z')];
  documents.addDocument('acme', 'report.txt', 'doc_1', { v1: [5, first], v2: [9, second] });
  await take([read({ eventTime: minute(0) }), read({ eventTime: minute(2) })]);
  expect(events().map((event) => dataOf(event).version)).toEqual(expect.arrayContaining(['v1', 'v2']));
});

test.each([
  ['as it is', 'acme/r+é %41.txt', 'acme/r+é %41.txt'],
  ['as a URL has it', 'acme/r+é.txt', 'acme/r%2B%C3%A9.txt'],
])('a key that CloudTrail shows %s is found', async (_what, key, shown) => {
  documents.addDocument('acme', key.slice('acme/'.length), 'doc_3', { v1: [5, UPLOADED] });
  expect(await take([read({ key: shown })])).toEqual([]);
  expect(events().map((event) => dataOf(event).documentHashId)).toEqual(['doc_3']);
});

describe('an object that is no document', () => {
  test.each(['acme/unknown.txt', 'nobody', 'nobody/report.txt'])(
    '(%s) is looked for three times, since its upload may not have been taken yet; then it is counted',
    async (key) => {
      expect(await take([read({ key })], 1)).toEqual(['message-0']);
      expect(await take([read({ key })], 2)).toEqual(['message-0']);
      expect(await take([read({ key })], 3)).toEqual([]);
      expect(logged.join()).toContain('an object that was read is no document');
      expect(written.join()).toContain('"ReadsWithoutDocument":1');
      expect(events()).toEqual([]);
    },
  );

  test('a version that is not known is waited for too, and one that was removed before its upload was taken', async () => {
    documents.put({
      pk: { S: 'DOC#doc_1' },
      sk: { S: 'v8' },
      x: { N: '1' },
      t: { S: 'acme' },
      p: { S: 'report.txt' },
    });
    const reads = [read({ versionId: 'v9' }), read({ versionId: 'v8' })];
    expect(await take(reads)).toEqual(['message-0', 'message-1']);
  });
});

test.each(['disabled', 'deleting'])('a %s tenant is told nothing', async (status) => {
  documents.addTenant(`${status}-one`, status);
  documents.addDocument(`${status}-one`, 'a', 'doc_4', { v1: [5, UPLOADED] });
  expect(await take([read({ key: `${status}-one/a` })])).toEqual([]);
  expect(events()).toEqual([]);
});

test('what is no record fails alone, with the reason in the log', async () => {
  expect(await take([read(), '{"detail":{"eventName":"GetObject"}}', 'not json'])).toEqual([
    'message-1',
    'message-2',
  ]);
  expect(events()).toHaveLength(1);
  expect(logged.join()).toContain('detail.eventTime is missing');
});
