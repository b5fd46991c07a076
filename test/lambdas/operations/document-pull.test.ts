import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { LINK_WINDOW_MS } from '../../../core/document.ts';
import { handler } from '../../../lambdas/documents.ts';
import { callApi } from '../api.ts';
import { AwsError, type FakeAws, type Input, startFakeAws } from '../fake-aws.ts';
import { tenantItem } from '../fake-directory.ts';
import { type FakeSts, startFakeSts } from '../fake-sts.ts';

const ID = `doc_${'a'.repeat(27)}`;
const FACTS = { v: { S: 'v1' }, s: { N: '5' }, c: { S: 'text/plain' }, e: { S: 'etag' }, u: { N: '1' } };
const VERSION = { pk: { S: `DOC#${ID}` }, sk: { S: 'v1' }, t: { S: 'acme' }, p: { S: 'a.txt' }, ...FACTS };
const DOCUMENT = { pk: { S: 'TENANT#acme' }, sk: { S: 'a.txt' }, h: { S: ID } };

let aws: FakeAws;
let sts: FakeSts;
/** The document's item, and that of a version; the first version is always there. */
let document: object | undefined;
let version: object | undefined;

beforeAll(async () => {
  aws = await startFakeAws();
  sts = await startFakeSts();
  process.env.DOWNLOADS = 'link';
});
beforeEach(() => {
  aws.reset();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  aws.on('Query', () => ({ Items: [VERSION] }));
  aws.on('GetItem', ({ TableName, Key }) => {
    if (Key.pk.S.startsWith('KEY#')) return { Item: keyItem() };
    if (TableName !== 'documents') return { Item: tenantItem('acme', 'arken') };
    return { Item: Key.pk.S.startsWith('DOC#') ? version : document };
  });
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => Promise.all([aws.close(), sts.close()]));

const details = (query = '') => callApi(handler, 'GET', `/Document/${ID}?accountHashId=acme${query}`);

test.each([
  ['that is there', { ...DOCUMENT, ...FACTS }, 200],
  ['that was deleted', { ...DOCUMENT, ...FACTS, x: { N: '2' } }, 410],
  ['whose deletion was told of before its upload', { ...DOCUMENT, x: { N: '2' } }, 410],
  ["of a tenant's name that another had before", { ...DOCUMENT, h: { S: 'doc_other' }, ...FACTS }, 404],
  ['whose tenant was deleted', undefined, 404],
])('a document %s', async (_what, item, status) => {
  document = item;
  for (const query of ['', '&version=v1']) expect((await details(query)).status).toBe(status);
});

test.each([
  ['that is there still', 'v0', {}, 200],
  ['that was removed for good', 'v0', { x: { N: '2' } }, 410],
  ['that another took the place of in a bucket without versions', 'seq_01', {}, 410],
])('an older version %s', async (_what, name, marks, status) => {
  document = { ...DOCUMENT, ...FACTS };
  version = { ...VERSION, sk: { S: name }, v: { S: name }, ...marks };
  expect((await details(`&version=${name}`)).status).toBe(status);
});

/** Every key of a tenant that is asked for, with the secret half `s3cret`. */
function keyItem(): object {
  return {
    id: { S: 'key_1' },
    tenant_id: { S: 'acme' },
    scope: { S: 'tenant' },
    secret_hash: { B: createHash('sha256').update('s3cret').digest('base64') },
    created_at: { N: '1' },
  };
}

describe('a link that is given out', () => {
  /** The start of a window. */
  const START = Math.ceil(Date.now() / LINK_WINDOW_MS) * LINK_WINDOW_MS;
  /** What the events table holds, in order. */
  let events: Input[];

  beforeEach(() => {
    document = { ...DOCUMENT, ...FACTS };
    version = { ...VERSION, sk: { S: 'v0' }, v: { S: 'v0' } };
    events = [];
    aws.on('PutItem', ({ Item }) => {
      const known = events.find(({ pk }) => pk.S === Item.pk.S);
      if (known) throw new AwsError('ConditionalCheckFailedException', 'there', { Item: known });
      events.push(Item);
      return {};
    });
  });

  const KEY = `ak_${'k'.repeat(22)}`;
  /** Asks for a link at a time, and must get one. */
  async function locate(at: number, query = '?version=v1', key = KEY): Promise<void> {
    jest.spyOn(Date, 'now').mockReturnValue(at);
    const headers = { authorization: `Bearer ${key}.s3cret` };
    const answer = await callApi(handler, 'GET', `/Document/${ID}/Location${query}`, undefined, headers);
    expect([answer.status, answer.body.url]).toEqual([200, expect.stringContaining('X-Amz-Signature')]);
  }

  test('is a download; further ones of its window are the same, whatever their time and life', async () => {
    await locate(START);
    await locate(START + 1);
    await locate(START + LINK_WINDOW_MS - 1, '?expiresIn=900');
    expect(events.map(({ y, o }) => [y.S, o.N])).toEqual([['FileStore.Download', String(START)]]);
    await locate(START + LINK_WINDOW_MS);
    expect(events).toHaveLength(2);
  });

  test('to another version, or by another key, is another download', async () => {
    await locate(START);
    await locate(START, '?version=v0');
    await locate(START, '?version=v1', `ak_${'l'.repeat(22)}`);
    expect(events).toHaveLength(3);
  });

  test.each([
    ['one', 10_000, 1],
    ['two, where a window ends in between', LINK_WINDOW_MS - 10_000, 2],
  ])('to a listener that pulls on every event of a file makes %s and no more', async (_what, at, count) => {
    let now = START + at;
    // The upload's notice; each further one takes ten seconds to come.
    await locate(now);
    for (let pulled = 0; pulled < events.length; pulled++) {
      now += 10_000;
      await locate(now);
      expect(pulled).toBeLessThan(10);
    }
    expect(events).toHaveLength(count);
  });
});
