import { setTimeout as sleep } from 'node:timers/promises';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { AlertState } from '../../../core/alert-digest.ts';
import { startReceiver } from '../../fixtures/receivers/receiver.ts';
import { connectAws } from '../aws.ts';
import { checkedFetch } from '../checked-fetch.ts';
import { awaitMail, type KeptMail, mailsTo, unsubscribeLink } from '../mails.ts';
import { failedDelivery, tell } from '../notices.ts';
import { createTenant, eventually, expectCall } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';

const outputs = readOutputs();
const aws = connectAws(outputs);
afterAll(() => aws.close());

interface Endpoint {
  readonly alerts?: {
    readonly email: readonly string[];
    readonly status: string;
    readonly stopped?: readonly { readonly email: string; readonly reason: string }[];
  };
}

/** Where nobody listens. */
const NOBODY = 'http://127.0.0.1:9/';

async function failing(url: string, ...email: string[]) {
  const tenant = await createTenant('hasty');
  const { id } = await tenant.createEndpoint({
    url,
    description: 'The <shop>',
    alerts: { email },
  });
  const read = () => expectCall<Endpoint>(200, 'GET', `/v1/webhooks/${id}`, tenant.key);
  return { tenant, id, read };
}

/** What waits to be mailed of an endpoint. */
async function waiting(tenantId: string, endpointId: string): Promise<number> {
  const Key = { pk: { S: `TENANT#${tenantId}` }, sk: { S: `ALERT#${endpointId}` } };
  const TableName = outputs.stack.DirectoryTableName;
  const { Item } = await aws.dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  const { digest } = JSON.parse(Item?.state?.S ?? '{}') as AlertState;
  return digest?.failures ?? 0;
}

test('of a thousand deliveries that fail one mail is sent; what it does not say yet waits for the next', async () => {
  const address = 'thousand@example.com';
  const receiver = await startReceiver({ respond: () => ({ status: 500 }) });
  const { tenant, id, read } = await failing(receiver.url, address);
  expect((await read()).alerts).toEqual({ email: [address], status: 'on' });
  for (let batch = 0; batch < 10; batch++) {
    const events = Array.from({ length: 100 }, (_, n) => ({ type: 'order.paid', data: { batch, n } }));
    await expectCall(202, 'POST', '/v1/events', tenant.key, { events });
  }
  const mailed = async () => {
    const mails = await mailsTo(outputs, address);
    const counts = mails.map(({ Subject }) => Number(/^(\d+) deliver(y|ies) failed: /.exec(Subject)?.[1]));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  // By hundreds, so that a slow machine is waited for as long as it gets on.
  for (let told = 100; told <= 1_000; told += 100)
    await eventually(async () => (await mailed()) + (await waiting(tenant.id, id)) >= told || undefined);
  await eventually(async () => {
    const { waiting, inFlight } = await aws.countMessages(outputs.stack.NoticeQueueUrl);
    return waiting + inFlight === 0 || undefined;
  });
  const mails = await mailsTo(outputs, address);
  expect(mails).toHaveLength(1);
  expect((await mailed()) + (await waiting(tenant.id, id))).toBe(1_000);
  expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1_000);
  const [mail] = mails as [KeptMail];
  expect(mail.Source).toBe('alerts@posthorn.example');
  expect(mail.BodyText).toContain(`${await mailed()} × order.paid`);
  expect(mail.BodyText).toContain('order.paid: The endpoint answered 500.');
  expect(mail.BodyText).toContain(receiver.url);
  expect(mail.BodyHtml).toContain('The &#60;shop&#62;');
  await receiver.close();
});

test('whoever follows the link of a mail and presses the button gets no more of them', async () => {
  const [leaves, stays] = ['leaves@example.com', 'stays@example.com'];
  const { tenant, id, read } = await failing(NOBODY, leaves, stays);
  await tell(aws.sqs, outputs, [failedDelivery(tenant.id, id, 1)]);
  const link = unsubscribeLink(await awaitMail(outputs, leaves));
  expect(unsubscribeLink(await awaitMail(outputs, stays))).not.toBe(link);
  const page = await checkedFetch(link);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<form method="post">')]);
  expect((await read()).alerts?.email).toEqual([leaves, stays]);
  // As a mail program does for its own button.
  const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
  expect((await checkedFetch(link, { method: 'POST', body })).status).toBe(200);
  const stopped = [expect.objectContaining({ email: leaves, reason: 'unsubscribed' })];
  expect((await read()).alerts).toEqual({ email: [stays], status: 'on', stopped });
  expect((await checkedFetch(`${link}x`, { method: 'POST' })).status).toBe(404);
  const patch = { alerts: { email: [leaves] } };
  const patched = await expectCall<Endpoint>(200, 'PATCH', `/v1/webhooks/${id}`, tenant.key, patch);
  expect(patched.alerts).toEqual({ email: [leaves], status: 'on' });
});

test('an address whose mail bounced is taken off', async () => {
  const address = 'gone@example.com';
  const { tenant, id, read } = await failing(NOBODY, address);
  await publishFeedback({
    eventType: 'Bounce',
    mail: { tags: { tenant: [tenant.id], endpoint: [id] } },
    bounce: { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: address }] },
  });
  const alerts = await eventually(async () => (await read()).alerts?.stopped && (await read()).alerts);
  expect(alerts).toMatchObject({ email: [], stopped: [{ email: address, reason: 'bounced' }] });
  await tell(aws.sqs, outputs, [failedDelivery(tenant.id, id, 1)]);
  await sleep(4_000);
  expect(await mailsTo(outputs, address)).toEqual([]);
});

/** As SES does. By hand: the local one tells nobody of bounces, and SNS's client would be one more dependency. */
async function publishFeedback(event: object): Promise<void> {
  const response = await fetch(outputs.awsEndpoint, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${outputs.region}/sns/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({
      Action: 'Publish',
      Version: '2010-03-31',
      TopicArn: outputs.stack.MailFeedbackTopicArn ?? '',
      Message: JSON.stringify(event),
    }),
  });
  if (!response.ok) throw new Error(`SNS answered ${response.status}: ${await response.text()}`);
}
