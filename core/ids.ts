import { createHash } from 'node:crypto';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Base-62 characters of a time: 62^8 ms reach the year 8888, and ASCII order is time order. */
const TIME_LENGTH = 8;
/** 14 base-62 characters are 83 bits of chance beside the millisecond. */
const RANDOM_LENGTH = 14;
/** 11 base-62 characters hold 65 bits of an event id's hash. */
const HASH_LENGTH = 11;

/** The characters of an id after its prefix, e.g. the 22 after `wh_`. */
export const ID_KEY_LENGTH = TIME_LENGTH + RANDOM_LENGTH;

/** Bytes of chance that {@link makeId} wants. */
export const ID_RANDOM_BYTES = RANDOM_LENGTH;

/**
 * Makes an id that sorts by time: `<prefix><8 of time><14 of chance>`.
 * @param prefix e.g. `evt_`
 * @param now milliseconds since 1970
 * @param chance at least 14 random bytes
 */
export function makeId(prefix: string, now: number, chance: Uint8Array): string {
  let tail = '';
  // A byte modulo 62 favours eight digits by a fifth: 81 instead of 83 bits, still far beyond guessing.
  for (let i = 0; i < RANDOM_LENGTH; i++) tail += DIGITS[(chance[i] as number) % 62];
  return prefix + encodeTime(now) + tail;
}

/** The part of an id that is the same whatever its dialect's prefix: its last 22 characters. */
export function idKey(id: string): string {
  return id.slice(-ID_KEY_LENGTH);
}

/** When an id of {@link makeId} was made, milliseconds since 1970. */
export function idTime(id: string): number {
  return decodeTime(idKey(id).slice(0, TIME_LENGTH));
}

/** The last time that eight digits can tell. */
const LATEST = 62 ** TIME_LENGTH - 1;

/** Eight base-62 digits of a time in milliseconds; their ASCII order is the order of time. */
export function encodeTime(ms: number): string {
  let rest = Math.min(LATEST, Math.max(0, Math.floor(ms)));
  let text = '';
  for (let i = 0; i < TIME_LENGTH; i++) {
    text = DIGITS[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** The milliseconds that {@link encodeTime} wrote. */
export function decodeTime(text: string): number {
  let ms = 0;
  for (const digit of text) ms = ms * 62 + DIGITS.indexOf(digit);
  return ms;
}

/** Eleven base-62 digits of an event id's SHA-256: enough to tell one endpoint's events of one millisecond apart. */
export function hashEventId(eventId: string): string {
  let rest = createHash('sha256').update(eventId).digest().readBigUInt64BE();
  let text = '';
  for (let i = 0; i < HASH_LENGTH; i++) {
    text = DIGITS[Number(rest % 62n)] + text;
    rest /= 62n;
  }
  return text;
}

/** Where a delivery is kept; everything in it can be read off the delivery's id. */
export interface DeliveryAddress {
  /** The endpoint's id without its prefix. */
  readonly endpointKey: string;
  /** Time and hash of the event: sorts one endpoint's deliveries by the event's acceptance. */
  readonly order: string;
}

/** The one delivery of an event to an endpoint, however often it is dispatched. */
export function addressDelivery(endpointId: string, eventId: string, acceptedAt: number): DeliveryAddress {
  return { endpointKey: idKey(endpointId), order: encodeTime(acceptedAt) + hashEventId(eventId) };
}

/** A delivery's id: prefix, endpoint key, order. No look-up is needed to find the record of an id. */
export function formatDeliveryId(prefix: string, address: DeliveryAddress): string {
  return prefix + address.endpointKey + address.order;
}

/** Reads a delivery's id back, or undefined where the text is none. */
export function parseDeliveryId(prefix: string, id: string): DeliveryAddress | undefined {
  const key = id.slice(prefix.length);
  if (!id.startsWith(prefix) || !/^[0-9A-Za-z]{41}$/.test(key)) return undefined;
  return { endpointKey: key.slice(0, ID_KEY_LENGTH), order: key.slice(ID_KEY_LENGTH) };
}
