import { setTimeout as sleep } from 'node:timers/promises';
import { connectAws } from '../aws.ts';
import { checkedFetch } from '../checked-fetch.ts';
import { awaitMail, mailsTo, unsubscribeLink } from '../mails.ts';
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

async function failing(...email: string[]) {
  const tenant = await createTenant('hasty');
  const { id } = await tenant.createEndpoint({
    url: 'http://127.0.0.1:9/',
    description: 'The <shop>',
    alerts: { email },
  });
  const read = () => expectCall<Endpoint>(200, 'GET', `/v1/webhooks/${id}`, tenant.key);
  return { tenant, id, read };
}

test('a thousand failed deliveries are one mail, with all of them in it', async () => {
  const address = 'thousand@example.com';
  const { tenant, id, read } = await failing(address);
  expect((await read()).alerts).toEqual({ email: [address], status: 'on' });
  await tell(
    aws.sqs,
    outputs,
    Array.from({ length: 1_000 }, (_, n) => failedDelivery(tenant.id, id, n)),
  );
  const mail = await awaitMail(outputs, address);
  expect(mail.Source).toBe('alerts@posthorn.example');
  expect(mail.Subject).toMatch(/^\d+ deliveries failed: 127\.0\.0\.1:9$/);
  expect(mail.BodyText).toContain('http://127.0.0.1:9/');
  expect(mail.BodyText).toMatch(/order\.paid: error \d+/);
  expect(mail.BodyHtml).toContain('The &#60;shop&#62;');
  await eventually(async () => {
    const { waiting, inFlight } = await aws.countMessages(outputs.stack.NoticeQueueUrl);
    return waiting + inFlight === 0 || undefined;
  });
  expect(await mailsTo(outputs, address)).toHaveLength(1);
});

test('whoever follows the link of a mail and presses the button gets no more of them', async () => {
  const [leaves, stays] = ['leaves@example.com', 'stays@example.com'];
  const { tenant, id, read } = await failing(leaves, stays);
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
  const { tenant, id, read } = await failing(address);
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
