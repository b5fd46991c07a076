import type { Endpoint, EndpointAuth } from '../../core/endpoint.ts';
import type { Secret } from '../../core/sign.ts';
import type { StoredEndpoint } from './endpoint-items.ts';
import { open, seal } from './secret-box.ts';

/** What an endpoint keeps secret, sealed as one text. */
export interface EndpointSecrets {
  /** Signing keys, oldest first. */
  readonly signing: readonly Secret[];
  readonly auth?: EndpointAuth;
  /** Headers of the tenant's own; they may hold credentials. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Encrypts an endpoint's secrets for its item. */
export function sealSecrets(endpoint: Endpoint, wrappedKey: Uint8Array, secrets: EndpointSecrets) {
  return seal({ tenantId: endpoint.tenantId, endpointId: endpoint.id, wrappedKey }, JSON.stringify(secrets));
}

/** Decrypts an endpoint's secrets. */
export async function openSecrets(endpoint: StoredEndpoint): Promise<EndpointSecrets> {
  const owner = { tenantId: endpoint.tenantId, endpointId: endpoint.id, wrappedKey: endpoint.wrappedKey };
  return JSON.parse(await open(owner, endpoint.sealed)) as EndpointSecrets;
}
