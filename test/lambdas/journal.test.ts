import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { handler } from '../../lambdas/journal.ts';
import { AwsError, type FakeAws, type Input, startFakeAws } from './fake-aws.ts';

let aws: FakeAws;
beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => aws.reset());
afterAll(() => aws.close());

const event = (id: string): Input => ({ pk: { S: `ten_1#${id}` }, y: { S: 'order.paid' }, a: { N: '1' } });
const milestone = (n: number): Input => ({ pk: { S: `!task_1#${n}` }, ttl: { N: '1' } });
const run = (...images: Input[]) =>
  handler({ Records: images.map((NewImage) => ({ dynamodb: { NewImage } })) } as DynamoDBStreamEvent);

test('a milestone is noted when what came before it is written, and is in no page', async () => {
  await run(event('a'), milestone(1), event('b'), milestone(2), milestone(2));
  expect(aws.takeNames()).toEqual(['Query', 'PutItem', 'BatchWriteItem']);
});

test('its number is kept by what it is for', async () => {
  await run(milestone(1), milestone(2));
  const keys = aws
    .inputsOf('BatchWriteItem')[0]
    .RequestItems.directory.map(({ PutRequest: { Item } }: Input) => [Item.pk.S, Item.sk.S]);
  expect(keys).toEqual([
    ['PASSED#task_1', '1'],
    ['PASSED#task_1', '2'],
  ]);
});

test('a milestone is not noted where what came before it could not be written', async () => {
  aws.on('PutItem', () => {
    throw new AwsError('AccessDeniedException');
  });
  await expect(run(event('a'), milestone(1))).rejects.toThrow();
  expect(aws.inputsOf('BatchWriteItem')).toEqual([]);
});
