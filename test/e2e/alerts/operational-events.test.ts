import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { verify } from '../../../client/verify.ts';
import { localClientConfig } from '../../../local/aws.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws } from '../aws.ts';
import { failedDelivery, tell } from '../notices.ts';
import { createTenant, eventually, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const outputs = readOutputs();
const { operatorKey } = outputs;
const aws = connectAws(outputs);
const receivers: Receiver[] = [];
afterAll(async () => {
  aws.close();
  await Promise.all(receivers.map((receiver) => receiver.close()));
});

async function receive(): Promise<Receiver> {
  const receiver = await startReceiver();
  receivers.push(receiver);
  return receiver;
}

test('a failed delivery is told to the tenant and the operator, signed, and to nobody else', async () => {
  const [ours, operators, ordinary] = [await receive(), await receive(), await receive()];
  const tenant = await createTenant('standard');
  const { id } = await tenant.createEndpoint({ url: ordinary.url });
  const { secret } = await tenant.createEndpoint({ url: ours.url, operational: true });
  await expectCall(201, 'POST', '/v1/webhooks', operatorKey, {
    tenant_id: 'operator',
    url: operators.url,
    operational: true,
    filters: { tenant_id: tenant.id },
  });
  await tell(aws.sqs, outputs, [failedDelivery(tenant.id, id, 1)]);
  const [request] = await ours.waitFor(1);
  const event = verify('standard', secret, request?.headers as Record<string, string>, request?.body ?? '');
  expect(event).toMatchObject({
    type: 'delivery.failed',
    data: { tenant_id: tenant.id, webhook_id: id, event_type: 'order.paid', error: 'error 1' },
  });
  const [told] = await operators.waitFor(1);
  expect(JSON.parse(told?.body ?? '')).toMatchObject({ data: { tenant_id: tenant.id } });
  expect(told?.headers['webhook-id']).toBe(request?.headers['webhook-id']);
  await tenant.publish({ type: 'order.paid', data: {} });
  await ordinary.waitFor(1);
  expect(ordinary.requests.map(({ body }) => JSON.parse(body).type)).toEqual(['order.paid']);
  expect([ours.requests.length, operators.requests.length]).toEqual([1, 1]);
  const { events } = await expectCall<{ events: unknown[] }>(200, 'GET', '/v1/events', tenant.key);
  expect(events).not.toContainEqual(expect.objectContaining({ type: 'delivery.failed' }));
});

test('an operational endpoint that fails makes no further events', async () => {
  const [ours, witness] = [await receive(), await receive()];
  const tenant = await createTenant('standard');
  const { id } = await tenant.createEndpoint({ url: ours.url, operational: true });
  const ordinary = await tenant.createEndpoint({ url: witness.url });
  await tell(aws.sqs, outputs, [failedDelivery(tenant.id, id, 1)]);
  await tell(aws.sqs, outputs, [failedDelivery(tenant.id, ordinary.id, 2)]);
  const [request] = await ours.waitFor(1);
  expect(JSON.parse(request?.body ?? '').data).toMatchObject({ webhook_id: ordinary.id });
  expect(ours.requests).toHaveLength(1);
});

test('a revoked key is told, on the bus too', async () => {
  const bus = await listenOnBus('key.revoked');
  try {
    const ours = await receive();
    const tenant = await createTenant('standard');
    await tenant.createEndpoint({ url: ours.url, operational: true, events: ['key.*'] });
    const path = `/v1/tenants/${tenant.id}/api-keys`;
    const key = await expectCall<{ id: string }>(201, 'POST', path, tenant.key, {
      scope: 'publish',
      name: 'shop',
    });
    await expectCall(204, 'DELETE', `${path}/${key.id}`, tenant.key);
    const [request] = await ours.waitFor(1);
    const data = { tenant_id: tenant.id, key_id: key.id, scope: 'publish', name: 'shop' };
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ type: 'key.revoked', data });
    const told = await bus.awaitDetail(({ key_id }) => key_id === key.id);
    expect(told).toMatchObject({ ...data, id: request?.headers['webhook-id'] });
  } finally {
    await bus.close();
  }
});

/** A rule of an operator's on the bus, that brings events of a type to a queue. */
async function listenOnBus(type: string) {
  const eventBridge = new EventBridgeClient(localClientConfig(outputs.awsEndpoint));
  const EventBusName = outputs.stack.OperationalBusName;
  const name = `test-${process.pid}-${Date.now()}`;
  const { QueueUrl } = await aws.sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const EventPattern = JSON.stringify({ source: ['posthorn'], 'detail-type': [type] });
  await eventBridge.send(new PutRuleCommand({ Name: name, EventBusName, EventPattern }));
  const Targets = [{ Id: 'queue', Arn: Attributes?.QueueArn }];
  await eventBridge.send(new PutTargetsCommand({ Rule: name, EventBusName, Targets }));
  type Detail = Record<string, unknown>;
  return {
    awaitDetail: (fits: (detail: Detail) => boolean) =>
      eventually(async () => {
        const { Messages = [] } = await aws.sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
        );
        return Messages.map(({ Body }) => JSON.parse(Body ?? '{}').detail as Detail).find(fits);
      }),
    close: async () => {
      await eventBridge.send(new RemoveTargetsCommand({ Rule: name, EventBusName, Ids: ['queue'] }));
      await eventBridge.send(new DeleteRuleCommand({ Name: name, EventBusName }));
      await aws.sqs.send(new DeleteQueueCommand({ QueueUrl }));
      eventBridge.destroy();
    },
  };
}
