import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { TransportErrorCode } from '../../core/judge-response.ts';

/** A request that was not made, or got no usable answer. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportErrorCode;

  constructor(code: TransportErrorCode, message: string, options?: ErrorOptions) {
    // A certificate's error lists every name that it is for; the first lines tell enough.
    super(message.slice(0, 500), options);
    this.code = code;
  }
}

/** RFC 4291, section 2.4, and IANA's IPv6 address space: only this part is given out as global unicast. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address belongs to a host on the public internet: global unicast, and no way round to an IPv4 address
 * (mapped, compatible, NAT64, 6to4, Teredo), by IANA's special-purpose registries.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  return parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || parsed.match(GLOBAL_IPV6));
}

/** @throws TransportError where a URL may not be called at all */
export function checkUrl(url: URL): void {
  if (url.protocol !== 'https:') {
    throw new TransportError('address_refused', `Only https is called, not ${url.protocol}//${url.host}.`);
  }
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (ipaddr.isValid(literal) && !isPublicAddress(literal)) throw refusal(literal, literal);
}

/**
 * Resolves a host for a socket that is about to connect, and gives it only addresses that were checked: what was
 * checked is what is called, whatever the name resolves to a moment later. One address that is not public refuses the
 * host, since the next look-up might return that one.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '');
    const refused = addresses.find(({ address }) => !isPublicAddress(address));
    if (refused !== undefined) return callback(refusal(hostname, refused.address), '');
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    callback(null, first?.address ?? '', first?.family);
  });
};

function refusal(host: string, address: string): TransportError {
  const what = host === address ? address : `${host} resolves to ${address}, which`;
  return new TransportError('address_refused', `${what} is not a public address; it was not called.`);
}
