import { nextTurn, queueTurn } from './circuit-queue.ts';
import type { StoredEndpoint } from './endpoint-items.ts';
import { getEndpoint } from './endpoint-lists.ts';

/** Lets a circuit drain now that somebody told it to; its next turn would have come later. */
export async function wakeCircuit({ tenantId, id: endpointId }: StoredEndpoint): Promise<void> {
  const endpoint = await getEndpoint(tenantId, endpointId);
  const now = Date.now();
  const circuit = endpoint?.health.circuit;
  if (circuit) await queueTurn(nextTurn({ tenantId, endpointId }, circuit), now, now);
}
