import * as z from 'zod';
import { findDeliveries } from '../adapters/delivery-list.ts';
import type { DeliveryRecord } from '../adapters/delivery-store.ts';
import { endpointKey } from '../adapters/endpoint-items.ts';
import { listEndpointIds } from '../adapters/endpoint-lists.ts';

/** Endpoints that are there, and those that were deleted while deliveries of theirs are kept. */
const KINDS = ['ENDPOINT#', 'DELETED#'] as const;
type Kind = (typeof KINDS)[number];

/**
 * Which way the list goes on, and the endpoint that it goes on behind: by its kind and id, which need not be there. An
 * id with `!` stands for what sorts behind that id and before the next.
 */
export type EventPlace = readonly [way: 'on' | 'back', kind: Kind, endpointId: string];
export const eventPlaceSchema = z.tuple([
  z.enum(['on', 'back']),
  z.enum(KINDS),
  z.string().regex(/^[\w-]{0,64}!?$/),
]);

export interface EventPage {
  readonly deliveries: readonly DeliveryRecord[];
  readonly next?: EventPlace;
  readonly previous?: EventPlace;
}

const LOOKED_AT = 100;
const ROUNDS = 20;

/**
 * Lists an event's deliveries. They stand under its endpoints, so the tenant's endpoints are gone through: those that are
 * there, then those that were deleted. No write had to be paid for that. One call looks at a bounded number of
 * endpoints, so it may answer few deliveries, or none, although more follow.
 */
export async function listEventDeliveries(
  tenantId: string,
  event: { readonly id: string; readonly acceptedAt: number },
  limit: number,
  isWanted: (delivery: DeliveryRecord) => boolean,
  place?: EventPlace,
): Promise<EventPage> {
  const back = place?.[0] === 'back';
  const { found, rest } = await collect(tenantId, event, limit, isWanted, place ?? ['on', 'ENDPOINT#', '']);
  const taken = found.slice(0, limit);
  const onward = found.length > limit ? taken.at(-1)?.at : rest;
  const [first] = taken;
  if (back) {
    // Nothing is before a page without deliveries: the list begins behind it.
    const next: EventPlace = first ? ['on', first.at[1], first.at[2]] : ['on', 'ENDPOINT#', ''];
    return { deliveries: taken.map(({ delivery }) => delivery).toReversed(), next, previous: onward };
  }
  const before = first?.at ?? (place && (['back', place[1], `${place[2]}!`] as const));
  return {
    deliveries: taken.map(({ delivery }) => delivery),
    next: onward,
    previous: place && before && ['back', before[1], before[2]],
  };
}

interface Found {
  readonly delivery: DeliveryRecord;
  readonly at: EventPlace;
}

/** Goes on until there are more deliveries than the limit. @returns them as they come, and where the rest begins */
async function collect(
  tenantId: string,
  event: { readonly id: string; readonly acceptedAt: number },
  limit: number,
  isWanted: (delivery: DeliveryRecord) => boolean,
  [way, ...start]: EventPlace,
): Promise<{ found: Found[]; rest?: EventPlace }> {
  const found: Found[] = [];
  let [kind, after]: [Kind, string] = start;
  for (let round = 0; round < ROUNDS && found.length <= limit; round++) {
    const startKey = after === '' ? undefined : { ...endpointKey(tenantId, after), sk: { S: kind + after } };
    const { ids, nextKey } = await listEndpointIds(tenantId, kind, LOOKED_AT, startKey, way === 'back');
    const deliveries = await findDeliveries(ids, event.id, event.acceptedAt);
    for (const id of ids) {
      const delivery = deliveries.find(({ endpointId }) => endpointId === id);
      if (delivery !== undefined && isWanted(delivery)) found.push({ delivery, at: [way, kind, id] });
    }
    const other: Kind = way === 'back' ? 'ENDPOINT#' : 'DELETED#';
    if (nextKey !== undefined) after = ids.at(-1) ?? after;
    else if (kind === other) return { found };
    else [kind, after] = [other, ''];
  }
  return { found, rest: [way, kind, after] };
}
