import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalOutputs } from '../local-aws.ts';
import { type Api, makeApi } from './api.ts';
import { type Board, isDelivered, isHopeless, type LoggedDelivery, type PublishedEvent } from './board.ts';
import { type ReceiverReport, type ReceiverServer, startReceivers } from './receiver-server.ts';
import { makeRecorder } from './recorder.ts';
import { DEMO_TENANTS, type DemoTenant } from './scenario.ts';
import { openTenant } from './tenants.ts';

const POLL_MS = 400;

/** A tenant of the demo as it exists in the API. */
interface LiveTenant extends DemoTenant {
  readonly endpointId: string;
  readonly publishKey: string;
}

export interface Demo {
  readonly tenants: readonly LiveTenant[];
  /** Publishes every tenant's events through API Gateway, each with its tenant's publish key. */
  publish(): Promise<void>;
  /** Follows the log until every delivery has ended or the time is up. */
  follow(deadlineMs: number): Promise<Board>;
  close(): void;
}

/**
 * Makes the demo's tenants and receivers and reports every change of the board. Requests for events that are not the
 * demo's own (a user tries the API) go to `onOther`.
 */
export async function openDemo(
  outputs: LocalOutputs,
  onChange: (board: Board) => void,
  onOther: (report: ReceiverReport) => void = () => {},
): Promise<Demo> {
  const recorder = makeRecorder(onChange, onOther);
  const receivers = await startReceivers(recorder.received);
  const operator = makeApi(outputs.apiUrl, outputs.operatorKey);
  try {
    // One call at a time, here and below: each call at once with another would start one more function worker.
    const tenants: LiveTenant[] = [];
    for (const tenant of DEMO_TENANTS) tenants.push(await makeTenant(operator, receivers, tenant));
    return {
      tenants,
      async publish() {
        for (const tenant of tenants) await publishEvents(outputs, tenant, recorder.published);
        recorder.endPublishing();
      },
      async follow(deadlineMs) {
        const deadline = Date.now() + deadlineMs;
        for (;;) {
          for (const delivery of await readLogs(operator, tenants)) recorder.logged(delivery);
          if (isOver(recorder.current()) || Date.now() > deadline) return recorder.current();
          await sleep(POLL_MS);
        }
      },
      close: receivers.close,
    };
  } catch (error) {
    receivers.close();
    throw error;
  }
}

/** Every delivery has come to its end, good or bad. */
function isOver(board: Board): boolean {
  return [...board.values()].every((row) => isDelivered(row) || isHopeless(row));
}

/** Makes one tenant with one endpoint. */
async function makeTenant(operator: Api, receivers: ReceiverServer, tenant: DemoTenant): Promise<LiveTenant> {
  await openTenant(operator, tenant);
  const ownSecret = randomBytes(24).toString('base64url');
  const endpoint = await operator<{ id: string; secret?: string }>('POST', '/v1/webhooks', {
    tenant_id: tenant.id,
    url: receivers.urlOf(tenant.id),
    events: ['*'],
    ...tenant.endpoint?.(ownSecret),
  });
  receivers.add(tenant, tenant.endpoint ? ownSecret : (endpoint.secret ?? ''));
  const { key } = await operator<{ key: string }>('POST', `/v1/tenants/${tenant.id}/api-keys`, {
    scope: 'publish',
  });
  return { ...tenant, endpointId: endpoint.id, publishKey: key };
}

async function publishEvents(
  outputs: LocalOutputs,
  { id: tenant, dialect, publishKey, events }: LiveTenant,
  onPublished: (row: PublishedEvent) => void,
): Promise<void> {
  const api = makeApi(outputs.apiUrl, publishKey);
  for (const { type, data } of events) {
    const { id: eventId } = await api<{ id: string }>('POST', '/v1/events', {
      tenant_id: tenant,
      type,
      data,
    });
    onPublished({ tenant, dialect, type, eventId });
  }
}

async function readLogs(operator: Api, tenants: readonly LiveTenant[]): Promise<LoggedDelivery[]> {
  const logs: LoggedDelivery[] = [];
  for (const { id, endpointId } of tenants) {
    const path = `/v1/webhooks/${endpointId}/deliveries?tenant_id=${id}`;
    logs.push(...(await operator<{ deliveries: LoggedDelivery[] }>('GET', path)).deliveries);
  }
  return logs;
}
