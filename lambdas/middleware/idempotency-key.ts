import { quote, refuse } from '../../core/errors.ts';
import type { Operation } from '../operations/operation.ts';

/** What the header may hold: 1 to 255 visible characters of ASCII. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** Whether an answer is kept for the header: every POST that has no ids; what other methods do twice is done once. */
export function mindsIdempotencyKey({ method, ownIds }: Operation): boolean {
  return method === 'POST' && !ownIds;
}

/** Reads the header. @throws PosthornError `invalid_request` where it is not {@link IDEMPOTENCY_KEY} */
export function checkKey(key: string | undefined): string | undefined {
  if (key === undefined || IDEMPOTENCY_KEY.test(key)) return key;
  const wanted = '1 to 255 visible characters of ASCII are accepted';
  throw refuse('invalid_request', 'Idempotency-Key', `Idempotency-Key is ${quote(key)}: ${wanted}.`);
}
