import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Notice } from '../../core/notice.ts';
import type { Item } from '../../lambdas/adapters/dynamodb.ts';
import { noteResults } from '../../lambdas/adapters/endpoint-health.ts';
import { fromItem } from '../../lambdas/adapters/endpoint-items.ts';
import { at, failed, ID, pass, setUpAlerting, tell } from './alerting.ts';
import { changes, emails } from './fake-alerts.ts';
import type { Input } from './fake-aws.ts';

const name = { tenantId: 'acme', endpointId: ID };
setUpAlerting();

describe('changes of an endpoint', () => {
  const failing = () => ({ kind: 'failing', at: at.now - 5, reason: 'The endpoint answered 500.' }) as const;
  const endpoint = () => fromItem(at.alerts.items.get(`TENANT#acme ENDPOINT#${ID}`) as Item);
  const onBus = () => at.alerts.onBus.map(({ DetailType }) => DetailType);

  /** Notes attempts as delivering does, `-` a failed one, so that it is told what production tells. */
  function note(results: string): Promise<void> {
    const failure = { reason: 'The endpoint answered 503.', statusCode: 503, eventType: 'order.paid' };
    return noteResults(
      endpoint(),
      [...results].map((result, i) => ({ delivered: result === '+', endedAt: at.now + i, failure })),
    );
  }

  test('are told once, with why, mailed, and taken off', async () => {
    at.alerts.endpoint('acme', ID, emails('dev@example.com'));
    await note('-'.repeat(20));
    const notice = { kind: 'endpoint', ...name } as const;
    await tell(notice);
    await tell(notice);
    expect(onBus()).toEqual(['endpoint.failing']);
    expect(JSON.parse(at.alerts.onBus[0].Detail)).toMatchObject({
      webhook_id: ID,
      failing_since: new Date(at.now).toISOString(),
      reason: 'The endpoint answered 503.',
      status_code: 503,
      event_type: 'order.paid',
    });
    expect(endpoint().changes).toBeUndefined();
    await pass(90_000);
    const [{ Subject, Body }] = at.alerts.mails.map((mail) => mail.Content.Simple) as [Input];
    expect(Subject.Data).toBe('Webhook endpoint is failing: hooks.example.com');
    expect(Body.Text.Data).toMatch(/It began to fail, .*: The endpoint answered 503\. \(order\.paid\)/);
  });

  test('that come while others are told are told too: the notice that overtook them comes once more', async () => {
    at.alerts.endpoint('acme', ID, changes(failing()));
    await tell({ kind: 'endpoint', ...name });
    at.alerts.endpoint('acme', ID, changes({ kind: 'disabled', at: at.now }));
    await pass(61_000);
    expect(onBus()).toEqual(['endpoint.failing', 'endpoint.disabled']);
    expect(at.alerts.queued).toEqual([]);
  });

  test('that somebody made by hand are told to programs, and mailed to nobody', async () => {
    const reason = 'It was switched off by hand.';
    at.alerts.endpoint('acme', ID, {
      ...emails('dev@example.com'),
      ...changes({ kind: 'disabled', at: at.now, reason, byHand: true }),
    });
    await tell({ kind: 'endpoint', ...name });
    expect(onBus()).toEqual(['endpoint.disabled']);
    expect(JSON.parse(at.alerts.onBus[0].Detail)).toMatchObject({ webhook_id: ID, reason });
    await pass(86_400_000);
    expect(at.alerts.mails).toEqual([]);
  });

  test('by which it works again are mailed after it was mended by hand, too', async () => {
    at.alerts.endpoint('acme', ID, emails('dev@example.com'));
    await note('-'.repeat(20));
    await pass(120_000);
    // As a person does who enables it: see replaceEndpoint.
    const { run, failing_since, failed_at, circuit, ...mended } = at.alerts.items.get(
      `TENANT#acme ENDPOINT#${ID}`,
    ) as Item;
    at.alerts.put(mended);
    await note('+');
    await note('+');
    await pass(120_000);
    expect(onBus()).toEqual(['endpoint.failing', 'endpoint.recovered']);
    expect(at.alerts.mails.map((mail) => mail.Content.Simple.Subject.Data.split(':')[0])).toEqual([
      'Webhook endpoint is failing',
      'Webhook endpoint works again',
    ]);
  });

  test('are told a minute later where their notice overtook them, and looked for no longer than that', async () => {
    at.alerts.endpoint('acme', ID);
    await tell({ kind: 'endpoint', ...name });
    expect(at.alerts.queued.map(({ delay }) => delay)).toEqual([60]);
    at.alerts.endpoint('acme', ID, changes(failing()));
    await pass(61_000);
    expect(at.alerts.onBus.map(({ DetailType }) => DetailType)).toEqual(['endpoint.failing']);
    await tell({ kind: 'endpoint', ...name, again: true });
    expect(at.alerts.queued).toEqual([]);
  });

  test('stay where telling them fails, and are the same events when it is done again', async () => {
    at.alerts.endpoint('acme', 'ep_op', { operational: { BOOL: true } });
    at.alerts.put({ pk: { S: 'TENANT#acme' }, sk: { S: 'TENANT' }, version: { N: '1' } });
    at.alerts.endpoint('acme', ID, { ...emails('dev@example.com'), ...changes(failing()) });
    const notice = { kind: 'endpoint', ...name } as const;
    at.aws.on('PutEvents', () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] }));
    expect((await tell(notice)).batchItemFailures).toEqual([{ itemIdentifier: 'm0' }]);
    expect(at.alerts.items.get(`TENANT#acme ENDPOINT#${ID}`)).toHaveProperty('changes');
    const [stored] = at.alerts.events;
    at.alerts.events.length = 0;
    at.aws.on('PutEvents', () => ({ FailedEntryCount: 0, Entries: [{}] }));
    expect((await tell(notice)).batchItemFailures).toEqual([]);
    expect(at.alerts.events).toEqual([stored]);
  });
});

