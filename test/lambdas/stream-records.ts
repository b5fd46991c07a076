import type { DynamoDBRecord } from 'aws-lambda';
import { addressDelivery } from '../../core/ids.ts';
import { deliveryKey } from '../../lambdas/adapters/delivery-store.ts';

export const ENDPOINT = 'ep_0TbsgmRk5x2mQ8vYb1LzNc';
export const NOON = Date.UTC(2026, 0, 15, 12);

/** What a record of a delivery says, in the table's names. */
export interface Image {
  /** State, attempts, resends, status code, milliseconds, when, reason, failure, test, failed resend. */
  readonly s: string;
  readonly n: number;
  readonly u?: number;
  readonly c?: number;
  readonly m?: number;
  readonly z: number;
  readonly r?: string;
  readonly f?: string;
  readonly g?: boolean;
  readonly v?: Partial<Image>;
}

let sequence = 0n;

/** A record of the deliveries stream, as Lambda hands it on: each is behind the one that was made before. */
export function recordOf(
  after: Image,
  before?: Image,
  { endpointId = ENDPOINT, tenantId = 'ten_1', eventId = 'evt_1' } = {},
): DynamoDBRecord {
  const keys = deliveryKey(addressDelivery(endpointId, eventId, NOON)) as { pk: object; sk: object };
  const ids = {
    ...keys,
    t: { S: tenantId },
    p: { S: endpointId },
    e: { S: eventId },
    y: { S: 'order.paid' },
  };
  const image = (fields: Image) => ({ ...ids, ...marshal(fields) });
  sequence += 7n;
  return {
    eventName: before === undefined ? 'INSERT' : 'MODIFY',
    dynamodb: {
      Keys: keys,
      NewImage: image(after),
      ...(before && { OldImage: image(before) }),
      // 9 and 10 differ in length, as real ones do where a stream grows old.
      SequenceNumber: String(9_999_999_999_999_999_999_000n + sequence),
    },
  } as DynamoDBRecord;
}

export const succeeded = (ms = 100, z = NOON): Image => ({ s: 'succeeded', n: 1, c: 200, m: ms, z });
export const failed = (c = 500, z = NOON): Image => ({ s: 'retrying', n: 1, c, m: 50, z, r: 'It failed.' });

function marshal(fields: Partial<Image>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'number'
        ? { N: String(value) }
        : typeof value === 'boolean'
          ? { BOOL: value }
          : typeof value === 'object'
            ? { M: marshal(value) }
            : { S: value },
    ]),
  );
}
