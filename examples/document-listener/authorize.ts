import type { IncomingHttpHeaders } from 'node:http';
import { type DialectName, verify } from 'posthorn-client';

/** A signature, or a secret header of our own choice (arken), proves who posts. */
export interface BySecret {
  readonly dialect: DialectName;
  /** Of the endpoint. For arken the header's value. */
  readonly secret: string;
  /** Arken only: the header that carries the secret. */
  readonly header?: string;
}

/** Arken with OpenID Connect: the bearer token is asked about where it was issued (RFC 7662). */
export interface ByToken {
  readonly introspectionUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * The event of a request that the platform made.
 * @throws Error where somebody else made it, or it cannot be told
 */
export async function authorize(
  proof: BySecret | ByToken,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<unknown> {
  if ('dialect' in proof) return verify(proof.dialect, proof.secret, headers, body, { header: proof.header });
  const [, token] = headers.authorization?.match(/^Bearer ([\w.~+/=-]+)$/) ?? [];
  if (token === undefined || !(await isActive(proof, token))) throw new Error('no valid bearer token');
  return JSON.parse(body.toString('utf8'));
}

async function isActive({ introspectionUrl, clientId, clientSecret }: ByToken, token: string) {
  const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const answer = await fetch(introspectionUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ token }),
    redirect: 'error',
    signal: AbortSignal.timeout(5_000),
  });
  if (!answer.ok) throw new Error(`the token could not be checked: ${answer.status}`);
  return ((await answer.json()) as { active?: unknown }).active === true;
}
