import { SESv2Client } from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { TRIES_OF_A_MAIL } from '../../core/mail-tries.ts';
import type { FailedDelivery, Notice } from '../../core/notice.ts';
import type { Item } from '../../lambdas/adapters/dynamodb.ts';
import { noteResults } from '../../lambdas/adapters/endpoint-health.ts';
import { fromItem } from '../../lambdas/adapters/endpoint-items.ts';
import { handler } from '../../lambdas/alerts.ts';
import { ALERT_ENVIRONMENT, changes, emails, FakeAlerts } from './fake-alerts.ts';
import { AwsError, type FakeAws, type Input, startFakeAws } from './fake-aws.ts';

let aws: FakeAws;
let alerts: FakeAlerts;
let now = 0;
const times = jest.spyOn(Date, 'now');
jest.spyOn(console, 'error').mockImplementation(() => {});
jest.spyOn(console, 'info').mockImplementation(() => {});

beforeAll(async () => {
  aws = await startFakeAws();
  const FAN_OUT_QUEUE_URL = `${process.env.AWS_ENDPOINT_URL}/000000000000/fan-out`;
  Object.assign(process.env, ALERT_ENVIRONMENT, { FAN_OUT_QUEUE_URL });
});
beforeEach(() => {
  aws.reset();
  alerts = new FakeAlerts(aws);
  // Far apart, so that nothing that is cached is still good.
  now += 7 * 86_400_000;
  times.mockImplementation(() => now);
});
afterAll(() => aws.close());

const ID = 'ep_0000000000000000000001';
const name = { tenantId: 'acme', endpointId: ID };

function failed(n: number, more: Partial<FailedDelivery> = {}): FailedDelivery {
  const deliveryKey = `0000000000000000000001${String(n).padStart(19, '0')}`;
  const event = { eventId: `e${n}`, eventType: 'order.paid', attempts: 3 };
  return { kind: 'delivery', ...name, deliveryKey, ...event, error: `error ${n}`, at: now, ...more };
}

