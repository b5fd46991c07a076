import { eventually, expectCall, type ShownDelivery, type TestTenant } from './platform.ts';

/** A task as the API shows it. */
export interface ShownTask {
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
  readonly done: number;
  readonly left: number | null;
  readonly failed: number;
  readonly skipped: number;
}

export type TaskCall = 'recover' | 'send-missed';

export function startTask(
  tenant: TestTenant,
  endpointId: string,
  call: TaskCall,
  range: { since: string; until?: string },
): Promise<ShownTask> {
  return expectCall(202, 'POST', `/v1/webhooks/${endpointId}/${call}`, tenant.key, range);
}

/** Waits until a task has ended. */
export function awaitTask(tenant: TestTenant, id: string): Promise<ShownTask> {
  return eventually(async () => {
    const task = await expectCall<ShownTask>(200, 'GET', `/v1/tasks/${id}`, tenant.key);
    return task.status === 'running' ? undefined : task;
  });
}

/** Every delivery of an endpoint, page by page. */
export async function allDeliveries(tenant: TestTenant, endpointId: string): Promise<ShownDelivery[]> {
  const found: ShownDelivery[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const path: string = `/v1/webhooks/${endpointId}/deliveries?limit=100${cursor && `&cursor=${cursor}`}`;
    const page = await expectCall<{ deliveries: ShownDelivery[]; next_cursor: string | null }>(
      200,
      'GET',
      path,
      tenant.key,
    );
    found.push(...page.deliveries);
    cursor = page.next_cursor;
  }
  return found;
}

/** Waits until every event of these is in the list of events: what is not listed yet is not found to be missed. */
export async function awaitListed(tenant: TestTenant, ids: readonly string[]): Promise<void> {
  await eventually(async () => {
    const path = '/v1/events?limit=100';
    const { events } = await expectCall<{ events: { id: string }[] }>(200, 'GET', path, tenant.key);
    const listed = new Set(events.map(({ id }) => id));
    return ids.every((id) => listed.has(id)) || undefined;
  });
}
