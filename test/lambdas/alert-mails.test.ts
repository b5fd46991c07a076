import { SESv2Client } from '@aws-sdk/client-sesv2';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { TRIES_OF_A_MAIL } from '../../core/mail-tries.ts';
import type { Notice } from '../../core/notice.ts';
import type { Item } from '../../lambdas/adapters/dynamodb.ts';
import { fromItem } from '../../lambdas/adapters/endpoint-items.ts';
import { at, failed, ID, pass, setUpAlerting, tell } from './alerting.ts';
import { emails } from './fake-alerts.ts';
import { AwsError, type Input } from './fake-aws.ts';

setUpAlerting();

describe('mails', () => {
  test('a thousand failed deliveries, told by several functions at once, are one mail', async () => {
    at.alerts.endpoint('acme', ID, emails('dev@example.com'));
    const notices = Array.from({ length: 1_000 }, (_, n) => failed(n));
    const batches = Array.from({ length: 10 }, (_, i) => notices.slice(100 * i, 100 * (i + 1)));
    const answers = await Promise.all(batches.map((batch) => tell(...batch)));
    expect(answers.flatMap(({ batchItemFailures }) => batchItemFailures)).toEqual([]);
    expect(at.alerts.mails).toEqual([]);
    await pass(86_400_000);
    expect(at.alerts.mails).toHaveLength(1);
    expect(at.alerts.mails[0].Content.Simple.Subject.Data).toBe('1000 deliveries failed: hooks.example.com');
  });

  test('a mail has what happened, who sends it, and how to stop it by one click', async () => {
    at.alerts.endpoint('acme', ID, emails('dev@example.com'));
    await tell(failed(1));
    await pass(60_000);
    const [mail] = at.alerts.mails;
    expect(mail).toMatchObject({
      FromEmailAddress: 'alerts@posthorn.example',
      Destination: { ToAddresses: ['dev@example.com'] },
      ConfigurationSetName: 'set-1',
      EmailTags: [
        { Name: 'tenant', Value: 'acme' },
        { Name: 'endpoint', Value: ID },
      ],
    });
    const { Text, Html } = mail.Content.Simple.Body;
    expect(Text.Data).toContain('order.paid: error 1');
    expect(Text.Data).toContain(`https://dash.example.com/acme/${ID}`);
    const link = /https:\/\/api\.example\.com\/v1\/alerts\/unsubscribe\?token=\S+/.exec(Text.Data)?.[0];
    expect(Html.Data).toContain(link);
    expect(mail.Content.Simple.Headers).toEqual([
      { Name: 'List-Unsubscribe', Value: `<${link}>` },
      { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
      { Name: 'Auto-Submitted', Value: 'auto-generated' },
    ]);
  });

  test('a digest that waits for its hour does so in steps that the queue can delay', async () => {
    at.alerts.endpoint('acme', ID, emails('dev@example.com'));
    await tell(failed(1));
    await pass(60_000);
    await tell(failed(2));
    expect(at.alerts.queued.map(({ delay }) => delay)).toEqual([900]);
    await pass(3_500_000);
    expect(at.alerts.mails).toHaveLength(1);
    await pass(120_000);
    expect(at.alerts.mails).toHaveLength(2);
  });

  test('each address gets a link of its own, and one that SES refuses keeps none from the others', async () => {
    at.alerts.endpoint('acme', ID, emails('a@example.com', 'b@example.com'));
    await tell(failed(1));
    const due = at.alerts.queued.splice(0)[0]?.notice as Notice;
    let refuses = true;
    at.aws.on('POST /v2/email/outbound-emails', (mail) => {
      if (refuses && mail.Destination.ToAddresses[0] === 'a@example.com')
        throw new AwsError('MessageRejected');
      at.alerts.mails.push(mail);
      return { MessageId: '1' };
    });
    at.now += 31_000;
    expect((await tell(due)).batchItemFailures).toHaveLength(1);
    refuses = false;
    at.now += 180_000;
    expect((await tell(due)).batchItemFailures).toEqual([]);
    const links = at.alerts.mails.map((mail) => mail.Content.Simple.Headers[0].Value);
    expect(at.alerts.mails.map((mail) => mail.Destination.ToAddresses[0])).toEqual([
      'b@example.com',
      'a@example.com',
    ]);
    expect(new Set(links).size).toBe(2);
  });

  describe('an address that SES refuses for good', () => {
    const refused = () =>
      fromItem(at.alerts.items.get(`TENANT#acme ENDPOINT#${ID}`) as Item).refusedAlerts?.map(
        ({ email, reason }) => [email, reason],
      );
    let tries: string[];
    let error: string | undefined;
    let told = 0;
    beforeEach(() => {
      at.alerts.endpoint('acme', ID, emails('good@example.com', 'bad@example.com'));
      tries = [];
      error = 'MessageRejected';
      at.aws.on('POST /v2/email/outbound-emails', (mail) => {
        const [address] = mail.Destination.ToAddresses;
        tries.push(address);
        if (error !== undefined && address === 'bad@example.com') throw new AwsError(error);
        at.alerts.mails.push(mail);
        return { MessageId: '1' };
      });
    });

    /** As the queue does: what fails comes again three minutes later, five times at most. */
    async function live(hours: number): Promise<number> {
      const failures = new Map<string, number>();
      let deadLetters = 0;
      for (let hour = 0; hour < hours; hour++) {
        await tell(failed(told++));
        await pass(3_600_000, (notice) => {
          const name = JSON.stringify(notice);
          failures.set(name, (failures.get(name) ?? 0) + 1);
          const isDead = failures.get(name) === 5;
          if (isDead) deadLetters += 1;
          return !isDead;
        });
      }
      return deadLetters;
    }

    test('keeps no later digest from the others, and no dead letter comes of it', async () => {
      expect(await live(48)).toBe(0);
      const good = at.alerts.mails.filter((mail) => mail.Destination.ToAddresses[0] === 'good@example.com');
      expect(good.length).toBeGreaterThanOrEqual(40);
      expect(at.alerts.mails).toHaveLength(good.length);
      const bad = tries.filter((address) => address === 'bad@example.com');
      expect(bad.length).toBeLessThanOrEqual(TRIES_OF_A_MAIL * (good.length + 1));
    });

    test('is shown with the reason, until a mail goes through again', async () => {
      await live(2);
      expect(refused()).toEqual([['bad@example.com', 'SES refused the mail: MessageRejected.']]);
      error = undefined;
      await live(2);
      expect(refused()).toBeUndefined();
    });

    test('is tried once where the same answer would come again', async () => {
      error = 'BadRequestException';
      await tell(failed(1));
      await pass(3_000_000);
      expect(tries).toEqual(['good@example.com', 'bad@example.com']);
      expect(refused()).toHaveLength(1);
    });
  });

  describe('what is no fault of the address', () => {
    const DAY = 86_400_000;
    let tries: number[];
    let answers: () => void;
    let received: Map<string, number>;
    let deadLetters: Notice[];
    beforeEach(() => {
      at.alerts.endpoint('acme', ID, emails('a@example.com', 'b@example.com'));
      [tries, received, deadLetters] = [[], new Map(), []];
      at.aws.on('POST /v2/email/outbound-emails', (mail) => {
        tries.push(at.now);
        answers();
        at.alerts.mails.push(mail);
        return { MessageId: '1' };
      });
    });

    /** As the queue does: the fifth failure of a message is its last. */
    const live = (ms: number) =>
      pass(ms, (notice) => {
        const name = JSON.stringify(notice);
        received.set(name, (received.get(name) ?? 0) + 1);
        const isDead = received.get(name) === 5;
        if (isDead) deadLetters.push(notice);
        return !isDead;
      });
    const refuses = (error: string) => () => {
      throw new AwsError(error);
    };
    const refused = () => fromItem(at.alerts.items.get(`TENANT#acme ENDPOINT#${ID}`) as Item).refusedAlerts;

    test.each([
      'TooManyRequestsException',
      'ThrottlingException',
      'AccountSuspendedException',
      'SendingPausedException',
      'MailFromDomainNotVerifiedException',
      'NotFoundException',
      'AccessDeniedException',
      // The one that the fake answers with 500.
      'InternalServerError',
    ])('%s puts a mail off for hours, and counts as no refusal', async (error) => {
      await tell(failed(1));
      answers = refuses(error);
      await live(6 * 3_600_000);
      expect([at.alerts.mails, deadLetters, refused()]).toEqual([[], [], undefined]);
      expect(tries.length).toBeGreaterThan(5);
      answers = () => {};
      await live(3_600_000);
      expect(at.alerts.mails.map((mail) => mail.Destination.ToAddresses[0])).toEqual([
        'a@example.com',
        'b@example.com',
      ]);
    });

    test.each([
      ['a connection that broke', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
      ['a time-out', Object.assign(new Error('no answer in 4000 ms'), { name: 'TimeoutError' })],
    ])('%s does too, and is waited for once, not for each address', async (_case, error) => {
      await tell(failed(1));
      const send = jest.spyOn(SESv2Client.prototype, 'send').mockImplementation(() => {
        throw error;
      });
      await live(90_000);
      expect(send).toHaveBeenCalledTimes(1);
      await live(3_600_000);
      send.mockRestore();
      answers = () => {};
      await live(2 * 3_600_000);
      expect([at.alerts.mails.length, deadLetters, refused()]).toEqual([2, [], undefined]);
    });

    test('a day of it is a dead letter, which is mailed when it is put back', async () => {
      await tell(failed(1));
      answers = refuses('AccountSuspendedException');
      await live(2 * DAY);
      expect(deadLetters).toHaveLength(1);
      expect(refused()).toBeUndefined();
      answers = () => {};
      await tell(...deadLetters);
      expect(at.alerts.mails).toHaveLength(2);
    });
  });

  test.each(['TooManyRequestsException', 'ThrottlingException'])(
    'SES being asked for too many mails (%s) puts one off by minutes, and no dead letter comes of it',
    async (error) => {
      at.alerts.endpoint('acme', ID, emails('dev@example.com'));
      await tell(failed(1));
      const due = at.alerts.queued.splice(0)[0]?.notice as Notice;
      at.aws.on('POST /v2/email/outbound-emails', () => {
        throw new AwsError(error);
      });
      at.now += 31_000;
      expect((await tell(due)).batchItemFailures).toEqual([]);
      expect(at.alerts.queued).toEqual([expect.objectContaining({ notice: due })]);
      expect(at.alerts.queued[0]?.delay).toBeGreaterThanOrEqual(60);
      at.aws.on('POST /v2/email/outbound-emails', (mail) => {
        at.alerts.mails.push(mail);
        return { MessageId: '1' };
      });
      await pass(300_000);
      expect(at.alerts.mails).toHaveLength(1);
    },
  );

  test('what was refused until it was a dead letter is mailed with the next, and the next an hour later', async () => {
    at.alerts.endpoint('acme', ID, emails('dev@example.com'));
    await tell(failed(1));
    const due = at.alerts.queued.splice(0)[0]?.notice as Notice;
    at.aws.on('POST /v2/email/outbound-emails', () => {
      throw new AwsError('MessageRejected');
    });
    at.now += 31_000;
    expect((await tell(due)).batchItemFailures).toHaveLength(1);
    const sentAt: number[] = [];
    at.aws.on('POST /v2/email/outbound-emails', (mail) => {
      sentAt.push(at.now);
      at.alerts.mails.push(mail);
      return { MessageId: '1' };
    });
    at.now += 900_000;
    await tell(failed(2, { error: 'the second' }));
    await pass(86_400_000);
    expect(at.alerts.mails.map((mail) => mail.Content.Simple.Body.Text.Data.includes('the second'))).toEqual([
      false,
      true,
    ]);
    expect((sentAt[1] ?? 0) - (sentAt[0] ?? 0)).toBeGreaterThanOrEqual(3_600_000);
    expect((sentAt[1] ?? 0) - (sentAt[0] ?? 0)).toBeLessThan(3_700_000);
  });

  test.each([
    ['before the mail', false, 1],
    ['after the mail, before that is noted', true, 2],
  ])('a function that dies %s loses no mail', async (_case, hasMailed, mails) => {
    at.alerts.endpoint('acme', ID, emails('dev@example.com'));
    await tell(failed(1));
    const due = at.alerts.queued.splice(0)[0]?.notice as Notice;
    at.now += 31_000;
    const claimed = new Map(at.alerts.items);
    at.aws.on('POST /v2/email/outbound-emails', (mail) => {
      // What is stored now is what a dead function leaves behind.
      for (const [key, item] of at.alerts.items) claimed.set(key, item);
      if (hasMailed) at.alerts.mails.push(mail);
      return { MessageId: '1' };
    });
    await tell(due);
    for (const [key, item] of claimed) at.alerts.items.set(key, item);
    at.aws.on('POST /v2/email/outbound-emails', (mail) => {
      at.alerts.mails.push(mail);
      return { MessageId: '2' };
    });
    await tell(due);
    expect(at.alerts.mails).toHaveLength(mails - 1);
    at.now += 180_000;
    await tell(due, due);
    await pass(86_400_000);
    expect(at.alerts.mails).toHaveLength(mails);
  });

  test('nothing is remembered of an endpoint whose failures nobody wants to be told', async () => {
    at.alerts.endpoint('acme', ID);
    await tell(failed(1));
    expect([...at.alerts.items.keys()].filter((key) => key.includes('ALERT#'))).toEqual([]);
    expect(at.alerts.queued).toEqual([]);
  });

  test('nobody is mailed about an endpoint that is gone', async () => {
    expect(
      (await tell(failed(1), { kind: 'endpoint', tenantId: 'acme', endpointId: ID })).batchItemFailures,
    ).toEqual([]);
    await pass(86_400_000);
    expect([at.alerts.onBus, at.alerts.mails]).toEqual([[], []]);
  });
});

describe('a mail that did not arrive', () => {
  const event = (more: Input) => ({ mail: { tags: { tenant: ['acme'], endpoint: [ID] } }, ...more });
  const bounce = (bounceType: string) =>
    event({
      eventType: 'Bounce',
      bounce: { bounceType, bouncedRecipients: [{ emailAddress: 'DEV@example.com' }] },
    });
  const complaint = event({
    eventType: 'Complaint',
    complaint: { complainedRecipients: [{ emailAddress: 'dev@example.com' }] },
  });
  const endpoint = () => at.alerts.items.get(`TENANT#acme ENDPOINT#${ID}`);
  beforeEach(() => at.alerts.endpoint('acme', ID, emails('dev@example.com', 'other@example.com')));

  test.each([
    ['for good', bounce('Permanent'), 'bounced'],
    ['since it was taken for spam', complaint, 'complained'],
  ])('%s takes its address off, and says why', async (_case, told, reason) => {
    await tell(told);
    expect(endpoint().alert_emails.L).toEqual([{ S: 'other@example.com' }]);
    expect(JSON.parse(endpoint().alert_stopped.L[0].S)).toEqual({
      email: 'dev@example.com',
      reason,
      at: at.now,
    });
    expect(Number(endpoint().updated_at.N)).toBeGreaterThan(1);
  });

  test('the last address leaves none', async () => {
    at.alerts.endpoint('acme', ID, emails('dev@example.com'));
    await tell(bounce('Permanent'));
    expect(endpoint()).not.toHaveProperty('alert_emails');
  });

  test('for now changes nothing', async () => {
    await tell(bounce('Transient'));
    expect(endpoint().alert_emails.L).toHaveLength(2);
  });
});
