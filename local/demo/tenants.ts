import { type Api, isConflict } from './api.ts';

/** Makes a tenant unless it is there; an earlier demo's endpoints, whose receivers are gone, are removed. */
export async function openTenant(
  operator: Api,
  { id, dialect }: { readonly id: string; readonly dialect: string },
): Promise<void> {
  await operator('POST', '/v1/tenants', { id, name: `Demo: ${dialect}`, dialect }).catch((error) => {
    if (!isConflict(error)) throw error;
  });
  const query = `?tenant_id=${id}`;
  const { webhooks } = await operator<{ webhooks: { id: string }[] }>('GET', `/v1/webhooks${query}`);
  for (const webhook of webhooks) await operator('DELETE', `/v1/webhooks/${webhook.id}${query}`);
}
