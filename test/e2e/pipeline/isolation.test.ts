import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { endpointKey } from '../../../lambdas/adapters/endpoint-items.ts';
import { startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws, sqsEvent } from '../aws.ts';
import { createTenant, eventually } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const outputs = readOutputs();
const aws = connectAws(outputs);
afterAll(() => aws.close());

test("the platform's own trouble with one delivery sends no other of its batch again", async () => {
  const receiver = await startReceiver();
  const tenant = await createTenant('standard');
  const endpoints = await Promise.all(
    Array.from({ length: 5 }, (_, n) =>
      tenant.createEndpoint({ url: `${receiver.url}/${n}`, events: ['later'] }),
    ),
  );
  const broken = endpoints[2]!.id;
  await aws.dynamodb.send(
    new UpdateItemCommand({
      TableName: outputs.stack.DirectoryTableName,
      Key: endpointKey(tenant.id, broken),
      UpdateExpression: 'SET sealed = :garbage',
      ExpressionAttributeValues: { ':garbage': { B: new Uint8Array(64) } },
    }),
  );
  const { id } = await tenant.publish({ type: 'order.paid', data: {} });
  const bodies = endpoints.map((endpoint) =>
    JSON.stringify({ t: tenant.id, e: id, p: endpoint.id, a: Date.now(), n: 1 }),
  );

  const first = await aws.invoke(outputs.stack.DeliverFunctionName, sqsEvent(bodies));
  const again = await aws.invoke(outputs.stack.DeliverFunctionName, sqsEvent(bodies));

  expect(first).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-2' }] });
  expect(again).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-2' }] });
  expect(receiver.requests.map(({ path }) => path).sort()).toEqual([0, 1, 3, 4].map((n) => `/webhook/${n}`));
  expect(await tenant.deliveriesOf(broken)).toEqual([]);
  await receiver.close();
});

test('a message that is none fails alone, for the dead letters', async () => {
  const receiver = await startReceiver();
  const tenant = await createTenant('standard');
  const endpoint = await tenant.createEndpoint({ url: receiver.url, events: ['later'] });
  const { id } = await tenant.publish({ type: 'order.paid', data: {} });
  const message = JSON.stringify({ t: tenant.id, e: id, p: endpoint.id, a: Date.now(), n: 1 });
  const batch = sqsEvent(['not JSON', '{"t":1}', message]);
  expect(await aws.invoke(outputs.stack.DeliverFunctionName, batch)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'message-0' }, { itemIdentifier: 'message-1' }],
  });
  await eventually(async () => ((await tenant.deliveriesOf(endpoint.id)).length === 1 ? true : undefined));
  await receiver.close();
});
