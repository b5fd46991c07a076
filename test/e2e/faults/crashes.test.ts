import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { GetFunctionConfigurationCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, ReceiveMessageCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { type LocalOutputs, startLocal, stopLocal } from '../../../local/local-aws.ts';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws } from '../aws.ts';
import { createTenant, eventually } from '../platform.ts';
import { testContext } from '../test-context.ts';

/** Of its own: crashing functions are nobody else's. */
const dir = mkdtempSync(path.join(os.tmpdir(), 'posthorn-crashes-'));
const VISIBILITY_SECONDS = 2;
let outputs: LocalOutputs;
let aws: ReturnType<typeof connectAws>;
let receiver: Receiver | undefined;

beforeAll(async () => {
  ({ outputs } = await startLocal({ dir, port: 0, context: testContext }));
  process.env.POSTHORN_OUTPUTS = path.join(dir, 'outputs.json');
  aws = connectAws(outputs);
  // A message comes back after six times the function's timeout, longer than a test waits.
  const Attributes = { VisibilityTimeout: String(VISIBILITY_SECONDS) };
  await aws.sqs.send(new SetQueueAttributesCommand({ QueueUrl: outputs.stack.DeliveryQueueUrl, Attributes }));
});

afterEach(() => receiver?.close());

afterAll(async () => {
  aws?.close();
  await stopLocal({ dir });
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
});

/** Lets a function crash as the hook is told; nothing tells it to behave again. */
async function crash(name: 'Deliver' | 'Dispatch', hook: Record<string, string>): Promise<void> {
  const FunctionName = outputs.stack[`${name}FunctionName`];
  const { Environment } = await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const kept = Object.entries(Environment?.Variables ?? {}).filter(
    ([name]) => !/^(CRASH_|NODE_OPTIONS$)/.test(name),
  );
  const NODE_OPTIONS = `--import=${path.join(import.meta.dirname, 'crash-hook.mjs')}`;
  const Variables = {
    ...Object.fromEntries(kept),
    ...(Object.keys(hook).length > 0 && { NODE_OPTIONS, ...hook }),
  };
  await aws.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
}

/** A tenant with an endpoint whose receiver refuses the first request. */
async function deliverWithOneRetry(hook: Record<string, string>) {
  await crash('Deliver', { ...hook, CRASH_MARK: path.join(dir, `${hook.CRASH_AT_CALL}.mark`) });
  receiver = await startReceiver({ respond: (n) => (n === 1 ? { status: 500 } : undefined) });
  const tenant = await createTenant('demo');
  const endpoint = await tenant.createEndpoint({ url: receiver.url });
  await tenant.publish({ type: 'order.paid', data: {} });
  const delivery = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
  return { delivery, requests: receiver.requests.length };
}

/** What `aws sqs start-message-move-task` does, which the local emulator does not know. */
async function redrive(deadLetters: string | undefined): Promise<void> {
  const { Messages = [] } = await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl: deadLetters }));
  for (const { Body, ReceiptHandle } of Messages) {
    await aws.queue(Body!);
    await aws.sqs.send(new DeleteMessageCommand({ QueueUrl: deadLetters, ReceiptHandle }));
  }
}

test('a crash between the record and the retry loses no delivery, and sends nothing twice', async () => {
  const { delivery, requests } = await deliverWithOneRetry({ CRASH_AT_CALL: 'SendMessageBatch' });
  expect(delivery.attempts).toBe(2);
  expect(requests).toBe(2);
});

test('a crash before the record loses no delivery', async () => {
  const { delivery, requests } = await deliverWithOneRetry({ CRASH_AT_CALL: 'BatchExecuteStatement' });
  // The refused first request was never recorded, so the second was the first attempt.
  expect(delivery.attempts).toBe(1);
  expect(requests).toBe(2);
});

test('an event that is stored while dispatching crashes is delivered all the same', async () => {
  await crash('Deliver', {});
  const CRASH_MARK = path.join(dir, 'dispatch.mark');
  await crash('Dispatch', { CRASH_AT_CALL: 'SendMessageBatch', CRASH_MARK });
  receiver = await startReceiver();
  const tenant = await createTenant('demo');
  const endpoint = await tenant.createEndpoint({ url: receiver.url });
  const event = { id: 'evt_mine', type: 'order.paid', data: { n: 1 } };
  await tenant.publish(event);
  await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
  expect(existsSync(CRASH_MARK)).toBe(true);
  // The producer may have been as unsure as we were, and publishes again.
  expect(await tenant.publish(event)).toMatchObject({ id: 'evt_mine' });
  expect(receiver.requests).toHaveLength(1);
  await crash('Dispatch', {});
});

test('a message that crashes the function reaches the dead letters alone, and is delivered when they are redriven', async () => {
  await crash('Deliver', { CRASH_ON_PATH: '/crash' });
  let healed = false;
  receiver = await startReceiver({
    respond: (_n, { path: called }) => (called === '/crash' && !healed ? { delayMs: 10_000 } : undefined),
  });
  const tenant = await createTenant('demo');
  const origin = new URL(receiver.url).origin;
  const paths = [...Array.from({ length: 9 }, (_, n) => `/good/${n}`), '/crash'];
  const endpoints = await Promise.all(paths.map((at) => tenant.createEndpoint({ url: origin + at })));
  await tenant.publish({ type: 'order.paid', data: {} });

  const deadLetters = outputs.stack.DeliveryDeadLetterQueueUrl;
  await eventually(async () => ((await aws.countMessages(deadLetters)).waiting > 0 ? true : undefined));
  expect(await aws.countMessages(deadLetters)).toEqual({ waiting: 1, inFlight: 0 });
  const requestsTo = (at: string) => receiver!.requests.filter((request) => request.path === at).length;
  expect(paths.slice(0, 9).map(requestsTo)).toEqual(Array(9).fill(1));
  for (const { id } of endpoints.slice(0, 9)) {
    expect(await tenant.deliveriesOf(id)).toEqual([
      expect.objectContaining({ status: 'success', attempts: 1 }),
    ]);
  }

  healed = true;
  await crash('Deliver', {});
  await redrive(deadLetters);
  await tenant.awaitDelivery(endpoints[9]!.id, ({ status }) => status === 'success');
  expect(paths.slice(0, 9).map(requestsTo)).toEqual(Array(9).fill(1));
});
