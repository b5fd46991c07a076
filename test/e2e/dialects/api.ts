import { type Answer, call, eventually, expectCall, type TestTenant } from '../platform.ts';
import { readOutputs } from '../read-outputs.ts';
import type { SeenRequest } from './guide-app.ts';

/** The verdict on one entry of a batch. */
export interface BatchResult {
  readonly status: number;
  readonly id?: string;
  readonly error?: { readonly code: string; readonly detail: string; readonly path?: string };
}

export function publishBatch(
  key: string,
  events: readonly unknown[],
): Promise<Answer<{ results: BatchResult[] }>> {
  return call('POST', '/v1/events', key, { events });
}

/** Publishes events one by one, all at once. */
export async function publishEach(tenant: TestTenant, events: readonly object[]): Promise<void> {
  await Promise.all(events.map((event) => tenant.publish({ ...event })));
}

/** An error answer, by RFC 9457. */
export interface ProblemBody {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** The paths that a refusal names. */
export function pathsOf({ body }: Answer<ProblemBody>): string[] {
  return (body.errors ?? []).map(({ path }) => path);
}

/** Waits until a list has as many entries. @throws Error that says how many there were */
export async function eventuallyMany<Entry>(
  list: readonly Entry[],
  count: number,
): Promise<readonly Entry[]> {
  try {
    return await eventually(async () => (list.length >= count ? list : undefined));
  } catch (cause) {
    throw new Error(`There were ${list.length} of ${count}.`, { cause });
  }
}

/** Requests by the order of their bodies' texts: deliveries arrive in any order. */
export function bodiesOf(requests: readonly Pick<SeenRequest, 'body'>[]): string[] {
  return requests.map(({ body }) => body).sort();
}

export interface ApiKey {
  readonly id: string;
  readonly key: string;
  readonly access_key: string;
  readonly secret_key: string;
}

/** Another key of a tenant. */
export function makeKey(tenant: TestTenant, scope: 'tenant' | 'publish'): Promise<ApiKey> {
  const path = `/v1/tenants/${tenant.id}/api-keys`;
  return expectCall(201, 'POST', path, readOutputs().operatorKey, { scope });
}
