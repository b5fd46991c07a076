import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { PosthornError, quote, refuse } from '../../core/errors.ts';
import { faultOfSecret, makeSecret, publicKeyOf, SECRET_BYTES } from '../../core/new-secret.ts';
import { DEFAULT_OVERLAP_HOURS, MAX_OVERLAP_HOURS, rotateSecret } from '../../core/rotate-secret.ts';
import { liveSecrets, type Secret } from '../../core/sign.ts';
import { requireDialect } from '../adapters/dialects.ts';
import type { StoredEndpoint } from '../adapters/endpoint-items.ts';
import { openSecrets, sealSecrets } from '../adapters/endpoint-secrets.ts';
import { replaceEndpoint } from '../adapters/endpoint-store.ts';
import { knownTenant, shownTime, showTime, tenantQuery } from './common.ts';
import { requireEndpoint } from './endpoints.ts';
import { defineOperation } from './operation.ts';

const secretsSchema = z
  .object({
    webhook_id: z.string().meta({ example: 'ep_0VbZ3KSPWhVCbapCkicz61' }),
    secret: z.string().optional().meta({ description: 'What receivers verify with; absent for ed25519.' }),
    public_key: z.string().optional().meta({ description: 'What an ed25519 signature is verified by.' }),
    previous: z
      .array(
        z.object({ secret: z.string().optional(), public_key: z.string().optional(), expires_at: shownTime }),
      )
      .meta({ description: 'Older ones that still sign, oldest first.' }),
  })
  .meta({
    id: 'WebhookSecret',
    example: {
      webhook_id: 'ep_0VbZ3KSPWhVCbapCkicz61',
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      previous: [{ secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', expires_at: '2026-01-16T12:30:00Z' }],
    },
  });

export const secretOperations = [
  defineOperation({
    method: 'GET',
    path: '/v1/webhooks/{id}/secret',
    access: 'portal',
    summary: "Reveal an endpoint's secret",
    query: z.strictObject(tenantQuery),
    status: 200,
    response: secretsSchema,
    run: async ({ caller, params, query, now }) => {
      const endpoint = await requireSigned(
        await knownTenant(caller, query.tenant_id),
        params.id,
        'not_found',
      );
      const { signing } = await openSecrets(endpoint);
      return showSecrets(endpoint, liveSecrets(signing, now));
    },
  }),
  defineOperation({
    method: 'POST',
    path: '/v1/webhooks/{id}/rotate-secret',
    access: 'portal',
    summary: "Replace an endpoint's secret, with an overlap",
    description:
      'Until the overlap ends (`overlap_hours`, 0 to 168, by default 24), `standard` signs with both secrets: its header holds several signatures, of which receivers accept any. The header of `arka`, `arky`, `promptha` and `generic` holds one, so **the old secret alone signs until then**, and the new one from then on: a receiver that knows the old one only must not be locked out before its owner has had the time to change it. Let receivers accept either meanwhile, or send `overlap_hours: 0` where the old one leaked. Five older secrets may sign at a time; a rotation that would make a sixth is a 409, `overlap_hours: 0` is not.',
    body: z.strictObject({
      secret: z.string().optional().meta({ description: "The tenant's own; made here where absent." }),
      overlap_hours: z
        .number()
        .min(0)
        .max(MAX_OVERLAP_HOURS)
        .default(DEFAULT_OVERLAP_HOURS)
        .meta({ description: 'How long the old one goes on signing.', example: DEFAULT_OVERLAP_HOURS }),
    }),
    query: z.strictObject(tenantQuery),
    status: 200,
    response: secretsSchema,
    run: async ({ caller, params, query, body, now }) => {
      const old = await requireSigned(await knownTenant(caller, query.tenant_id), params.id, 'conflict');
      const secrets = await openSecrets(old);
      const fresh = freshSecret(old, secrets.signing.at(-1)?.kind ?? 'hmac', body.secret);
      const signing = rotateSecret(secrets.signing, fresh, now, body.overlap_hours);
      const endpoint = { ...old, updatedAt: Math.max(now, old.updatedAt + 1) };
      const sealed = await sealSecrets(endpoint, old.wrappedKey, { ...secrets, signing });
      if (await replaceEndpoint({ ...endpoint, sealed }, old.updatedAt))
        return showSecrets(endpoint, signing);
      throw new PosthornError('conflict', `The webhook ${quote(old.id)} was changed meanwhile. Try again.`);
    },
  }),
];

/** An endpoint of a dialect that signs. @param refusal what it is answered that there is no secret */
async function requireSigned(
  tenantId: string,
  id: string | undefined,
  refusal: 'not_found' | 'conflict',
): Promise<StoredEndpoint> {
  const endpoint = await requireEndpoint(tenantId, id);
  if (requireDialect(endpoint.dialect).signature !== null) return endpoint;
  throw new PosthornError(
    refusal,
    `The ${endpoint.dialect} dialect signs nothing: this webhook has no secret.`,
  );
}

function freshSecret(endpoint: StoredEndpoint, kind: Secret['kind'], own: string | undefined): Secret {
  const scheme = requireDialect(endpoint.dialect).signature;
  if (scheme === null) throw new Error('a dialect that signs nothing has no secret');
  if (own === undefined) return makeSecret(scheme, kind, randomBytes(SECRET_BYTES));
  const words =
    kind === 'ed25519'
      ? 'cannot be chosen for ed25519: the key pair is made here'
      : faultOfSecret(scheme, own);
  if (words !== undefined) throw refuse('invalid_request', 'secret', `secret ${words}.`);
  return { kind, value: own };
}

function showSecrets(endpoint: StoredEndpoint, signing: readonly Secret[]) {
  const current = signing.at(-1);
  return {
    webhook_id: endpoint.id,
    ...(current && showOne(current)),
    previous: signing
      .slice(0, -1)
      .map((secret) => ({ ...showOne(secret), expires_at: showTime(secret.expiresAt ?? 0) })),
  };
}

/** The private half of a key pair is never shown. */
function showOne(secret: Secret) {
  return secret.kind === 'ed25519' ? { public_key: publicKeyOf(secret) } : { secret: secret.value };
}
