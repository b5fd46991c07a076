import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DeliveryState } from '../../../core/delivery.ts';
import { addressDelivery, idKey } from '../../../core/ids.ts';
import { matchesType } from '../../../core/match.ts';
import { listDeliveries } from '../../../lambdas/adapters/delivery-list.ts';
import type { DeliveryFilter, ListPlace } from '../../../lambdas/adapters/delivery-query.ts';
import { deliveryKey } from '../../../lambdas/adapters/delivery-store.ts';
import { AwsError, type FakeAws, type Input, startFakeAws } from '../fake-aws.ts';

const ENDPOINT = 'ep_0ujsswThIGTUYm2K8FjOOf';
let aws: FakeAws;
beforeAll(async () => {
  aws = await startFakeAws();
});
afterAll(() => aws.close());

interface Delivery {
  readonly eventId: string;
  readonly acceptedAt: number;
  readonly state: DeliveryState;
  readonly type: string;
  readonly test: boolean;
}

const addressOf = ({ eventId, acceptedAt }: Delivery) => addressDelivery(ENDPOINT, eventId, acceptedAt);

function itemOf(delivery: Delivery): Input {
  const { pk, sk } = deliveryKey(addressOf(delivery));
  const { state, type, test, eventId } = delivery;
  return {
    ...{ pk, sk, s: { S: state }, y: { S: type }, e: { S: eventId }, n: { N: '1' } },
    ...(state !== 'succeeded' && { tpk: { S: `${pk?.S}#${state}` }, tsk: { S: sk?.S?.slice(1) } }),
    ...(test && { g: { BOOL: true } }),
  };
}

/** Answers queries as DynamoDB does: a range of one partition, `Limit` items looked at, filtered afterwards. */
function serve(deliveries: readonly Delivery[]): void {
  const items = deliveries.map(itemOf);
  aws.on('Query', ({ IndexName, ExpressionAttributeValues: values, ...input }) => {
    const [partition, sort] = IndexName === undefined ? ['pk', 'sk'] : ['tpk', 'tsk'];
    if (values[':low'].S > values[':high'].S) throw new AwsError('ValidationException');
    const inRange = items
      .filter((item) => item[partition]?.S === values[':pk'].S)
      .filter((item) => item[sort].S >= values[':low'].S && item[sort].S <= values[':high'].S)
      .sort((a, b) => (a[sort].S < b[sort].S === input.ScanIndexForward ? -1 : 1));
    const seen = inRange.slice(0, input.Limit);
    const last = inRange.length > seen.length ? seen.at(-1) : undefined;
    return {
      Items: seen.filter((item) => passes(item, input.FilterExpression ?? '', values)),
      ...(last && { LastEvaluatedKey: { pk: last.pk, sk: last.sk } }),
    };
  });
}

function passes(item: Input, filter: string, values: Input): boolean {
  return filter
    .split(' AND ')
    .filter(Boolean)
    .every((condition) => {
      if (condition === '#s = :state') return item.s.S === values[':state'].S;
      if (condition === '#y = :type') return item.y.S === values[':type'].S;
      if (condition === 'begins_with(#y, :type)') return item.y.S.startsWith(values[':type'].S);
      if (condition === 'attribute_exists(#g)') return item.g !== undefined;
      if (condition === 'attribute_not_exists(#g)') return item.g === undefined;
      throw new Error(condition);
    });
}

function isWanted(delivery: Delivery, { state, eventType = '*', test, from = 0, to = 1e15 }: DeliveryFilter) {
  return (
    delivery.acceptedAt >= from &&
    delivery.acceptedAt < to &&
    (state === undefined || delivery.state === state) &&
    matchesType(eventType, delivery.type) &&
    (test === undefined || delivery.test === test)
  );
}

/** Pages from the start, or from a place, one way until there are no more. */
async function walk(way: 'next' | 'previous', limit: number, filter: DeliveryFilter, from?: ListPlace) {
  const pages: string[][] = [];
  let place = from;
  let last: ListPlace | undefined;
  do {
    last = place;
    const page = await listDeliveries(idKey(ENDPOINT), limit, filter, place);
    pages.push(page.deliveries.map(({ eventId }) => eventId));
    expect(page.deliveries.length).toBeLessThanOrEqual(limit);
    place = page[way];
  } while (place !== undefined && pages.length < 100);
  return { pages, last };
}

const delivery = fc.record({
  eventId: fc.uuid(),
  acceptedAt: fc.integer({ min: 1_000, max: 1_040 }),
  state: fc.constantFrom<DeliveryState>('succeeded', 'failed', 'retrying', 'pending'),
  type: fc.constantFrom('order.paid', 'order.sent', 'user.made'),
  test: fc.boolean(),
});
const absent = undefined;
const filter = fc.record({
  state: fc.constantFrom<DeliveryState | undefined>(absent, absent, 'succeeded', 'failed'),
  eventType: fc.constantFrom(absent, absent, '*', 'order.*', 'order.paid'),
  test: fc.constantFrom(absent, absent, true, false),
  from: fc.option(fc.integer({ min: 990, max: 1_050 }), { nil: absent }),
  to: fc.option(fc.integer({ min: 990, max: 1_050 }), { nil: absent }),
});

describe('a list of deliveries', () => {
  test('shows each that is wanted once, newest first, and the same on the way back', async () => {
    const setting = fc.tuple(
      fc.uniqueArray(delivery, { selector: (it) => it.eventId, maxLength: 60 }),
      filter,
      fc.integer({ min: 1, max: 9 }),
    );
    await fc.assert(
      fc.asyncProperty(setting, async ([deliveries, filter, limit]) => {
        serve(deliveries);
        const wanted = deliveries
          .filter((it) => isWanted(it, filter))
          .sort((a, b) => (addressOf(a).order < addressOf(b).order ? 1 : -1))
          .map(({ eventId }) => eventId);
        const there = await walk('next', limit, filter);
        expect(there.pages.flat()).toEqual(wanted);
        const back = await walk('previous', limit, filter, there.last);
        expect(back.pages.toReversed().flat()).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('of a time reads nothing that is older or younger', async () => {
    serve([]);
    aws.calls.length = 0;
    await listDeliveries(idKey(ENDPOINT), 10, { from: 62, to: 124 });
    for (const { ExpressionAttributeValues: values } of aws.inputsOf('Query')) {
      expect([values[':low'].S, values[':high'].S]).toEqual(['D00000010', 'D00000020']);
    }
  });

  test('of a time that ends before it begins asks nothing', async () => {
    aws.calls.length = 0;
    const page = await listDeliveries(idKey(ENDPOINT), 10, { from: 124, to: 62 });
    expect([page, aws.calls]).toEqual([{ deliveries: [] }, []]);
  });

  test('goes on where a filter found nothing, and comes back to what was before', async () => {
    const many = Array.from({ length: 2_500 }, (_, n) => ({
      ...{ eventId: `e${n}`, acceptedAt: 10_000 - n, state: 'succeeded' as const, test: false },
      type: n === 2_499 ? 'order.paid' : 'order.sent',
    }));
    serve(
      many.flatMap((it) => Array.from({ length: 8 }, (_, i) => ({ ...it, eventId: `${it.eventId}-${i}` }))),
    );
    const filter = { eventType: 'order.paid' };
    const { pages, last } = await walk('next', 8, filter);
    expect(pages.map((page) => page.length)).toEqual([0, 8]);
    expect((await walk('previous', 8, filter, last)).pages.toReversed().flat()).toEqual(pages.flat());
  });
});
