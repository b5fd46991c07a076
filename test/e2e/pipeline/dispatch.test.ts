import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PurgeQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { parseDeliveryId } from '../../../core/ids.ts';
import { deliveryKey } from '../../../lambdas/adapters/delivery-store.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws } from '../aws.ts';
import { addBystanders } from '../many-endpoints.ts';
import { createTenant, eventually, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const outputs = readOutputs();
const aws = connectAws(outputs);
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());
afterAll(() => aws.close());

test('an event that matches nothing is stored and listed', async () => {
  const tenant = await createTenant('standard');
  const endpoint = await tenant.createEndpoint({ url: receiver.url, events: ['order.*'] });
  const { id } = await tenant.publish({
    type: 'invoice.sent',
    data: { n: 12345678901234567890n.toString() },
  });
  const listed = await eventually(async () => {
    const { events } = await expectCall<{ events: { id: string }[] }>(200, 'GET', '/v1/events', tenant.key);
    return events.length > 0 ? events : undefined;
  });
  expect(listed).toEqual([expect.objectContaining({ id, type: 'invoice.sent' })]);
  expect(await tenant.deliveriesOf(endpoint.id)).toEqual([]);
});

test('ten thousand endpoints: each that matches gets the event once', async () => {
  const tenant = await createTenant('standard');
  const wanted = Array.from({ length: 60 }, (_, n) => `${receiver.url}/${n}`);
  const endpoints = await Promise.all(wanted.map((url) => tenant.createEndpoint({ url })));
  await addBystanders(aws.dynamodb, outputs, tenant.id, endpoints[0]!.id, 10_000);
  await tenant.publish({ type: 'order.paid', data: { n: 1 } });
  const requests = await receiver.waitFor(60);
  expect(requests.map(({ path }) => path).sort()).toEqual(wanted.map((url) => new URL(url).pathname).sort());
});

test('a record that cannot be read goes to the poison queue, whole, and holds up nothing', async () => {
  const tenant = await createTenant('standard');
  await tenant.createEndpoint({ url: receiver.url });
  const pk = `${tenant.id}#poison`;
  await aws.dynamodb.send(
    new PutItemCommand({
      TableName: outputs.stack.EventsTableName,
      Item: { pk: { S: pk }, y: { S: 'order.paid' }, why: { S: 'no data' } },
    }),
  );
  await tenant.publish({ type: 'order.paid', data: {} });
  await receiver.waitFor(1);
  const { Messages = [] } = await aws.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: outputs.stack.PoisonQueueUrl,
      WaitTimeSeconds: 5,
      MaxNumberOfMessages: 10,
    }),
  );
  const poisoned = Messages.map(({ Body }) => JSON.parse(Body ?? '{}'));
  expect(poisoned).toContainEqual({
    record: expect.objectContaining({
      eventName: 'INSERT',
      dynamodb: expect.objectContaining({
        NewImage: expect.objectContaining({ pk: { S: pk }, why: { S: 'no data' } }),
      }),
    }),
    error: expect.stringContaining('is not an event'),
  });
  await aws.sqs.send(new PurgeQueueCommand({ QueueUrl: outputs.stack.PoisonQueueUrl }));
});

test('dispatching a time range again sends what was lost and nothing else', async () => {
  const tenant = await createTenant('standard');
  const endpoint = await tenant.createEndpoint({ url: receiver.url });
  const from = new Date(Date.now() - 1_000).toISOString();
  const [kept, lost] = [
    await tenant.publish({ type: 'a', data: {} }),
    await tenant.publish({ type: 'b', data: {} }),
  ];
  await eventually(async () => ((await tenant.deliveriesOf(endpoint.id)).length === 2 ? true : undefined));
  const record = (await tenant.deliveriesOf(endpoint.id)).find(({ event_id }) => event_id === lost.id);
  const address = parseDeliveryId('del_', record!.id);
  await aws.dynamodb.send(
    new DeleteItemCommand({ TableName: outputs.stack.DeliveriesTableName, Key: deliveryKey(address!) }),
  );
  const later = await startReceiver();
  await tenant.createEndpoint({ url: later.url }); // was not there when the events were

  const range = { from, to: new Date(Date.now() + 60_000).toISOString(), tenant_id: tenant.id };
  expect(await aws.invoke(outputs.stack.RedispatchFunctionName, range)).toEqual({ events: 2 });

  const requests = await receiver.waitFor(3);
  await eventually(async () => ((await tenant.deliveriesOf(endpoint.id)).length === 2 ? true : undefined));
  const ids = requests.map(({ headers }) => headers['webhook-id']);
  expect(ids.filter((id) => id === lost.id)).toHaveLength(2);
  expect(ids.filter((id) => id === kept.id)).toHaveLength(1);
  await later.close();
});

test('a time range that cannot be read is refused with what was sent', async () => {
  const refused = aws.invoke(outputs.stack.RedispatchFunctionName, {
    from: 'yesterday',
    to: '2026-01-01T00:00:00Z',
  });
  await expect(refused).rejects.toThrow(/yesterday/);
});
