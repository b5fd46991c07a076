import { LocalError } from '../local-error.ts';

/** Calls Posthorn's API with one key. */
export type Api = <T>(method: string, path: string, body?: unknown) => Promise<T>;

export interface ApiRefusal {
  readonly status: number;
  readonly code?: string;
}

/** `apiUrl` without `/v1`. A refusal is thrown with the reason the API gave. */
export function makeApi(apiUrl: string, key: string): Api {
  return async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (response.ok) return (text ? JSON.parse(text) : undefined) as T;
    const refusal: ApiRefusal = { status: response.status, ...problemOf(text) };
    throw new LocalError(
      'api-refused',
      `${method} ${path} was answered ${response.status}: ${reason(text)}`,
      {
        cause: refusal,
      },
    );
  };
}

/** Whether a call failed because the thing exists already. */
export function isConflict(error: unknown): boolean {
  return error instanceof LocalError && (error.cause as ApiRefusal | undefined)?.status === 409;
}

function problemOf(text: string): { code?: string; detail?: string; title?: string } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function reason(text: string): string {
  const { detail, title } = problemOf(text);
  return detail ?? title ?? text.slice(0, 200);
}
