import { setTimeout as sleep } from 'node:timers/promises';
import { readHashId, readVersion } from './notification.ts';

/** What `GET /Document/{documentHashId}` answers. */
export interface DocumentDetails {
  readonly documentHashId: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly size: number;
  readonly version: string;
  readonly uploadedAt: string;
  readonly etag: string;
}

/** A link that anybody who has it may read the document by, until it expires. */
export interface DocumentLink {
  readonly url: string;
  readonly expiresAt: string;
}

/** The document was deleted, or is none of ours: asking again does not help. */
export class DocumentGone extends Error {}

/** A problem that may pass by itself, e.g. a 503. */
export class PassingProblem extends Error {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs = 0, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The two calls of the platform's API that a listener makes, with its own key. */
export class DocumentApi {
  readonly #base: URL;
  readonly #key: string;

  /** @param baseUrl of the deployment that we are a customer of; the key is sent nowhere else */
  constructor(baseUrl: string, key: string) {
    this.#base = new URL(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
    this.#key = key;
  }

  /** @throws Error where a notification would make us show our key to strangers */
  check(callbackUrl: string): URL {
    // The parser resolves ".." and escapes of it before the path is compared.
    const url = new URL(callbackUrl);
    const known = new URL('Document/', this.#base);
    const ours =
      url.origin === known.origin &&
      url.pathname.startsWith(known.pathname) &&
      url.username === '' &&
      url.password === '';
    if (ours) return url;
    throw new Error(`${JSON.stringify(callbackUrl)} is no call of ${this.#base.href}: not called`);
  }

  /** The document's details, of the version that the callback names. */
  async details(callbackUrl: string): Promise<DocumentDetails> {
    const details = await this.#get<DocumentDetails>(this.check(callbackUrl));
    readHashId(details.documentHashId);
    readVersion(details.version);
    return details;
  }

  /** A fresh link to that version. */
  async location(callbackUrl: string): Promise<DocumentLink> {
    const url = this.check(callbackUrl);
    url.pathname += '/Location';
    return this.#get<DocumentLink>(url);
  }

  async #get<Answer>(url: URL): Promise<Answer> {
    const answer = await reach(url, { headers: { authorization: `Bearer ${this.#key}` } });
    if (answer.ok) return (await answer.json()) as Answer;
    const message = `GET ${url.pathname} was answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`;
    if (answer.status === 404 || answer.status === 410) throw new DocumentGone(message);
    if (mayPass(answer.status))
      throw new PassingProblem(message, retryAfter(answer.headers.get('retry-after')));
    throw new Error(message);
  }
}

/** A redirect is an error: neither the key nor the link is for anybody else. */
async function reach(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(30_000), ...init, redirect: 'error' });
  } catch (cause) {
    throw new PassingProblem(`${url.host} could not be reached`, 0, { cause });
  }
}

export function mayPass(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** @param header seconds @returns milliseconds, at most a minute */
export function retryAfter(header: string | null | undefined): number {
  return Math.min(60, Number(header) || 0) * 1000;
}

/**
 * Does it again after 1, 2, 4, 8 … times `firstMs`, half of that by chance, so that listeners that failed together do not
 * come back together; and never before the server's `Retry-After`.
 */
export async function withRetries<Result>(
  work: () => Promise<Result>,
  { attempts, firstMs }: { attempts: number; firstMs: number },
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PassingProblem) || attempt >= attempts) throw error;
      const backoff = Math.min(30_000, firstMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
      await sleep(Math.max(error.retryAfterMs, backoff));
    }
  }
}
