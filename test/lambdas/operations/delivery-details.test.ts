import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Attempt } from '../../../core/attempt.ts';
import { formatDeliveryId, makeId } from '../../../core/ids.ts';
import { readMessage } from '../../../lambdas/adapters/delivery-queue.ts';
import { attemptItem } from '../../../lambdas/adapters/delivery-statements.ts';
import { addressOf, deliveryKey } from '../../../lambdas/adapters/delivery-store.ts';
import { packText } from '../../../lambdas/adapters/packing.ts';
import { handler } from '../../../lambdas/manage.ts';
import { ACCEPTED_AT, attemptOf, changeOf, messageOf } from '../adapters/changes.ts';
import { callApi } from '../api.ts';
import { type FakeAws, type Input, startFakeAws } from '../fake-aws.ts';
import { FakeDirectory, tenantItem } from '../fake-directory.ts';

/** What a function may answer, and what a query answers at once. */
const LAMBDA_BYTES = 6_291_556;
const QUERY_BYTES = 1_048_576;

const MESSAGE = messageOf(1);
const { pk, sk } = deliveryKey(addressOf(MESSAGE));
let aws: FakeAws;
let tables: FakeDirectory;
let log: Input[];

beforeAll(async () => {
  aws = await startFakeAws();
});
beforeEach(() => {
  aws.reset();
  aws.on('GetSecretValue', () => ({ SecretString: 'operator' }));
  tables = new FakeDirectory(aws);
  tables.put(tenantItem('ten_1', 'standard'));
  log = [];
  aws.on('Query', queryLog);
});
afterAll(() => aws.close());

/** Answers as DynamoDB does: newest first, up to 1 MB. */
function queryLog({ ExpressionAttributeValues: values, Limit, ExclusiveStartKey: after }: Input): object {
  const inRange = log
    .filter((item) => item.pk.S === values[':pk'].S)
    .filter(({ sk: { S } }) => S >= values[':low'].S && S <= values[':high'].S)
    .filter(({ sk: { S } }) => after === undefined || S < after.sk.S)
    .sort((a, b) => (a.sk.S < b.sk.S ? 1 : -1));
  const Items: Input[] = [];
  let bytes = 0;
  for (const item of inRange.slice(0, Limit)) {
    bytes += JSON.stringify(item).length;
    if (bytes > QUERY_BYTES) break;
    Items.push(item);
  }
  const last = Items.at(-1);
  return { Items, ...(Items.length < inRange.length && { LastEvaluatedKey: { pk, sk: last!.sk } }) };
}

/** What the wire has of an item: bytes as base64. */
const wire = (item: object) =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      value.B === undefined ? value : { B: Buffer.from(value.B).toString('base64') },
    ]),
  );

/** A delivery of an event with this data, after a first attempt and so many retries and resends. */
function putDelivery(data: object, retries: number, resends: number, change: (attempt: Attempt) => Attempt) {
  const event = { y: { S: 'order.paid' }, d: packText(JSON.stringify(data)), a: { N: String(ACCEPTED_AT) } };
  tables.put(wire({ pk: { S: 'ten_1#evt_1' }, ...event, h: { B: Buffer.from('hash') } }));
  const counts = { s: { S: 'succeeded' }, n: { N: String(1 + retries) }, u: { N: String(resends) } };
  const owners = {
    t: { S: 'ten_1' },
    p: { S: MESSAGE.endpointId },
    e: { S: 'evt_1' },
    y: { S: 'order.paid' },
  };
  const made = (number: number) =>
    change({ ...attemptOf(number), startedAt: ACCEPTED_AT + number * 1_000, error: `The ${number}th.` });
  tables.put(wire({ pk, sk, ...owners, ...counts, x: packText(JSON.stringify(made(1))) }));
  const later = Array.from({ length: retries + resends }, (_, i) => {
    const isResend = i >= retries;
    const message = isResend ? { ...MESSAGE, resend: 'r' } : messageOf(1, i + 2);
    const recorded = { state: 'retrying', attempts: 1 + retries, resends: i - retries } as const;
    return wire(attemptItem({ ...changeOf(message, 'failed'), recorded }, made(i + 2)));
  });
  log.push(...later);
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** @returns the answer's body, and how many bytes Lambda would have to hand on */
async function readDetails() {
  const id = formatDeliveryId('del_', addressOf(MESSAGE));
  const { status, body } = await callApi(handler, 'GET', `/v1/deliveries/${id}?tenant_id=ten_1`);
  expect(status).toBe(200);
  return { body, bytes: Buffer.byteLength(JSON.stringify({ body: JSON.stringify(body) })) };
}

test('20 attempts of a body of 256 KB, full of quotes, are one answer, with that body in it once', async () => {
  const data = { text: '"'.repeat(131_000) };
  let sent = '';
  putDelivery(data, 9, 10, (attempt) => {
    sent = JSON.stringify({ type: 'order.paid', timestamp: new Date(ACCEPTED_AT).toISOString(), data });
    return { ...attempt, request: { ...attempt.request, bodyHash: sha256(sent) } };
  });
  const { body, bytes } = await readDetails();
  expect(bytes).toBeLessThan(LAMBDA_BYTES);
  expect([body.body, body.body_sha256]).toEqual([sent, sha256(sent)]);
  expect(body.attempt_log).toHaveLength(20);
  for (const { request } of body.attempt_log) {
    expect(request.body_sha256).toBe(body.body_sha256);
    expect(request).not.toHaveProperty('body');
  }
});

test('of hundreds of resends the latest are shown, oldest first, and all are counted', async () => {
  putDelivery({}, 9, 1_500, (attempt) => attempt);
  const { body } = await readDetails();
  expect(body.attempts).toBe(1_510);
  const numbers = body.attempt_log.map(({ attempt }: { attempt: number }) => attempt);
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => 1_411 + i));
});

