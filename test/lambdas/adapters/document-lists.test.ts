import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { listByPrefix } from '../../../lambdas/adapters/document-lists.ts';
import { type FakeAws, type Input, startFakeAws } from '../fake-aws.ts';

let aws: FakeAws;
/** The tenant's items by path: when each document was uploaded, or 0 for a deleted one. */
let partition: [path: string, uploadedAt: number][];

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  aws.on('Query', answer);
});
afterAll(() => aws.close());

/** As DynamoDB does: the limit first, and then the filter. */
function answer({ ExpressionAttributeValues: values, ExclusiveStartKey, Limit }: Input): object {
  const [from, to] = [Number(values[':from'].N), Number(values[':to'].N)];
  const rest = partition.filter(([path]) => path > (ExclusiveStartKey?.sk.S ?? ''));
  const read = rest.slice(0, Limit);
  const last = read.at(-1);
  return {
    Items: read
      .filter(([, uploadedAt]) => uploadedAt >= from && uploadedAt < to)
      .map(([path, uploadedAt]) => ({ ...keyOf(path), u: { N: String(uploadedAt) } })),
    ...(rest.length > read.length && last && { LastEvaluatedKey: keyOf(last[0]) }),
  };
}

const keyOf = (path: string) => ({ pk: { S: 'TENANT#acme' }, sk: { S: path } });
const pathOf = (i: number) => `a/${String(i).padStart(6, '0')}`;

/** Every page of a list, as its paths; and how many queries they took. */
async function pagesOf(limit: number, from = 1): Promise<{ pages: string[][]; queries: number }> {
  const pages: string[][] = [];
  let after: { path: string } | undefined;
  do {
    const { documents, next } = await listByPrefix('acme', 'a/', { from, to: 1e15 }, limit, after);
    pages.push(documents.map(({ path }) => path));
    after = next;
  } while (after !== undefined);
  return { pages, queries: aws.inputsOf('Query').length };
}

test('where nothing is filtered out, no more is read than is shown', async () => {
  partition = Array.from({ length: 10 }, (_, i) => [pathOf(i), 5]);
  const { pages } = await pagesOf(4);
  expect(pages.map(({ length }) => length)).toEqual([4, 4, 2]);
  expect(aws.inputsOf('Query').map(({ Limit }) => Limit)).toEqual([4, 4, 4]);
});

test('few among many come on full pages, each once and in order', async () => {
  partition = Array.from({ length: 8_000 }, (_, i) => [pathOf(i), i % 100 === 99 ? 20 : 5]);
  const wanted = partition.flatMap(([path, uploadedAt]) => (uploadedAt === 20 ? [path] : []));
  const { pages, queries } = await pagesOf(50, 10);
  expect(pages.map(({ length }) => length)).toEqual([50, 30]);
  expect(pages.flat()).toEqual(wanted);
  expect(queries).toBeLessThan(20);
});

test('a page that is full goes on behind its last document, though more was read', async () => {
  partition = Array.from({ length: 900 }, (_, i) => [pathOf(i), i < 10 ? 0 : 5]);
  const { pages } = await pagesOf(10);
  expect(pages.flat()).toEqual(partition.slice(10).map(([path]) => path));
  expect(pages.every(({ length }) => length === 10)).toBe(true);
});

test('none among very many is a few pages, and then the end', async () => {
  partition = Array.from({ length: 25_000 }, (_, i) => [pathOf(i), 5]);
  const { pages, queries } = await pagesOf(100, 10);
  expect([pages.flat(), pages.length, queries]).toEqual([[], 3, 28]);
});
