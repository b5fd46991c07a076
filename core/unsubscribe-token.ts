import { createHmac, timingSafeEqual } from 'node:crypto';
import { ID_PATTERN } from './event.ts';

/** Which mails a link stops. */
export interface Unsubscription {
  readonly tenantId: string;
  readonly endpointId: string;
}

const SEPARATOR = '.';

/**
 * Signs a link that stops the mails of an endpoint to an address. The address is signed and not in it: the link is good
 * for as long as the endpoint has that address, and shows nobody whose it is.
 * @param key at least 32 characters that nobody else knows
 */
export function signUnsubscribe(
  key: string,
  { tenantId, endpointId }: Unsubscription,
  email: string,
): string {
  return [tenantId, endpointId, mac(key, { tenantId, endpointId }, email)].join(SEPARATOR);
}

/** Which mails a link is about, as it says itself; {@link isSignedFor} tells whether that is true. */
export function readUnsubscribe(token: string): Unsubscription | undefined {
  const [tenantId = '', endpointId = '', signature, ...rest] = token.split(SEPARATOR);
  if (!ID_PATTERN.test(tenantId) || !ID_PATTERN.test(endpointId) || !signature || rest.length > 0)
    return undefined;
  return { tenantId, endpointId };
}

/** Whether a link was made for this address of the endpoint that it names. */
export function isSignedFor(key: string, token: string, email: string): boolean {
  const named = readUnsubscribe(token);
  if (named === undefined) return false;
  const wanted = Buffer.from(signUnsubscribe(key, named, email));
  const given = Buffer.from(token);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

function mac(key: string, { tenantId, endpointId }: Unsubscription, email: string): string {
  const content = ['unsubscribe', tenantId, endpointId, email].join('\n');
  return createHmac('sha256', key).update(content).digest('base64url');
}
