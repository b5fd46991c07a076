import { ReceiveMessageCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws } from '../aws.ts';
import { putOnBus } from '../bus.ts';
import { createTenant, eventually, expectCall, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const outputs = readOutputs();
const aws = connectAws(outputs);
let receiver: Receiver;
let tenant: TestTenant;

beforeAll(async () => {
  receiver = await startReceiver({});
  tenant = await createTenant('standard');
  await tenant.createEndpoint({ url: receiver.url });
});
afterAll(async () => {
  aws.close();
  await receiver.close();
});

test('an event on the bus is delivered, with its digits', async () => {
  const data = '{"big":9007199254740993,"n":1}';
  const detail = `{"tenant_id":"${tenant.id}","data":${data},"occurred_at":"2026-01-15T12:30:00Z"}`;
  const [id = ''] = await putOnBus(outputs, [{ type: 'order.paid', detail }]);
  const [request] = await receiver.waitFor(1);
  expect(request?.headers['webhook-id']).toBe(id);
  expect(request?.body).toBe(`{"type":"order.paid","timestamp":"2026-01-15T12:30:00.000Z","data":${data}}`);
  expect(await expectCall(200, 'GET', `/v1/events/${id}`, tenant.key)).toMatchObject({ type: 'order.paid' });
});

test("a producer's own id makes repetition harmless", async () => {
  const detail = JSON.stringify({ tenant_id: tenant.id, id: 'order-7', data: { n: 7 } });
  const before = receiver.requests.length;
  await putOnBus(outputs, [
    { type: 'order.paid', detail },
    { type: 'order.paid', detail },
  ]);
  await putOnBus(outputs, [
    { type: 'order.last', detail: JSON.stringify({ tenant_id: tenant.id, data: {} }) },
  ]);
  await receiver.waitFor(before + 2);
  const ids = receiver.requests.slice(before).map(({ headers }) => headers['webhook-id']);
  expect(ids.filter((id) => id === 'order-7')).toHaveLength(1);
});

test('what names no tenant is not taken, and what cannot be accepted ends with the dead letters', async () => {
  const { BusQueueUrl, BusDeadLetterQueueUrl } = outputs.stack;
  const hideFor = (seconds: number) =>
    aws.sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: BusQueueUrl,
        Attributes: { VisibilityTimeout: String(seconds) },
      }),
    );
  await hideFor(1);
  try {
    const bad = JSON.stringify({ tenant_id: 'nobody', data: { n: 1 } });
    await putOnBus(outputs, [
      { type: 'order.paid', detail: '{"data":{"n":1}}' },
      { type: 'order.paid', detail: bad },
    ]);
    const message = await eventually(async () => {
      const { Messages } = await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl: BusDeadLetterQueueUrl }));
      return Messages?.[0]?.Body;
    });
    expect(JSON.parse(message)).toMatchObject({ 'detail-type': 'order.paid', detail: JSON.parse(bad) });
    const { waiting, inFlight } = await aws.countMessages(BusQueueUrl);
    expect(waiting + inFlight).toBe(0);
  } finally {
    await hideFor(120);
  }
});