test('a log beyond what a query or an answer may have is read on, and then bounded', async () => {
  // As bad as an endpoint of somebody's may make it: 16 KB of its own headers and 4 KB of an answer, all of it escaped.
  const noise = Array.from({ length: 20 }, (_, i) => [
    `X-${i}`,
    createHash('sha512').update(`${i}`).digest('base64').repeat(9).replaceAll(/[A-Z]/g, '"'),
  ]);
  const headers = Object.fromEntries(noise);
  putDelivery({}, 0, 150, (attempt) => ({
    ...attempt,
    request: { ...attempt.request, headers },
    response: { headers: {}, body: '\u0001'.repeat(4_096), truncated: true },
  }));
  // Not packed as well as this noise is: what random bytes would be.
  for (const item of log) item.padding = { S: 'x'.repeat(20_000) };
  const { body, bytes } = await readDetails();
  expect(bytes).toBeLessThan(LAMBDA_BYTES);
  expect(body.attempt_log.length).toBeGreaterThan(20);
  expect(body.attempt_log.length).toBeLessThan(100);
  expect(body.attempt_log.at(-1).attempt).toBe(151);
  expect(aws.inputsOf('Query').length).toBeGreaterThan(2);
});

describe('a resend', () => {
  const path = `/v1/deliveries/${formatDeliveryId('del_', addressOf(MESSAGE))}`;
  const ask = () => callApi(handler, 'POST', `${path}/resend?tenant_id=ten_1`);
  const status = async () => (await readDetails()).body.status;
  const noted = () => tables.find(pk.S!, sk.S!).q;
  beforeEach(() => {
    putDelivery({}, 0, 0, (attempt) => attempt);
    const key = { pk: { S: 'TENANT#ten_1' }, sk: { S: `ENDPOINT#${MESSAGE.endpointId}` } };
    tables.put({ ...key, active: { BOOL: true }, events: { L: [{ S: '*' }] } });
    aws.on('SendMessageBatch', () => ({ Successful: [], Failed: [] }));
  });

  test('is pending from the moment that it is asked for', async () => {
    expect((await ask()).body.status).toBe('pending');
    expect(await status()).toBe('pending');
    expect(readMessage(aws.inputsOf('SendMessageBatch')[0].Entries[0].MessageBody).resend).toBe(noted().S);
  });

  test('that cannot be queued is no longer pending', async () => {
    jest.spyOn(console, 'error').mockReturnValue();
    aws.on('SendMessageBatch', ({ Entries }) => ({
      Failed: Entries.map(({ Id }: Input) => ({ Id, Code: 'InvalidParameterValue', SenderFault: true })),
    }));
    expect((await ask()).status).toBeGreaterThanOrEqual(500);
    expect(noted()).toBeUndefined();
    expect(await status()).toBe('success');
  });

  test('whose message was lost is pending for as long as the queue would have kept it', async () => {
    const askedBefore = (days: number) =>
      tables.update(pk.S!, sk.S!, { q: { S: makeId('', Date.now() - days * 86_400_000, Buffer.alloc(14)) } });
    askedBefore(3.9);
    expect(await status()).toBe('pending');
    askedBefore(4);
    expect(await status()).toBe('success');
  });
});
