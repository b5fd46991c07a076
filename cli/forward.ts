import type { Dialect } from '../core/dialects/dialect.ts';
import { buildEnvelope } from '../core/envelope.ts';
import { printJson } from '../core/json.ts';
import { type Secret, signRequest } from '../core/sign.ts';

/** An event as the poll call shows it. */
export interface PolledEvent {
  readonly id: string;
  readonly tenant_id: string;
  readonly type: string;
  readonly data: unknown;
  readonly occurred_at?: string;
  readonly created_at: string;
}

/** Where events go and how they are signed. */
export interface Target {
  readonly url: string;
  readonly dialect: Dialect;
  readonly secret: Secret;
  /** Carries the secret where the dialect signs nothing. */
  readonly header: string;
}

export interface Forwarded {
  readonly event_id: string;
  readonly type: string;
  readonly status?: number;
  readonly error?: string;
  readonly duration_ms: number;
}

/** Sends an event as the platform would; every outcome is a value. */
export async function forward(event: PolledEvent, target: Target): Promise<Forwarded> {
  const { body, headers } = makeRequest(event, target);
  const start = performance.now();
  const outcome = await post(target, headers, body);
  return {
    event_id: event.id,
    type: event.type,
    ...outcome,
    duration_ms: Math.round(performance.now() - start),
  };
}

/** The request of an attempt made now. */
export function makeRequest(event: PolledEvent, { dialect, secret, header }: Target) {
  const body = buildEnvelope(dialect, {
    tenantId: event.tenant_id,
    id: event.id,
    type: event.type,
    dataText: printJson(event.data),
    acceptedAt: Date.parse(event.created_at),
    occurredAt: event.occurred_at === undefined ? undefined : Date.parse(event.occurred_at),
  });
  const timestamp = Math.floor(Date.now() / 1000);
  const signed = signRequest(dialect, { eventId: event.id, timestamp, body, secrets: [secret] });
  const own = dialect.signature === null ? { [header]: secret.value } : {};
  return { body, headers: { 'Content-Type': 'application/json', ...own, ...signed } };
}

async function post({ url, dialect }: Target, headers: Record<string, string>, body: string) {
  try {
    const signal = AbortSignal.timeout(dialect.timeoutMs);
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    // Read to the end, so that the time is that of the whole answer.
    await response.arrayBuffer();
    return { status: response.status };
  } catch (error) {
    return { error: reasonOf(error) };
  }
}

/** fetch says no more than "fetch failed"; its cause has the reason. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return name === 'TimeoutError' ? 'timeout' : (cause?.code ?? cause?.message ?? message);
}
