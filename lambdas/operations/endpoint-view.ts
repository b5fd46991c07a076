import type { EndpointHealth } from '../../core/circuit.ts';
import { REDACTED } from '../../core/endpoint.ts';
import { publicKeyOf } from '../../core/new-secret.ts';
import type { ReadEndpoint } from '../adapters/endpoint-items.ts';
import type { EndpointSecrets } from '../adapters/endpoint-secrets.ts';
import { hasAlertSender } from '../adapters/environment.ts';
import { showTime } from './common.ts';
import type { ChangedEndpoint } from './endpoint-changes.ts';
import { showRateLimit } from './endpoint-patch.ts';

/** The secret that a receiver verifies with; it is shown where it was made. */
export function showSecret({ signing }: EndpointSecrets): string | undefined {
  return signing.findLast((secret) => secret.kind === 'hmac')?.value;
}

/** An endpoint as a change left it, with its secret where that is new. */
export function showChanged({ endpoint, secrets, rekeyed }: ChangedEndpoint) {
  const secret = rekeyed ? showSecret(secrets) : undefined;
  return { ...showEndpoint(endpoint, secrets), ...(secret !== undefined && { secret }) };
}

/** An endpoint as the API shows it: its secret and the values of its own headers are never in it. */
export function showEndpoint(endpoint: ReadEndpoint, { signing, auth, headers }: EndpointSecrets) {
  const publicKey = signing.findLast((secret) => secret.kind === 'ed25519');
  return {
    id: endpoint.id,
    url: endpoint.url,
    events: endpoint.events,
    active: endpoint.active,
    created_at: showTime(endpoint.createdAt),
    updated_at: showTime(endpoint.updatedAt),
    operational: endpoint.operational || undefined,
    filters: endpoint.filters,
    description: endpoint.description,
    metadata: endpoint.metadata,
    api_version: endpoint.apiVersion,
    timeout: endpoint.timeoutMs && endpoint.timeoutMs / 1000,
    rate_limit: endpoint.rateLimit && showRateLimit(endpoint.rateLimit),
    circuit: showCircuit(endpoint.health),
    alerts: showAlerts(endpoint),
    disabled_reason: endpoint.active ? undefined : endpoint.disabledReason,
    headers: headers && Object.fromEntries(Object.keys(headers).map((name) => [name, REDACTED])),
    auth: auth && showAuth(auth),
    ...(publicKey && { signing: 'ed25519' as const, public_key: publicKeyOf(publicKey) }),
  };
}

function showCircuit({ run, failingSince, circuit }: EndpointHealth) {
  return {
    state: circuit?.state ?? ('closed' as const),
    ...(run > 0 && { failures: run }),
    ...(failingSince !== undefined && { failing_since: showTime(failingSince) }),
    ...(circuit?.state === 'open' && { next_probe_at: showTime(circuit.turnAt) }),
  };
}

/** Whom mails go to, and who gets none any more: an address that was set anew is not among those. */
function showAlerts({ alertEmails: email = [], stoppedAlerts = [], refusedAlerts = [] }: ReadEndpoint) {
  const stopped = stoppedAlerts.filter((stop) => !email.includes(stop.email));
  const refused = refusedAlerts.filter((one) => email.includes(one.email));
  if (email.length === 0 && stopped.length === 0) return undefined;
  return {
    email,
    status: hasAlertSender() ? ('on' as const) : ('no_sender' as const),
    ...(stopped.length > 0 && { stopped: stopped.map((stop) => ({ ...stop, at: showTime(stop.at) })) }),
    ...(refused.length > 0 && { refused: refused.map((one) => ({ ...one, at: showTime(one.at) })) }),
  };
}

function showAuth(auth: NonNullable<EndpointSecrets['auth']>) {
  if ('header' in auth) return { header: { name: auth.header.name, value: REDACTED } };
  return { openIdConnect: { ...auth.openIdConnect, clientSecret: REDACTED } };
}