function tell(...bodies: (Notice | Input)[]) {
  const Records = bodies.map((body, i) => ({
    messageId: `m${i}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { ApproximateReceiveCount: '1' },
  }));
  return handler({ Records } as unknown as SQSEvent);
}

/** How long the queue hides a message that was received. */
const VISIBLE_AGAIN_MS = 180_000;

/** Lets the queue's delays pass: what the function asked for comes when it is due. */
async function pass(ms: number, comesAgain: (notice: Notice) => boolean = () => false): Promise<void> {
  const end = now + ms;
  for (;;) {
    const next = alerts.queued.toSorted((a, b) => a.arrivesAt - b.arrivesAt)[0];
    if (next === undefined || next.arrivesAt > end) break;
    alerts.queued.splice(alerts.queued.indexOf(next), 1);
    now = next.arrivesAt;
    const { batchItemFailures } = await tell(next.notice);
    if (batchItemFailures.length > 0 && comesAgain(next.notice))
      alerts.queued.push({ ...next, arrivesAt: now + VISIBLE_AGAIN_MS });
  }
  now = end;
}

describe('mails', () => {
  test('a thousand failed deliveries, told by several functions at once, are one mail', async () => {
    alerts.endpoint('acme', ID, emails('dev@example.com'));
    const notices = Array.from({ length: 1_000 }, (_, n) => failed(n));
    const batches = Array.from({ length: 10 }, (_, i) => notices.slice(100 * i, 100 * (i + 1)));
    const answers = await Promise.all(batches.map((batch) => tell(...batch)));
    expect(answers.flatMap(({ batchItemFailures }) => batchItemFailures)).toEqual([]);
    expect(alerts.mails).toEqual([]);
    await pass(86_400_000);
    expect(alerts.mails).toHaveLength(1);
    expect(alerts.mails[0].Content.Simple.Subject.Data).toBe('1000 deliveries failed: hooks.example.com');
  });

  test('a mail has what happened, who sends it, and how to stop it by one click', async () => {
    alerts.endpoint('acme', ID, emails('dev@example.com'));
    await tell(failed(1));
    await pass(60_000);
    const [mail] = alerts.mails;
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
    alerts.endpoint('acme', ID, emails('dev@example.com'));
    await tell(failed(1));
    await pass(60_000);
    await tell(failed(2));
    expect(alerts.queued.map(({ delay }) => delay)).toEqual([900]);
    await pass(3_500_000);
    expect(alerts.mails).toHaveLength(1);
    await pass(120_000);
    expect(alerts.mails).toHaveLength(2);
  });

  test('each address gets a link of its own, and one that SES refuses keeps none from the others', async () => {
    alerts.endpoint('acme', ID, emails('a@example.com', 'b@example.com'));
    await tell(failed(1));
    const due = alerts.queued.splice(0)[0]?.notice as Notice;
    let refuses = true;
    aws.on('POST /v2/email/outbound-emails', (mail) => {
      if (refuses && mail.Destination.ToAddresses[0] === 'a@example.com')
        throw new AwsError('MessageRejected');
      alerts.mails.push(mail);
      return { MessageId: '1' };
    });
    now += 31_000;
    expect((await tell(due)).batchItemFailures).toHaveLength(1);
    refuses = false;
    now += 180_000;
    expect((await tell(due)).batchItemFailures).toEqual([]);
    const links = alerts.mails.map((mail) => mail.Content.Simple.Headers[0].Value);
    expect(alerts.mails.map((mail) => mail.Destination.ToAddresses[0])).toEqual([
      'b@example.com',
      'a@example.com',
    ]);
    expect(new Set(links).size).toBe(2);
  });

  describe('an address that SES refuses for good', () => {
    const refused = () =>
      fromItem(alerts.items.get(`TENANT#acme ENDPOINT#${ID}`) as Item).refusedAlerts?.map(
        ({ email, reason }) => [email, reason],
      );
    let tries: string[];
    let error: string | undefined;
    let told = 0;
    beforeEach(() => {
      alerts.endpoint('acme', ID, emails('good@example.com', 'bad@example.com'));
      tries = [];
      error = 'MessageRejected';
      aws.on('POST /v2/email/outbound-emails', (mail) => {
        const [address] = mail.Destination.ToAddresses;
        tries.push(address);
        if (error !== undefined && address === 'bad@example.com') throw new AwsError(error);
        alerts.mails.push(mail);
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
      const good = alerts.mails.filter((mail) => mail.Destination.ToAddresses[0] === 'good@example.com');
      expect(good.length).toBeGreaterThanOrEqual(40);
      expect(alerts.mails).toHaveLength(good.length);
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
      alerts.endpoint('acme', ID, emails('a@example.com', 'b@example.com'));
      [tries, received, deadLetters] = [[], new Map(), []];
      aws.on('POST /v2/email/outbound-emails', (mail) => {
        tries.push(now);
        answers();
        alerts.mails.push(mail);
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
    const refused = () => fromItem(alerts.items.get(`TENANT#acme ENDPOINT#${ID}`) as Item).refusedAlerts;

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
      expect([alerts.mails, deadLetters, refused()]).toEqual([[], [], undefined]);
      expect(tries.length).toBeGreaterThan(5);
      answers = () => {};
      await live(3_600_000);
      expect(alerts.mails.map((mail) => mail.Destination.ToAddresses[0])).toEqual([
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
      expect([alerts.mails.length, deadLetters, refused()]).toEqual([2, [], undefined]);
    });

    test('a day of it is a dead letter, which is mailed when it is put back', async () => {
      await tell(failed(1));
      answers = refuses('AccountSuspendedException');
      await live(2 * DAY);
      expect(deadLetters).toHaveLength(1);
      expect(refused()).toBeUndefined();
      answers = () => {};
      await tell(...deadLetters);
      expect(alerts.mails).toHaveLength(2);
    });
  });

  test.each(['TooManyRequestsException', 'ThrottlingException'])(
    'SES being asked for too many mails (%s) puts one off by minutes, and no dead letter comes of it',
    async (error) => {
      alerts.endpoint('acme', ID, emails('dev@example.com'));
      await tell(failed(1));
      const due = alerts.queued.splice(0)[0]?.notice as Notice;
      aws.on('POST /v2/email/outbound-emails', () => {
        throw new AwsError(error);
      });
      now += 31_000;
      expect((await tell(due)).batchItemFailures).toEqual([]);
      expect(alerts.queued).toEqual([expect.objectContaining({ notice: due })]);
      expect(alerts.queued[0]?.delay).toBeGreaterThanOrEqual(60);
      aws.on('POST /v2/email/outbound-emails', (mail) => {
        alerts.mails.push(mail);
        return { MessageId: '1' };
      });
      await pass(300_000);
      expect(alerts.mails).toHaveLength(1);
    },
  );

  test('what was refused until it was a dead letter is mailed with the next, and the next an hour later', async () => {
    alerts.endpoint('acme', ID, emails('dev@example.com'));
    await tell(failed(1));
    const due = alerts.queued.splice(0)[0]?.notice as Notice;
    aws.on('POST /v2/email/outbound-emails', () => {
      throw new AwsError('MessageRejected');
    });
    now += 31_000;
    expect((await tell(due)).batchItemFailures).toHaveLength(1);
    const sentAt: number[] = [];
    aws.on('POST /v2/email/outbound-emails', (mail) => {
      sentAt.push(now);
      alerts.mails.push(mail);
      return { MessageId: '1' };
    });
    now += 900_000;
    await tell(failed(2, { error: 'the second' }));
    await pass(86_400_000);
    expect(alerts.mails.map((mail) => mail.Content.Simple.Body.Text.Data.includes('the second'))).toEqual([
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
    alerts.endpoint('acme', ID, emails('dev@example.com'));
    await tell(failed(1));
    const due = alerts.queued.splice(0)[0]?.notice as Notice;
    now += 31_000;
    const claimed = new Map(alerts.items);
    aws.on('POST /v2/email/outbound-emails', (mail) => {
      // What is stored now is what a dead function leaves behind.
      for (const [key, item] of alerts.items) claimed.set(key, item);
      if (hasMailed) alerts.mails.push(mail);
      return { MessageId: '1' };
    });
    await tell(due);
    for (const [key, item] of claimed) alerts.items.set(key, item);
    aws.on('POST /v2/email/outbound-emails', (mail) => {
      alerts.mails.push(mail);
      return { MessageId: '2' };
    });
    await tell(due);
    expect(alerts.mails).toHaveLength(mails - 1);
    now += 180_000;
    await tell(due, due);
    await pass(86_400_000);
    expect(alerts.mails).toHaveLength(mails);
  });

  test('nothing is remembered of an endpoint whose failures nobody wants to be told', async () => {
    alerts.endpoint('acme', ID);
    await tell(failed(1));
    expect([...alerts.items.keys()].filter((key) => key.includes('ALERT#'))).toEqual([]);
    expect(alerts.queued).toEqual([]);
  });

  test('nobody is mailed about an endpoint that is gone', async () => {
    expect((await tell(failed(1), { kind: 'endpoint', ...name })).batchItemFailures).toEqual([]);
    await pass(86_400_000);
    expect([alerts.onBus, alerts.mails]).toEqual([[], []]);
  });
});

describe('changes of an endpoint', () => {
  const failing = () => ({ kind: 'failing', at: now - 5, reason: 'The endpoint answered 500.' }) as const;
  const endpoint = () => fromItem(alerts.items.get(`TENANT#acme ENDPOINT#${ID}`) as Item);
  const onBus = () => alerts.onBus.map(({ DetailType }) => DetailType);

  /** Notes attempts as delivering does, `-` a failed one, so that it is told what production tells. */
  function note(results: string): Promise<void> {
    const failure = { reason: 'The endpoint answered 503.', statusCode: 503, eventType: 'order.paid' };
    return noteResults(
      endpoint(),
      [...results].map((result, i) => ({ delivered: result === '+', endedAt: now + i, failure })),
    );
  }

  test('are told once, with why, mailed, and taken off', async () => {
    alerts.endpoint('acme', ID, emails('dev@example.com'));
    await note('-'.repeat(20));
    const notice = { kind: 'endpoint', ...name } as const;
    await tell(notice);
    await tell(notice);
    expect(onBus()).toEqual(['endpoint.failing']);
    expect(JSON.parse(alerts.onBus[0].Detail)).toMatchObject({
      webhook_id: ID,
      failing_since: new Date(now).toISOString(),
      reason: 'The endpoint answered 503.',
      status_code: 503,
      event_type: 'order.paid',
    });
    expect(endpoint().changes).toBeUndefined();
    await pass(90_000);
    const [{ Subject, Body }] = alerts.mails.map((mail) => mail.Content.Simple) as [Input];
    expect(Subject.Data).toBe('Webhook endpoint is failing: hooks.example.com');
    expect(Body.Text.Data).toMatch(/It began to fail, .*: The endpoint answered 503\. \(order\.paid\)/);
  });

  test('that come while others are told are told too: the notice that overtook them comes once more', async () => {
    alerts.endpoint('acme', ID, changes(failing()));
    await tell({ kind: 'endpoint', ...name });
    alerts.endpoint('acme', ID, changes({ kind: 'disabled', at: now }));
    await pass(61_000);
    expect(onBus()).toEqual(['endpoint.failing', 'endpoint.disabled']);
    expect(alerts.queued).toEqual([]);
  });

  test('that somebody made by hand are told to programs, and mailed to nobody', async () => {
    const reason = 'It was switched off by hand.';
    alerts.endpoint('acme', ID, {
      ...emails('dev@example.com'),
      ...changes({ kind: 'disabled', at: now, reason, byHand: true }),
    });
    await tell({ kind: 'endpoint', ...name });
    expect(onBus()).toEqual(['endpoint.disabled']);
    expect(JSON.parse(alerts.onBus[0].Detail)).toMatchObject({ webhook_id: ID, reason });
    await pass(86_400_000);
    expect(alerts.mails).toEqual([]);
  });

  test('by which it works again are mailed after it was mended by hand, too', async () => {
    alerts.endpoint('acme', ID, emails('dev@example.com'));
    await note('-'.repeat(20));
    await pass(120_000);
    // As a person does who enables it: see replaceEndpoint.
    const { run, failing_since, failed_at, circuit, ...mended } = alerts.items.get(
      `TENANT#acme ENDPOINT#${ID}`,
    ) as Item;
    alerts.put(mended);
    await note('+');
    await note('+');
    await pass(120_000);
    expect(onBus()).toEqual(['endpoint.failing', 'endpoint.recovered']);
    expect(alerts.mails.map((mail) => mail.Content.Simple.Subject.Data.split(':')[0])).toEqual([
      'Webhook endpoint is failing',
      'Webhook endpoint works again',
    ]);
  });

  test('are told a minute later where their notice overtook them, and looked for no longer than that', async () => {
    alerts.endpoint('acme', ID);
    await tell({ kind: 'endpoint', ...name });
    expect(alerts.queued.map(({ delay }) => delay)).toEqual([60]);
    alerts.endpoint('acme', ID, changes(failing()));
    await pass(61_000);
    expect(alerts.onBus.map(({ DetailType }) => DetailType)).toEqual(['endpoint.failing']);
    await tell({ kind: 'endpoint', ...name, again: true });
    expect(alerts.queued).toEqual([]);
  });

  test('stay where telling them fails, and are the same events when it is done again', async () => {
    alerts.endpoint('acme', 'ep_op', { operational: { BOOL: true } });
    alerts.put({ pk: { S: 'TENANT#acme' }, sk: { S: 'TENANT' }, version: { N: '1' } });
    alerts.endpoint('acme', ID, { ...emails('dev@example.com'), ...changes(failing()) });
    const notice = { kind: 'endpoint', ...name } as const;
    aws.on('PutEvents', () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] }));
    expect((await tell(notice)).batchItemFailures).toEqual([{ itemIdentifier: 'm0' }]);
    expect(alerts.items.get(`TENANT#acme ENDPOINT#${ID}`)).toHaveProperty('changes');
    const [stored] = alerts.events;
    alerts.events.length = 0;
    aws.on('PutEvents', () => ({ FailedEntryCount: 0, Entries: [{}] }));
    expect((await tell(notice)).batchItemFailures).toEqual([]);
    expect(alerts.events).toEqual([stored]);
  });
});

describe('operational events', () => {
  beforeEach(() => {
    for (const tenant of ['acme', 'operator', 'other']) {
      alerts.put({ pk: { S: `TENANT#${tenant}` }, sk: { S: 'TENANT' }, version: { N: String(now) } });
      alerts.endpoint(tenant, 'ep_op', { operational: { BOOL: true } });
      alerts.endpoint(tenant, 'ep_ordinary');
    }
    alerts.endpoint('acme', ID);
  });
  const told = () => alerts.events.map(({ tenantId, type }) => `${tenantId} ${type}`);

  test('are for the operator and the tenant, and on the bus with their facts', async () => {
    await tell(failed(1, { statusCode: 500 }));
    expect(told()).toEqual(['operator delivery.failed', 'acme delivery.failed']);
    expect(new Set(alerts.events.map(({ id }) => id)).size).toBe(1);
    expect(alerts.events.every(({ data }) => data.BOOL)).toBe(true);
    const [{ Source, DetailType, EventBusName, Detail }] = alerts.onBus as [Input];
    expect([Source, DetailType, EventBusName]).toEqual(['posthorn', 'delivery.failed', 'operational']);
    expect(JSON.parse(Detail)).toMatchObject({
      id: alerts.events[0]?.id,
      tenant_id: 'acme',
      webhook_id: ID,
      delivery_id: `del_${failed(1).deliveryKey}`,
      event_type: 'order.paid',
      attempts: 3,
      status_code: 500,
      error: 'error 1',
    });
  });

  test.each([
    ['are told', {}, ['operator delivery.failed', 'acme delivery.failed']],
    ['are on the bus alone where it was operational', { operational: { BOOL: true } }, []],
  ])('of deliveries of an endpoint that was deleted meanwhile %s', async (_case, more, expected) => {
    alerts.items.delete(`TENANT#acme ENDPOINT#${ID}`);
    const [pk, sk, url] = ['TENANT#acme', `DELETED#${ID}`, 'https://gone.example.com/'].map((S) => ({ S }));
    alerts.put({ pk, sk, url, dialect: { S: 'standard' }, ...more });
    await tell(failed(1));
    expect(told()).toEqual(expected);
    const [{ DetailType, Detail }] = alerts.onBus as [Input];
    expect(DetailType).toBe('delivery.failed');
    expect(JSON.parse(Detail)).toMatchObject({
      webhook_id: ID,
      url: url?.S,
      delivery_id: `del_${failed(1).deliveryKey}`,
    });
  });

  test('of one delivery are one event, however often they are told', async () => {
    await tell(failed(1), failed(1));
    await tell(failed(1));
    expect(told()).toEqual(['operator delivery.failed', 'acme delivery.failed']);
  });

  test('are stored for nobody who has no endpoint that wants them', async () => {
    alerts.endpoint('acme', 'ep_op', { operational: { BOOL: true }, events: { L: [{ S: 'key.revoked' }] } });
    alerts.endpoint('operator', 'ep_op', { operational: { BOOL: true }, active: { BOOL: false } });
    await tell(failed(1));
    expect(told()).toEqual([]);
    expect(alerts.onBus).toHaveLength(1);
  });

  test('about an operational endpoint are told by no webhook: it cannot feed itself', async () => {
    alerts.endpoint('acme', ID, { operational: { BOOL: true }, ...changes({ kind: 'failing', at: now }) });
    await tell(failed(1), failed(2), { kind: 'endpoint', ...name });
    expect(told()).toEqual([]);
    expect(alerts.onBus.map(({ DetailType }) => DetailType)).toEqual([
      'delivery.failed',
      'delivery.failed',
      'endpoint.failing',
    ]);
  });
});

describe('a key that is revoked', () => {
  const tail = '0'.repeat(22);
  const revoked = () =>
    ({
      kind: 'key',
      tenantId: 'acme',
      keyId: `key_${tail}`,
      accessKey: `ak_${tail}`,
      scope: 'tenant',
      at: now,
    }) as const;
  const item = {
    pk: { S: `KEY#ak_${tail}` },
    sk: { S: 'KEY' },
    scope: { S: 'tenant' },
    tenant_id: { S: 'acme' },
  };

  test('is told once it is gone', async () => {
    await tell(revoked());
    const [{ DetailType, Detail }] = alerts.onBus as [Input];
    expect(DetailType).toBe('key.revoked');
    expect(JSON.parse(Detail)).toMatchObject({ tenant_id: 'acme', key_id: `key_${tail}`, scope: 'tenant' });
  });

  test('is looked for again while it is there, and not told where it stays', async () => {
    alerts.put(item);
    const notice = revoked();
    await tell(notice);
    expect([alerts.onBus, alerts.queued]).toEqual([[], [expect.objectContaining({ notice, delay: 30 })]]);
    now += 61_000;
    await tell(notice);
    expect([alerts.onBus.length, alerts.queued.length]).toEqual([0, 1]);
  });

  test("is nobody's tenant's where it was an operator's", async () => {
    await tell({ ...revoked(), tenantId: undefined, scope: 'operator' });
    expect(JSON.parse(alerts.onBus[0].Detail).tenant_id).toBeNull();
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
  const endpoint = () => alerts.items.get(`TENANT#acme ENDPOINT#${ID}`);
  beforeEach(() => alerts.endpoint('acme', ID, emails('dev@example.com', 'other@example.com')));

  test.each([
    ['for good', bounce('Permanent'), 'bounced'],
    ['since it was taken for spam', complaint, 'complained'],
  ])('%s takes its address off, and says why', async (_case, told, reason) => {
    await tell(told);
    expect(endpoint().alert_emails.L).toEqual([{ S: 'other@example.com' }]);
    expect(JSON.parse(endpoint().alert_stopped.L[0].S)).toEqual({
      email: 'dev@example.com',
      reason,
      at: now,
    });
    expect(Number(endpoint().updated_at.N)).toBeGreaterThan(1);
  });

  test('the last address leaves none', async () => {
    alerts.endpoint('acme', ID, emails('dev@example.com'));
    await tell(bounce('Permanent'));
    expect(endpoint()).not.toHaveProperty('alert_emails');
  });

  test('for now changes nothing', async () => {
    await tell(bounce('Transient'));
    expect(endpoint().alert_emails.L).toHaveLength(2);
  });
});

test('the text by which SES checks its topic is no dead letter', async () => {
  const text = 'Successfully validated SNS topic for Amazon SES event publishing.';
  expect((await tell(text as unknown as Notice)).batchItemFailures).toEqual([]);
  expect([alerts.onBus, alerts.queued]).toEqual([[], []]);
});

test('what is no notice fails alone', async () => {
  alerts.endpoint('acme', ID);
  const answer = await tell('{', { kind: 'delivery' }, failed(1));
  expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'm0' }, { itemIdentifier: 'm1' }]);
  expect(alerts.onBus).toHaveLength(1);
});
