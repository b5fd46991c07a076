import type { BatchStatementRequest } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import type { DeliveryState } from '../../../core/delivery.ts';
import { formatDeliveryId } from '../../../core/ids.ts';
import {
  attemptItem,
  type DeliveryChange,
  recordStatement,
} from '../../../lambdas/adapters/delivery-statements.ts';
import { addressOf, deliveryKey, fromItem, SHARDS } from '../../../lambdas/adapters/delivery-store.ts';
import { unpackText } from '../../../lambdas/adapters/packing.ts';
import { itemSize } from '../item-size.ts';
import { ACCEPTED_AT, attemptOf, changeOf, messageOf } from './changes.ts';

process.env.DELIVERIES_TABLE = 'deliveries';
process.env.RETENTION_DAYS = '30';

/** The item that an INSERT makes. */
function inserted({ Statement = '', Parameters = [] }: BatchStatementRequest) {
  const names = [...Statement.matchAll(/'(\w+)': \?/g)].map(([, name]) => name as string);
  expect(names).toHaveLength(Parameters.length);
  return Object.fromEntries(names.map((name, i) => [name, Parameters[i]!]));
}

describe('a first attempt that succeeds', () => {
  const statement = recordStatement(changeOf(messageOf(1), 'succeeded'));
  const item = inserted(statement);

  test('is one INSERT, which is refused where there is a record', () => {
    expect(statement.Statement).toMatch(/^INSERT INTO "deliveries" VALUE \{.*\}$/);
    expect(item).toMatchObject({
      ...deliveryKey(addressOf(messageOf(1))),
      t: { S: 'ten_1' },
      p: { S: messageOf(1).endpointId },
      e: { S: 'evt_1' },
      y: { S: 'order.paid' },
      s: { S: 'succeeded' },
      n: { N: '1' },
      c: { N: '200' },
      m: { N: '187' },
      ttl: { N: String((ACCEPTED_AT + 1_000) / 1000 + 30 * 86_400) },
    });
  });

  test('holds the whole attempt', () => {
    expect(JSON.parse(unpackText(item.x))).toEqual(attemptOf(1));
  });

  test('stands in no index', () => {
    expect(item).not.toHaveProperty('tpk');
    expect(item).not.toHaveProperty('tsk');
  });

  test('costs one write unit: 1,024 bytes as DynamoDB counts them', () => {
    expect(itemSize(item)).toBeLessThanOrEqual(1_024);
  });

  test('costs one write unit with long ids and a long URL as well', () => {
    const message = {
      ...messageOf(1),
      tenantId: 'acme-production-eu-west',
      eventId: `order-${'7f1e'.repeat(8)}`,
    };
    const change = changeOf(message, 'succeeded', undefined, 'AbCd1234');
    const attempt = {
      ...change.attempt!,
      request: { ...change.attempt!.request, url: `https://a.example/${'x1'.repeat(60)}` },
    };
    expect(itemSize(inserted(recordStatement({ ...change, attempt })))).toBeLessThanOrEqual(1_024);
  });

  test('reads back as it was', () => {
    expect(fromItem(item)).toMatchObject({
      address: addressOf(messageOf(1)),
      tenantId: 'ten_1',
      endpointId: messageOf(1).endpointId,
      eventId: 'evt_1',
      eventType: 'order.paid',
      state: 'succeeded',
      attempts: 1,
      statusCode: 200,
      durationMs: 187,
      attemptedAt: ACCEPTED_AT + 1_000,
      writer: 'writer-evt_1',
    });
  });
});

test.each<DeliveryState>(['retrying', 'failed', 'discarded'])(
  'a delivery that is %s stands in the index',
  (state) => {
    const { pk, tpk, tsk } = inserted(recordStatement(changeOf(messageOf(1), state, ACCEPTED_AT + 6_000)));
    expect(tpk!.S).toBe(`${pk!.S}#${state}`);
    expect(tsk!.S).toBe(addressOf(messageOf(1)).order);
  },
);

