import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws } from '../aws.ts';
import { type MetricsLine, metricsIn, readLog } from '../logs.ts';
import { createTenant, eventually } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const outputs = readOutputs();
const aws = connectAws(outputs);
let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver({ respond: (n) => ({ status: n === 1 ? 500 : 200 }) });
});
afterEach(() => receiver.close());
afterAll(() => aws.close());

/** Waits for a line with such a metric in the function's log. */
const awaitMetric = (name: string, functionName: string | undefined, since: number): Promise<MetricsLine> =>
  eventually(async () =>
    metricsIn(await readLog(outputs, aws.lambda, functionName, since)).find(({ values }) => name in values),
  );

test('an event is counted at every hop, with nothing but the platform as a dimension', async () => {
  const since = Date.now();
  const tenant = await createTenant('two-ways');
  const endpoint = await tenant.createEndpoint({ url: receiver.url });
  const { id } = await tenant.publish({ type: 'order.paid', data: {} });
  await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
  const { DispatchFunctionName, DeliverFunctionName } = outputs.stack;
  const found = await Promise.all([
    awaitMetric('Published', DispatchFunctionName, since),
    awaitMetric('Dispatched', DispatchFunctionName, since),
    awaitMetric('Delivered', DeliverFunctionName, since),
    awaitMetric('FailedAttempts', DeliverFunctionName, since),
    awaitMetric('AttemptLatency', DeliverFunctionName, since),
    awaitMetric('DeliveryAge', DeliverFunctionName, since),
  ]);
  for (const line of found) {
    expect(line).toMatchObject({ namespace: 'Posthorn', dimensions: { service: 'posthorn-Platform' } });
    expect(JSON.stringify(line)).not.toMatch(new RegExp(`${id}|${tenant.id}|${endpoint.id}`));
  }
});
