import { randomBytes } from 'node:crypto';
import type { EndpointHealth } from '../../core/circuit.ts';
import type { Dialect } from '../../core/dialects/dialect.ts';
import type { ApiAddress } from '../../core/endpoint-url.ts';
import { PosthornError, quote } from '../../core/errors.ts';
import { ID_RANDOM_BYTES, makeId } from '../../core/ids.ts';
import { makeSecret, SECRET_BYTES } from '../../core/new-secret.ts';
import type { EndpointChange } from '../../core/notice.ts';
import type { Secret } from '../../core/sign.ts';
import { wakeCircuit } from '../adapters/circuit-wake.ts';
import { requireDialect } from '../adapters/dialects.ts';
import type { ReadEndpoint, StoredEndpoint } from '../adapters/endpoint-items.ts';
import { type EndpointSecrets, openSecrets, sealSecrets } from '../adapters/endpoint-secrets.ts';
import { createEndpoint, replaceEndpoint } from '../adapters/endpoint-store.ts';
import { allowsLocalReceivers } from '../adapters/environment.ts';
import type { Tenant } from '../adapters/tenant-store.ts';
import { validate } from '../middleware/validation.ts';
import { checkSettings } from './check-settings.ts';
import { patchSettings, signingOf } from './endpoint-patch.ts';
import {
  checkSettingsSize,
  type EndpointSettings,
  MAX_UNREAD_BYTES,
  settingsSchema,
} from './endpoint-settings.ts';
import { findKnownTypes } from './known-types.ts';

/** An endpoint with its secrets opened, as a change left it. */
export interface ChangedEndpoint {
  readonly endpoint: ReadEndpoint;
  readonly secrets: EndpointSecrets;
  /** Whether its signing key is new: the answer is then the only one that shows it. */
  readonly rekeyed: boolean;
}

