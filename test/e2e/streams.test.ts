import {
  BatchExecuteStatementCommand,
  CreateTableCommand,
  DescribeTableCommand,
  PutItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { connectAws } from './aws.ts';
import { eventually } from './platform.ts';
import { readOutputs } from './read-outputs.ts';
import { readRecords } from './stream-api.ts';

const { dynamodb, close } = connectAws(readOutputs());
const TableName = 'streams-test';
let streamArn: string;
afterAll(() => close());

beforeAll(async () => {
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
  streamArn = Table?.LatestStreamArn ?? '';
});

const readImages = async () =>
  (await readRecords(streamArn)).map(({ eventName, dynamodb, userIdentity }) => ({
    eventName,
    dynamodb,
    userIdentity,
  }));

const execute = (Statement: string) =>
  dynamodb.send(new BatchExecuteStatementCommand({ Statements: [{ Statement }] }));

/** DynamoDB writes these records; the emulator needs to be completed for them (local/completed-ministack.py). */
test('writes by PartiQL, and deletions of what expired, are on the stream with both images', async () => {
  await execute(`INSERT INTO "${TableName}" VALUE {'pk': 'a', 'n': 1}`);
  await execute(`INSERT INTO "${TableName}" VALUE {'pk': 'a', 'n': 9}`);
  await execute(`UPDATE "${TableName}" SET n=2 WHERE pk='a'`);
  await execute(`UPDATE "${TableName}" SET n=3 WHERE pk='a' AND n=1`);
  await execute(`DELETE FROM "${TableName}" WHERE pk='a'`);
  const [one, two] = [1, 2].map((n) => ({ pk: { S: 'a' }, n: { N: String(n) } }));
  expect(await readImages()).toEqual([
    { eventName: 'INSERT', dynamodb: expect.objectContaining({ NewImage: one }) },
    { eventName: 'MODIFY', dynamodb: expect.objectContaining({ OldImage: one, NewImage: two }) },
    { eventName: 'REMOVE', dynamodb: expect.objectContaining({ OldImage: two }) },
  ]);

  await dynamodb.send(
    new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    }),
  );
  const expired = { pk: { S: 'b' }, ttl: { N: '1' } };
  await dynamodb.send(new PutItemCommand({ TableName, Item: expired }));
  const removal = await eventually(async () => (await readImages())[4]);
  expect(removal).toEqual({
    eventName: 'REMOVE',
    dynamodb: expect.objectContaining({ OldImage: expired }),
    userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
  });
});