describe('operational events', () => {
  beforeEach(() => {
    for (const tenant of ['acme', 'operator', 'other']) {
      at.alerts.put({ pk: { S: `TENANT#${tenant}` }, sk: { S: 'TENANT' }, version: { N: String(at.now) } });
      at.alerts.endpoint(tenant, 'ep_op', { operational: { BOOL: true } });
      at.alerts.endpoint(tenant, 'ep_ordinary');
    }
    at.alerts.endpoint('acme', ID);
  });
  const told = () => at.alerts.events.map(({ tenantId, type }) => `${tenantId} ${type}`);

  test('are for the operator and the tenant, and on the bus with their facts', async () => {
    await tell(failed(1, { statusCode: 500 }));
    expect(told()).toEqual(['operator delivery.failed', 'acme delivery.failed']);
    expect(new Set(at.alerts.events.map(({ id }) => id)).size).toBe(1);
    expect(at.alerts.events.every(({ data }) => data.BOOL)).toBe(true);
    const [{ Source, DetailType, EventBusName, Detail }] = at.alerts.onBus as [Input];
    expect([Source, DetailType, EventBusName]).toEqual(['posthorn', 'delivery.failed', 'operational']);
    expect(JSON.parse(Detail)).toMatchObject({
      id: at.alerts.events[0]?.id,
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
    at.alerts.items.delete(`TENANT#acme ENDPOINT#${ID}`);
    const [pk, sk, url] = ['TENANT#acme', `DELETED#${ID}`, 'https://gone.example.com/'].map((S) => ({ S }));
    at.alerts.put({ pk, sk, url, dialect: { S: 'standard' }, ...more });
    await tell(failed(1));
    expect(told()).toEqual(expected);
    const [{ DetailType, Detail }] = at.alerts.onBus as [Input];
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
    at.alerts.endpoint('acme', 'ep_op', {
      operational: { BOOL: true },
      events: { L: [{ S: 'key.revoked' }] },
    });
    at.alerts.endpoint('operator', 'ep_op', { operational: { BOOL: true }, active: { BOOL: false } });
    await tell(failed(1));
    expect(told()).toEqual([]);
    expect(at.alerts.onBus).toHaveLength(1);
  });

  test('about an operational endpoint are told by no webhook: it cannot feed itself', async () => {
    at.alerts.endpoint('acme', ID, {
      operational: { BOOL: true },
      ...changes({ kind: 'failing', at: at.now }),
    });
    await tell(failed(1), failed(2), { kind: 'endpoint', ...name });
    expect(told()).toEqual([]);
    expect(at.alerts.onBus.map(({ DetailType }) => DetailType)).toEqual([
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
      at: at.now,
    }) as const;
  const item = {
    pk: { S: `KEY#ak_${tail}` },
    sk: { S: 'KEY' },
    scope: { S: 'tenant' },
    tenant_id: { S: 'acme' },
  };

  test('is told once it is gone', async () => {
    await tell(revoked());
    const [{ DetailType, Detail }] = at.alerts.onBus as [Input];
    expect(DetailType).toBe('key.revoked');
    expect(JSON.parse(Detail)).toMatchObject({ tenant_id: 'acme', key_id: `key_${tail}`, scope: 'tenant' });
  });

  test('is looked for again while it is there, and not told where it stays', async () => {
    at.alerts.put(item);
    const notice = revoked();
    await tell(notice);
    expect([at.alerts.onBus, at.alerts.queued]).toEqual([
      [],
      [expect.objectContaining({ notice, delay: 30 })],
    ]);
    at.now += 61_000;
    await tell(notice);
    expect([at.alerts.onBus.length, at.alerts.queued.length]).toEqual([0, 1]);
  });

  test("is nobody's tenant's where it was an operator's", async () => {
    await tell({ ...revoked(), tenantId: undefined, scope: 'operator' });
    expect(JSON.parse(at.alerts.onBus[0].Detail).tenant_id).toBeNull();
  });
});

test('the text by which SES checks its topic is no dead letter', async () => {
  const text = 'Successfully validated SNS topic for Amazon SES event publishing.';
  expect((await tell(text as unknown as Notice)).batchItemFailures).toEqual([]);
  expect([at.alerts.onBus, at.alerts.queued]).toEqual([[], []]);
});

test('what is no notice fails alone', async () => {
  at.alerts.endpoint('acme', ID);
  const answer = await tell('{', { kind: 'delivery' }, failed(1));
  expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'm0' }, { itemIdentifier: 'm1' }]);
  expect(at.alerts.onBus).toHaveLength(1);
});
