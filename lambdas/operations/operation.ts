import type { z } from 'zod';
import type { Caller } from '../middleware/authenticate.ts';

/**
 * Who may call an operation. Each includes those before it: the operator may do everything, a `tenant` key everything
 * of its tenant, a `publish` key nothing but publish for it.
 */
export type Access = 'operator' | 'tenant' | 'publish';

export interface OperationInput<Body = unknown, Query = unknown> {
  readonly caller: Caller;
  /** The path's parameters, e.g. `id`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** The host that the API was called by. */
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** One call of the API: where it is, who may make it, what it takes and what it does. */
export interface Operation<Body extends z.ZodType = z.ZodType, Query extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `{name}` for parameters. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly body?: Body;
  /** Members of the body that are the producer's own JSON, with rules of their own. */
  readonly opaque?: readonly string[];
  readonly query?: Query;
  /** The status where it succeeds. */
  readonly status: 200 | 201 | 202 | 204;
  readonly run: (input: OperationInput<z.output<Body>, z.output<Query>>) => Promise<unknown>;
}

/** Declares an operation, with the types of its schemas. */
export function defineOperation<Body extends z.ZodType, Query extends z.ZodType>(
  operation: Operation<Body, Query>,
): Operation {
  return operation as unknown as Operation;
}
