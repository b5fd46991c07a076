import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveryMessage } from '../../core/delivery.ts';
import { backOff, HELD_MS, intervalOf, LONGEST_HOLD_MS, type RateLimit } from '../../core/pace.ts';
import type { ReadEndpoint } from './endpoint-items.ts';
import { freePlaces, reserveSlots, takePlaces } from './pace-store.ts';

/** Whether a request may be made: now, and told when it is over; or the message comes again later. */
export type Admission =
  | { readonly message?: undefined; readonly done: () => void }
  | { readonly message: DeliveryMessage; readonly dueAt: number };

interface Asking {
  readonly message: DeliveryMessage;
  readonly resolve: (admission: Admission) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests begin no later than this after the batch was received: an attempt takes 30 s at most, the function runs 45. */
const BEGUN_WITHIN_MS = 10_000;

/**
 * Keeps the deliveries of one batch to their endpoints' limits, together with every other function that runs. Those that ask
 * at the same moment for one endpoint share the writes; an endpoint without a limit never asks.
 */
export class Pacer {
  readonly #asking = new Map<string, { limit: RateLimit; members: Asking[] }>();
  readonly #running: Promise<void>[] = [];
  readonly #startedAt = Date.now();

  /** Resolves when the request may begin, or with the message that comes again instead. */
  admit({ id, rateLimit }: ReadEndpoint, message: DeliveryMessage): Promise<Admission> {
    if (rateLimit === undefined) return Promise.resolve({ done: () => {} });
    const { promise, resolve, reject } = Promise.withResolvers<Admission>();
    const group = this.#asking.get(id) ?? { limit: rateLimit, members: [] };
    if (group.members.length === 0) setImmediate(() => this.#flush(id));
    group.members.push({ message, resolve, reject });
    this.#asking.set(id, group);
    return promise;
  }

  /** Resolves when the places that the batch held are free. */
  async close(): Promise<void> {
    await Promise.all(this.#running);
  }

  #flush(endpointId: string): void {
    const group = this.#asking.get(endpointId);
    if (group === undefined) return;
    this.#asking.delete(endpointId);
    const work = this.#admitAll(endpointId, group.limit, group.members);
    this.#running.push(
      work.catch((error: unknown) => {
        for (const { reject } of group.members) reject(error);
      }),
    );
  }

  async #admitAll(endpointId: string, limit: RateLimit, members: Asking[]): Promise<void> {
    const due = await planned(endpointId, limit, members);
    if (due.length === 0) return;
    if (limit.concurrent === undefined) return this.#passGate(endpointId, limit, due);
    const wanted = Math.min(limit.concurrent, due.length);
    const names = Array.from({ length: wanted }, () => `p${randomBytes(6).toString('hex')}`);
    const places = await takePlaces(endpointId, names, limit.concurrent);
    try {
      if (places.length === 0) for (const one of due) comeLater(one);
      else await this.#passGate(endpointId, limit, due, places.length);
    } finally {
      await freePlaces(endpointId, places);
    }
  }

  /**
   * Lets through as many as the rate allows in the next seconds, one after the other, as many at a time as there are places.
   * Resolves when the last that needs a place is over.
   */
  async #passGate(endpointId: string, limit: RateLimit, due: Asking[], places?: number): Promise<void> {
    const interval = limit.perSecond === undefined ? 0 : intervalOf(limit.perSecond);
    const slots =
      interval === 0
        ? due.map(() => 0)
        : await reserveSlots(endpointId, 'gate', due.length, interval, LONGEST_HOLD_MS);
    await sendBack(endpointId, limit.perSecond, due.slice(slots.length));
    const queue = due.slice(0, slots.length).map((asking, i) => ({ asking, slot: slots[i] as number }));
    let begunAt = 0;
    const lane = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        // What a slow neighbour held up does not make good for it by following at once.
        const at = Math.max(next.slot, begunAt + interval);
        begunAt = at;
        if (at > Date.now()) await sleep(at - Date.now());
        begunAt = Math.max(begunAt, Date.now());
        if (Date.now() > this.#startedAt + BEGUN_WITHIN_MS) {
          comeLater(next.asking);
          continue;
        }
        const { promise, resolve } = Promise.withResolvers<void>();
        next.asking.resolve({ done: resolve });
        if (places !== undefined) await promise;
      }
    };
    await Promise.all(Array.from({ length: places ?? 1 }, lane));
  }
}

/** Plans what is new, and sends back what is not due yet. @returns those whose time has come */
async function planned(endpointId: string, { perSecond }: RateLimit, members: Asking[]): Promise<Asking[]> {
  if (perSecond === undefined) return members;
  const now = Date.now();
  const early = members.filter(({ message }) => (message.slot ?? 0) > now + HELD_MS);
  // What was planned by a rate that the endpoint has no more is planned anew: a higher one holds for what waits, too.
  const waits = early.filter(({ message: { slotRate = perSecond } }) => slotRate === perSecond);
  const fresh = members
    .filter((asking) => isPlanned(asking) && (asking.message.slot === undefined || early.includes(asking)))
    .filter((asking) => !waits.includes(asking));
  for (const asking of waits) comeAt(asking, asking.message.slot as number);
  const due = members.filter((asking) => !fresh.includes(asking) && !waits.includes(asking));
  const soon = fresh.length === 0 ? [] : await replan(endpointId, perSecond, fresh);
  return [...due, ...soon];
}

/** A probe waits behind nobody: what is planned before it waits for what it finds out. The gate holds for it too. */
function isPlanned({ message }: Asking): boolean {
  return message.probe !== true;
}

/** Reserves the times at which messages are to come, and sends back those that are not soon. @returns the others */
async function replan(endpointId: string, perSecond: number, members: Asking[]): Promise<Asking[]> {
  const slots = await reserveSlots(endpointId, 'plan', members.length, intervalOf(perSecond));
  const now = Date.now();
  return members.filter((asking, i) => {
    const slot = slots[i];
    if (slot !== undefined && slot <= now + HELD_MS) return true;
    if (slot === undefined) comeLater(asking);
    else comeAt(asking, slot, perSecond);
    return false;
  });
}

/** Plans anew what came late, to find the gate taken for as long as anybody is held. */
async function sendBack(endpointId: string, perSecond = 0, refused: Asking[]): Promise<void> {
  for (const probe of refused.filter((asking) => !isPlanned(asking))) comeLater(probe);
  const members = refused.filter(isPlanned);
  if (members.length === 0) return;
  const slots = await reserveSlots(endpointId, 'plan', members.length, intervalOf(perSecond));
  const earliest = Date.now() + LONGEST_HOLD_MS;
  for (const [i, asking] of members.entries()) comeAt(asking, Math.max(slots[i] ?? 0, earliest), perSecond);
}

/** Sends a message back until shortly before its slot: a queue counts whole seconds, and the rest is held here. */
function comeAt({ message, resolve }: Asking, slot: number, slotRate = message.slotRate): void {
  resolve({ message: { ...message, slot, slotRate }, dueAt: slot - HELD_MS + 1 });
}

function comeLater({ message, resolve }: Asking): void {
  const refusals = (message.refusals ?? 0) + 1;
  const dueAt = Date.now() + backOff(refusals, Math.random());
  resolve({ message: { ...message, slot: undefined, slotRate: undefined, refusals }, dueAt });
}
