import { ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws } from '../aws.ts';
import { createTenant, eventually } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const outputs = readOutputs();
const aws = connectAws(outputs);
let receiver: Receiver;
afterEach(() => receiver.close());
afterAll(() => aws.close());

test('a retry goes through the queue, a longer one through a schedule that is gone afterwards', async () => {
  // `two-ways` retries after 1 s and 5 s; this stack's queue delays 2 s at most.
  receiver = await startReceiver({ respond: (n) => (n <= 2 ? { status: 503 } : undefined) });
  const tenant = await createTenant('two-ways');
  const endpoint = await tenant.createEndpoint({ url: receiver.url });
  await tenant.publish({ type: 'order.paid', data: { n: 1 } });

  const waiting = await tenant.awaitDelivery(endpoint.id, ({ attempts }) => attempts === 2);
  expect(waiting).toMatchObject({ status: 'retrying', status_code: 503 });
  const schedules = async () => {
    const list = new ListSchedulesCommand({
      GroupName: outputs.stack.ScheduleGroupName,
      NamePrefix: waiting.id,
    });
    return (await aws.scheduler.send(list)).Schedules ?? [];
  };
  const [schedule] = await eventually(async () => {
    const found = await schedules();
    return found.length > 0 ? found : undefined;
  });
  expect(schedule?.Name).toBe(`${waiting.id}-3`);

  await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
  const [first, second, third] = await receiver.waitFor(3);
  expect(second!.receivedAt - first!.receivedAt).toBeGreaterThanOrEqual(1_000);
  expect(third!.receivedAt - second!.receivedAt).toBeGreaterThanOrEqual(5_000);
  expect(new Set([first, second, third].map((request) => request!.headers['webhook-id'])).size).toBe(1);
  expect(await eventually(async () => ((await schedules()).length === 0 ? true : undefined))).toBe(true);
});

test("a slow receiver costs only its own delivery: its batch-mates' results are recorded at once", async () => {
  receiver = await startReceiver();
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
  const slow = await startReceiver({ respond: () => released });
  const tenant = await createTenant('standard');
  const quick = await Promise.all(
    Array.from({ length: 8 }, () => tenant.createEndpoint({ url: receiver.url })),
  );
  const late = await tenant.createEndpoint({ url: slow.url });
  await tenant.publish({ type: 'order.paid', data: {} });
  await slow.waitFor(1);
  await Promise.all(quick.map(({ id }) => tenant.awaitDelivery(id, ({ status }) => status === 'success')));
  expect(await tenant.deliveriesOf(late.id)).toEqual([]);
  release(undefined);
  await tenant.awaitDelivery(late.id, ({ status }) => status === 'success');
  await slow.close();
});
