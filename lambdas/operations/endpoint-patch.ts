import { REDACTED } from '../../core/endpoint.ts';
import { type Fault, PosthornError, refuse } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { mergePatch } from '../../core/merge-patch.ts';
import type { RateLimit } from '../../core/pace.ts';
import type { Secret } from '../../core/sign.ts';
import type { StoredEndpoint } from '../adapters/endpoint-items.ts';
import type { EndpointSecrets } from '../adapters/endpoint-secrets.ts';
import type { EndpointSettings } from './endpoint-settings.ts';

/** What every endpoint has, so that a merge patch's null would remove it, and what to send instead. */
export const PERMANENT = {
  url: 'leave it out, or send another',
  events: 'leave it out, or send ["*"] for every event',
  active: 'leave it out, or send true or false',
  secret: 'leave it out, or send another',
  signing: 'leave it out, or send "hmac" or "ed25519"',
};

/**
 * An endpoint's settings with a JSON merge patch applied, not checked yet. `secret` is in them only where it is new.
 * @throws PosthornError where the patch removes what every endpoint has
 */
export function patchSettings(
  endpoint: StoredEndpoint,
  secrets: EndpointSecrets,
  patch: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const faults = Object.entries(PERMANENT).flatMap(([path, advice]): Fault[] =>
    patch[path] === null ? [{ path, message: `${path} cannot be removed: ${advice}.` }] : [],
  );
  if (faults.length > 0) {
    throw new PosthornError('invalid_request', faults.map(({ message }) => message).join(' '), faults);
  }
  const current = settingsOf(endpoint, secrets);
  const redacted = SHOWN_REDACTED.filter((name) => Object.hasOwn(patch, name));
  const kept = redacted.map((name) => [name, keepRedacted(patch[name], current[name])] as const);
  const settings = mergePatch(current, { ...patch, ...Object.fromEntries(kept) }) as Record<string, unknown>;
  if ((settings.operational ?? false) === (endpoint.operational ?? false)) return settings;
  const message = `operational is ${endpoint.operational ?? false} of this endpoint and cannot be changed: make another endpoint.`;
  throw refuse('invalid_request', 'operational', message);
}

/** What an endpoint shows with its values hidden. */
const SHOWN_REDACTED = ['headers', 'auth'] as const;

/** A patch in which what was read off the endpoint is what it stands for, where there is something. */
function keepRedacted(patch: unknown, current: unknown): unknown {
  if (patch === REDACTED) return current ?? patch;
  if (!isJsonObject(patch)) return patch;
  const currentOf = (name: string) =>
    isJsonObject(current) && Object.hasOwn(current, name) ? current[name] : undefined;
  return Object.fromEntries(
    Object.entries(patch).map(([name, value]) => [name, keepRedacted(value, currentOf(name))]),
  );
}

/** How an endpoint's requests are signed; undefined where its dialect signs nothing. */
export function signingOf({ signing }: EndpointSecrets): Secret['kind'] | undefined {
  return signing.at(-1)?.kind;
}

function settingsOf(endpoint: StoredEndpoint, secrets: EndpointSecrets): Partial<EndpointSettings> {
  const { url, events, filters, active, operational, description, metadata, apiVersion } = endpoint;
  const { timeoutMs, alertEmails, rateLimit } = endpoint;
  const settings = {
    url,
    events: [...events],
    signing: signingOf(secrets),
    filters,
    active,
    ...(operational && { operational }),
    description,
    metadata,
    headers: secrets.headers,
    auth: secrets.auth,
    api_version: apiVersion,
    timeout: timeoutMs && timeoutMs / 1000,
    rate_limit: rateLimit && showRateLimit(rateLimit),
    alerts: alertEmails && { email: [...alertEmails] },
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** An endpoint's limit, by the names that it is set by. */
export function showRateLimit({ perSecond, concurrent }: RateLimit) {
  return {
    ...(perSecond !== undefined && { per_second: perSecond }),
    ...(concurrent !== undefined && { concurrent }),
  };
}
