import { afterAll, afterEach, beforeAll, beforeEach, jest } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { acceptEvent } from '../../core/accept-event.ts';
import type { DeliveryMessage } from '../../core/delivery.ts';
import { DIALECTS } from '../../core/dialects/index.ts';
import { printMessage } from '../../lambdas/adapters/delivery-queue.ts';
import { putEvent } from '../../lambdas/adapters/event-store.ts';
import { handler } from '../../lambdas/deliver.ts';
import { type Answer, type Receiver, startReceiver } from '../fixtures/receivers/receiver.ts';
import { verifyStandard } from '../fixtures/receivers/standard.ts';
import { storedEndpoint } from './adapters/endpoints.ts';
import { type FakeAws, startFakeAws } from './fake-aws.ts';
import { FakeTables } from './fake-tables.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const ENDPOINT = 'ep_0TbsgmRk5x2mQ8vYb1LzNc';
export const ACCEPTED_AT = 1768480200_000;

/** What the delivering function works with, anew for each test. */
export interface Delivering {
  aws: FakeAws;
  tables: FakeTables;
  receiver: Receiver;
  /** What the receiver answers. */
  respond: (n: number, body: string) => Answer | undefined;
}

/** Puts an endpoint with a real receiver and ten events into tables in memory, before each test of a suite. */
export function setUpDelivering(): Delivering {
  const at = {} as Delivering;
  beforeAll(async () => {
    process.env.ALLOW_LOCAL_RECEIVERS = 'true';
    at.aws = await startFakeAws();
    process.env.FAN_OUT_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/fan-out`;
  });
  beforeEach(async () => {
    at.aws.reset();
    jest.spyOn(console, 'error').mockReturnValue();
    jest.spyOn(console, 'info').mockReturnValue();
    at.tables = new FakeTables(at.aws);
    at.respond = () => undefined;
    at.receiver = await startReceiver({
      secret: SECRET,
      verify: verifyStandard,
      respond: (n, { body }) => at.respond(n, body),
    });
    await putEndpoint(at, ENDPOINT);
    for (let n = 0; n < 10; n++) await publish(n);
    at.aws.takeNames();
  });
  afterEach(() => at.receiver.close());
  afterAll(() => at.aws.close());
  return at;
}

export async function putEndpoint(at: Delivering, id: string, active = true): Promise<void> {
  const signing = [{ kind: 'hmac', value: SECRET }];
  const { sealed, wrappedKey } = await storedEndpoint({ id }, { signing });
  at.tables.put('directory', {
    pk: { S: 'TENANT#ten_1' },
    sk: { S: `ENDPOINT#${id}` },
    dialect: { S: 'standard' },
    url: { S: at.receiver.url },
    events: { L: [{ S: '*' }] },
    active: { BOOL: active },
    created_at: { N: '1' },
    updated_at: { N: '1' },
    sealed: { B: Buffer.from(sealed).toString('base64') },
    wrapped_key: { B: Buffer.from(wrappedKey).toString('base64') },
  });
}

async function publish(n: number): Promise<void> {
  const input = { id: `evt_${n}`, type: 'order.paid', data: { n } };
  await putEvent(acceptEvent(DIALECTS.standard, 'ten_1', input, ACCEPTED_AT));
}

/** The body of a message for the n-th event. */
export function messageOf(n: number, fields: Partial<DeliveryMessage> = {}): string {
  const message = { tenantId: 'ten_1', eventId: `evt_${n}`, endpointId: ENDPOINT, acceptedAt: ACCEPTED_AT };
  return printMessage({ ...message, attempt: 1, ...fields });
}

/** Hands the function a batch. @returns the ids of the messages that it left to come again */
export async function deliver(bodies: string[], receiveCount = 1): Promise<string[]> {
  const Records = bodies.map((body, i) => ({
    body,
    messageId: `m${i}`,
    receiptHandle: `r${i}`,
    attributes: { ApproximateReceiveCount: String(receiveCount) },
  }));
  const { batchItemFailures } = await handler({ Records } as unknown as SQSEvent);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

export const tenMessages = Array.from({ length: 10 }, (_, n) => messageOf(n));
