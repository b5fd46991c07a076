import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { handler } from '../../../lambdas/documents.ts';
import { callApi } from '../api.ts';
import { type FakeAws, startFakeAws } from '../fake-aws.ts';
import { tenantItem } from '../fake-directory.ts';

const ID = `doc_${'a'.repeat(27)}`;
const FACTS = { v: { S: 'v1' }, s: { N: '5' }, c: { S: 'text/plain' }, e: { S: 'etag' }, u: { N: '1' } };
const VERSION = { pk: { S: `DOC#${ID}` }, sk: { S: 'v1' }, t: { S: 'acme' }, p: { S: 'a.txt' }, ...FACTS };
const DOCUMENT = { pk: { S: 'TENANT#acme' }, sk: { S: 'a.txt' }, h: { S: ID } };

let aws: FakeAws;
/** The document's item, and that of a version; the first version is always there. */
let document: object | undefined;
let version: object | undefined;

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  aws.on('Query', () => ({ Items: [VERSION] }));
  aws.on('GetItem', ({ TableName, Key }) => {
    if (TableName !== 'documents') return { Item: tenantItem('acme', 'arken') };
    return { Item: Key.pk.S.startsWith('DOC#') ? version : document };
  });
});
afterAll(() => aws.close());

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