describe('a later attempt', () => {
  test('updates the record only where it is what was read', () => {
    const { Statement, Parameters } = recordStatement(
      changeOf(messageOf(1, 3), 'retrying', ACCEPTED_AT + 300_000),
    );
    expect(Statement).toMatch(/^UPDATE "deliveries" SET .* WHERE "pk"=\? AND "sk"=\? AND "n"=\? AND "s"=\?$/);
    expect(Statement!.match(/\?/g)).toHaveLength(Parameters!.length);
    const { pk, sk } = deliveryKey(addressOf(messageOf(1)));
    expect(Parameters!.slice(-4)).toEqual([pk, sk, { N: '2' }, { S: 'retrying' }]);
  });

  test('that succeeds takes the record out of the index, and its error away', () => {
    const { Statement } = recordStatement(changeOf(messageOf(1, 3), 'succeeded'));
    for (const name of ['tpk', 'tsk', 'w', 'r']) expect(Statement).toContain(`REMOVE "${name}"`);
  });

  test('without an answer leaves no status of the attempt before', () => {
    const change = changeOf(messageOf(1, 3), 'retrying', ACCEPTED_AT + 300_000);
    const attempt = { ...change.attempt!, statusCode: undefined, response: undefined };
    expect(recordStatement({ ...change, attempt }).Statement).toContain('REMOVE "c"');
  });

  test('leaves the status in place where there was none: the delivery was discarded', () => {
    const change = { ...changeOf(messageOf(1, 3), 'discarded'), attempt: undefined };
    const { Statement, Parameters } = recordStatement(change);
    expect(Statement).not.toMatch(/"[cm]"/);
    // Still two attempts, since there was no third.
    expect(Parameters![Statement!.split('SET').findIndex((part) => part.includes('"n"')) - 1]).toEqual({
      N: '2',
    });
  });

  test('has an item of its own that costs what the first did, whichever it is', () => {
    const items = [2, 10].map((n) => attemptItem(changeOf(messageOf(1, n), 'failed'), attemptOf(n)));
    expect(items.map(({ sk }) => sk!.S!.split('#').slice(1))).toEqual([
      ['000002', 'writer-evt_1'],
      ['000010', 'writer-evt_1'],
    ]);
    for (const item of items) {
      expect(item.pk).toEqual(deliveryKey(addressOf(messageOf(1))).pk);
      expect(itemSize(item)).toBeLessThanOrEqual(1_024);
    }
  });
});