/** Where and when a change was asked for. */
export interface ChangeContext {
  /** Where the API itself is: an endpoint may not be there. */
  readonly api: ApiAddress;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Creates an endpoint of a tenant.
 * @param wanted the settings as a caller sent them
 * @param unchanged only if no endpoint of the tenant was changed since the tenant was read
 * @throws PosthornError `invalid_request` with every fault; `not_found` where the tenant is gone; `conflict` where it
 * was to be unchanged and is not
 */
export async function addEndpoint(
  tenant: Tenant,
  wanted: unknown,
  { api, now }: ChangeContext,
  unchanged = false,
): Promise<ChangedEndpoint> {
  const dialect = requireDialect(tenant.dialect);
  const settings = await readSettings({ tenantId: tenant.id, dialect, events: [] }, wanted, api);
  const id = makeId(dialect.idPrefixes.endpoint, now, randomBytes(ID_RANDOM_BYTES));
  const secrets = secretsOf(settings, newSigningKeys(dialect, settings));
  const identity = { tenantId: tenant.id, id, dialect: dialect.name, createdAt: now, updatedAt: now };
  const endpoint = await sealEndpoint(identity, settings, secrets, tenant.wrappedKey);
  if (await createEndpoint(endpoint, unchanged ? tenant.version : undefined)) {
    return { endpoint: { ...endpoint, health: { run: 0 } }, secrets, rekeyed: true };
  }
  if (unchanged)
    throw new PosthornError('conflict', `The endpoints of ${quote(tenant.id)} were changed meanwhile.`);
  throw new PosthornError('not_found', `There is no tenant ${quote(tenant.id)}.`);
}

/**
 * Changes an endpoint by a JSON merge patch of its settings.
 * @throws PosthornError `invalid_request` with every fault; `conflict` where somebody else changed it meanwhile
 */
export async function patchEndpoint(
  old: ReadEndpoint,
  patch: Readonly<Record<string, unknown>>,
  { api, now }: ChangeContext,
): Promise<ChangedEndpoint> {
  const dialect = requireDialect(old.dialect);
  const oldSecrets = await openSecrets(old);
  const patched = patchSettings(old, oldSecrets, patch);
  const settings = await readSettings({ ...old, dialect }, patched, api);
  const rekeyed = settings.secret !== undefined || settings.signing !== signingOf(oldSecrets);
  const secrets = secretsOf(settings, rekeyed ? newSigningKeys(dialect, settings) : oldSecrets.signing);
  // Always later than what was read, so that of two changes at one moment the second is refused.
  const identity = { ...old, updatedAt: Math.max(now, old.updatedAt + 1) };
  const endpoint = await sealEndpoint(identity, settings, secrets, old.wrappedKey);
  // Whoever enables an endpoint, or sends it elsewhere, means that it works now.
  const forget = patch.active === true || endpoint.url !== old.url ? old.health : undefined;
  const change = old.active && !endpoint.active ? switchedOff(endpoint.updatedAt) : undefined;
  if (await replaceEndpoint(endpoint, old.updatedAt, forget, change)) {
    if (forget?.circuit) await wakeCircuit(endpoint);
    return { endpoint: { ...endpoint, health: forget ? forgotten(forget) : old.health }, secrets, rekeyed };
  }
  throw new PosthornError(
    'conflict',
    `The endpoint ${quote(old.id)} was changed meanwhile. Read it and try again.`,
  );
}

/** What programs are told of an endpoint that somebody switched off. */
function switchedOff(at: number): EndpointChange {
  return { kind: 'disabled', at, reason: 'It was switched off by hand.', byHand: true };
}

/** What is left of an endpoint's failures once they are forgotten: who was told of them will be told of its recovery. */
function forgotten({ circuit, told }: EndpointHealth): EndpointHealth {
  return { run: 0, told, circuit: circuit && { ...circuit, state: 'draining' } };
}

/** Whose settings they are, and the patterns that stand there already. */
interface SettingsOwner {
  readonly tenantId: string;
  readonly dialect: Dialect;
  readonly events: readonly string[];
}

async function readSettings(
  { tenantId, dialect, events }: SettingsOwner,
  input: unknown,
  api: ApiAddress,
): Promise<EndpointSettings> {
  checkSettingsSize(input, MAX_UNREAD_BYTES);
  const settings = validate(settingsSchema, input);
  // Without what a patch does not send along: an endpoint at the limit can still be switched off.
  checkSettingsSize({ ...settings, active: undefined, secret: undefined, signing: undefined });
  const { operational } = settings;
  const isNew = settings.events.some((pattern) => !events.includes(pattern));
  const known = isNew ? await findKnownTypes({ tenantId, operational }, dialect) : undefined;
  checkSettings(dialect, settings, { allowHttp: allowsLocalReceivers(), api }, known, events);
  return settings;
}

function newSigningKeys(dialect: Dialect, { secret, signing = 'hmac' }: EndpointSettings): Secret[] {
  if (dialect.signature === null) return [];
  if (secret !== undefined) return [{ kind: 'hmac', value: secret }];
  return [makeSecret(dialect.signature, signing, randomBytes(SECRET_BYTES))];
}

function secretsOf({ auth, headers }: EndpointSettings, signing: readonly Secret[]): EndpointSecrets {
  return { signing, auth, headers };
}

type EndpointIdentity = Pick<
  StoredEndpoint,
  'tenantId' | 'id' | 'dialect' | 'createdAt' | 'updatedAt' | 'disabledReason'
>;

async function sealEndpoint(
  { tenantId, id, dialect, createdAt, updatedAt, disabledReason }: EndpointIdentity,
  settings: EndpointSettings,
  secrets: EndpointSecrets,
  wrappedKey: Uint8Array,
): Promise<StoredEndpoint> {
  const { url, events, filters, active, description, metadata, api_version, timeout, alerts, rate_limit } =
    settings;
  const identity = { tenantId, id, dialect, createdAt, updatedAt };
  const endpoint = {
    ...identity,
    url,
    events,
    filters,
    active,
    operational: settings.operational || undefined,
    // It says why the endpoint is off for as long as it is.
    disabledReason: active ? undefined : disabledReason,
    description,
    metadata,
    apiVersion: api_version,
    rateLimit: rate_limit,
    timeoutMs: timeout && Math.round(timeout * 1000),
    alertEmails: alerts?.email,
  };
  return { ...endpoint, wrappedKey, sealed: await sealSecrets(endpoint, wrappedKey, secrets) };
}
