import type { Endpoint } from '../../../core/endpoint.ts';
import { seal } from '../../../lambdas/adapters/secret-box.ts';

/** An endpoint as it is stored, with its secrets sealed by the fake KMS's key. */
export async function storedEndpoint(fields: Partial<Endpoint>, secrets: object) {
  const endpoint: Endpoint = {
    tenantId: 'ten_1',
    id: 'ep_0TbsgmRk5x2mQ8vYb1LzNc',
    dialect: 'standard',
    url: 'http://127.0.0.1:1/',
    events: ['*'],
    active: true,
    createdAt: 0,
    updatedAt: 0,
    ...fields,
  };
  const wrappedKey = Buffer.from('wrapped');
  const owner = { tenantId: endpoint.tenantId, endpointId: endpoint.id, wrappedKey };
  return { ...endpoint, wrappedKey, sealed: await seal(owner, JSON.stringify(secrets)) };
}