describe('a resend', () => {
  const message = { ...messageOf(1), resend: 'r1' };
  const succeeded = { state: 'succeeded', attempts: 1, resends: 2 } as const;
  const retrying = { state: 'retrying', attempts: 3, nextAttemptAt: ACCEPTED_AT + 86_400_000 } as const;
  const gone = { attempt: undefined, error: 'The endpoint was disabled before this attempt.' };

  /** What an UPDATE sets, removes and depends on, beside the key. */
  function written(change: DeliveryChange) {
    const { Statement = '', Parameters = [] } = recordStatement(change);
    const names = [...Statement.matchAll(/"(\w+)"=\?/g)].map(([, name]) => name as string);
    const values = names.map((name, i) => [name, Parameters[i]!] as const);
    const isSet = Statement.split(' WHERE ')[0]!.match(/"=\?/g)?.length ?? 0;
    return {
      set: Object.fromEntries(values.slice(0, isSet)),
      removed: [...Statement.matchAll(/REMOVE "(\w+)"/g)].map(([, name]) => name),
      condition: Object.fromEntries(values.slice(isSet + 2)),
    };
  }

  test('that fails leaves a success as it was, but for the count, and tells of itself beside it', () => {
    const change = { ...changeOf(message, 'failed'), recorded: succeeded };
    const { set, removed, condition } = written(change);
    expect(Object.keys(set).sort()).toEqual(['k', 'ttl', 'u', 'v']);
    expect(set.u).toEqual({ N: '3' });
    expect(removed).toEqual(['q']);
    expect(condition).toEqual({ q: { S: 'r1' }, n: { N: '1' }, s: { S: 'succeeded' } });
    expect(fromItem(set).failedResend).toEqual({
      statusCode: 500,
      durationMs: 187,
      attemptedAt: change.changedAt,
      error: change.error,
    });
  });

  test('that is discarded changes nothing of a success', () => {
    const { set, removed } = written({ ...changeOf(message, 'discarded'), ...gone, recorded: succeeded });
    expect([Object.keys(set), removed]).toEqual([['k'], ['q']]);
  });

  test('that succeeds again is what the record tells of', () => {
    const { set, removed } = written({ ...changeOf(message, 'succeeded'), recorded: succeeded });
    expect(set).toMatchObject({ c: { N: '200' }, z: { N: String(ACCEPTED_AT + 1_000) }, u: { N: '3' } });
    expect(removed).toEqual(expect.arrayContaining(['q', 'v', 'r', 'f']));
  });

  test('that fails is shown where nothing has succeeded, and leaves the schedule alone', () => {
    const { set, removed, condition } = written({ ...changeOf(message, 'failed'), recorded: retrying });
    expect(set).toMatchObject({ c: { N: '500' }, r: { S: 'The endpoint answered 500.' }, u: { N: '1' } });
    for (const name of ['n', 's', 'w', 'tpk', 'tsk']) {
      expect(set).not.toHaveProperty(name);
      expect(removed).not.toContain(name);
    }
    expect(condition).toMatchObject({ n: { N: '3' }, s: { S: 'retrying' } });
  });

  test('that is discarded is told of where nothing has succeeded', () => {
    const { set } = written({ ...changeOf(message, 'discarded'), ...gone, recorded: retrying });
    expect(set.r).toEqual({ S: gone.error });
    expect(set).not.toHaveProperty('c');
  });

  test('lets the record live on: by what happened last, or is due beside it', () => {
    const changedAt = ACCEPTED_AT + 3 * 86_400_000;
    const expiry = (change: DeliveryChange) => Number(written({ ...change, changedAt }).set.ttl!.N);
    const days = 30 * 86_400;
    expect(expiry({ ...changeOf(message, 'failed'), recorded: succeeded })).toBe(changedAt / 1000 + days);
    expect(expiry({ ...changeOf(message, 'succeeded'), recorded: retrying })).toBe(changedAt / 1000 + days);
    const due = changedAt + 86_400_000;
    const withRetry = { ...retrying, nextAttemptAt: due };
    expect(expiry({ ...changeOf(message, 'failed'), recorded: withRetry })).toBe(due / 1000 + days);
  });

  test('that fails leaves one that waits for a circuit its life: that of its event', () => {
    const recorded = { ...retrying, waiting: true };
    const { ttl } = written({ ...changeOf(message, 'failed'), recorded, keptDays: 1 }).set;
    expect(ttl).toEqual({ N: String(ACCEPTED_AT / 1000 + 8 * 86_400) });
  });
});

describe('a record', () => {
  function expiryOf(change: DeliveryChange): number {
    const { Statement, Parameters } = recordStatement(change);
    const place = [...Statement!.matchAll(/"(\w+)"=\?/g)].findIndex(([, name]) => name === 'ttl');
    return Number(Parameters![place]?.N);
  }
  const due = ACCEPTED_AT + 24 * 3_600_000;
  const change = changeOf(messageOf(1, 2), 'retrying', due);

  test('outlives its next attempt by the whole retention', () => {
    expect(expiryOf(change)).toBe(due / 1000 + 30 * 86_400);
  });

  test('lives as long as its event while it waits for a circuit, since nothing renews it', () => {
    expect(expiryOf({ ...change, waiting: true, keptDays: 1 })).toBe(ACCEPTED_AT / 1000 + 8 * 86_400);
  });
});

test("an endpoint's deliveries are spread over all shards", () => {
  const shards = Array.from(
    { length: 4_000 },
    (_, n) => deliveryKey(addressOf({ ...messageOf(1), eventId: `e${n}` })).pk.S!,
  );
  const counts = Map.groupBy(shards, (pk) => pk);
  expect(counts.size).toBe(SHARDS);
  for (const members of counts.values()) expect(members.length).toBeLessThan((4_000 / SHARDS) * 1.4);
});

test("an endpoint's deliveries sort by when their events were accepted, attempts behind them", () => {
  const key = (acceptedAt: number) => deliveryKey(addressOf({ ...messageOf(1), acceptedAt })).sk.S!;
  expect(key(1) < key(2) && key(999_999) < key(1_000_000)).toBe(true);
  // A list goes from a delivery to older ones, and must never come to an attempt.
  expect(attemptItem(changeOf(messageOf(1, 2), 'failed'), attemptOf(2)).sk!.S! > key(1e13)).toBe(true);
  expect(formatDeliveryId('del_', addressOf(messageOf(1)))).toHaveLength(45);
});
