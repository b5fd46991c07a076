import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalOutputs } from '../local-aws.ts';
import { type Api, isConflict, makeApi } from './api.ts';
import {
  addLogged,
  addPublished,
  addRequest,
  type Board,
  emptyBoard,
  isDelivered,
  isHopeless,
  type LoggedDelivery,
} from './board.ts';
import { type ReceiverReport, type ReceiverServer, startReceivers } from './receiver-server.ts';
import { DEMO_TENANTS, type DemoTenant } from './scenario.ts';

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
  let board = emptyBoard;
  const update = (next: Board) => {
    if (next === board) return;
    board = next;
    onChange(board);
  };
  // A delivery may reach its receiver before the publish call's answer reaches us.
  const early: ReceiverReport[] = [];
  let publishing = false;
  const take = (report: ReceiverReport) => {
    if (report.eventId && board.has(report.eventId))
      update(addRequest(board, report.eventId, report.outcome));
    else if (publishing) early.push(report);
    else onOther(report);
  };
  const receivers = await startReceivers(take);
  const operator = makeApi(outputs.apiUrl, outputs.operatorKey);
  const tenants = await Promise.all(DEMO_TENANTS.map((tenant) => makeTenant(operator, receivers, tenant)));
  return {
    tenants,
    async publish() {
      publishing = true;
      await Promise.all(
        tenants.map(async (tenant) => {
          for (const row of await publishEvents(outputs, tenant)) update(addPublished(board, row));
        }),
      );
      publishing = false;
      for (const report of early.splice(0)) take(report);
    },
    async follow(deadlineMs) {
      const deadline = Date.now() + deadlineMs;
      for (;;) {
        for (const logged of await readLogs(operator, tenants)) update(addLogged(board, logged));
        const open = [...board.values()].some((row) => !isDelivered(row) && !isHopeless(row));
        if (!open || Date.now() > deadline) return board;
        await sleep(POLL_MS);
      }
    },
    close: () => receivers.close(),
  };
}

/** Makes one tenant with one endpoint; an earlier demo's endpoints, whose receivers are gone, are removed first. */
async function makeTenant(operator: Api, receivers: ReceiverServer, tenant: DemoTenant): Promise<LiveTenant> {
  await operator('POST', '/v1/tenants', {
    id: tenant.id,
    name: `Demo: ${tenant.dialect}`,
    dialect: tenant.dialect,
  }).catch((error) => {
    if (!isConflict(error)) throw error;
  });
  const query = `?tenant_id=${tenant.id}`;
  const { webhooks } = await operator<{ webhooks: { id: string }[] }>('GET', `/v1/webhooks${query}`);
  await Promise.all(webhooks.map(({ id }) => operator('DELETE', `/v1/webhooks/${id}${query}`)));
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

async function publishEvents(outputs: LocalOutputs, tenant: LiveTenant) {
  const api = makeApi(outputs.apiUrl, tenant.publishKey);
  return Promise.all(
    tenant.events.map(async ({ type, data }) => {
      const { id } = await api<{ id: string }>('POST', '/v1/events', { tenant_id: tenant.id, type, data });
      return { tenant: tenant.id, dialect: tenant.dialect, type, eventId: id };
    }),
  );
}

async function readLogs(operator: Api, tenants: readonly LiveTenant[]): Promise<LoggedDelivery[]> {
  const logs = await Promise.all(
    tenants.map(async ({ id, endpointId }) => {
      const path = `/v1/webhooks/${endpointId}/deliveries?tenant_id=${id}`;
      return (await operator<{ deliveries: LoggedDelivery[] }>('GET', path)).deliveries;
    }),
  );
  return logs.flat();
}
