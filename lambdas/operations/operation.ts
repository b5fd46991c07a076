import type * as z from 'zod';
import type { ApiAddress } from '../../core/endpoint-url.ts';
import type { Caller } from '../middleware/authenticate.ts';

/**
 * Who may call an operation. The operator may do everything, a `tenant` key everything of its tenant. Of that, a portal
 * link's token may do what is for the dashboard, and a `publish` key nothing but publish; what is for `any`, both may.
 */
export type Access = 'operator' | 'tenant' | 'portal' | 'publish' | 'any';

export interface OperationInput<Body = unknown, Query = unknown> {
  readonly caller: Caller;
  /** The path's parameters, e.g. `id`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly api: ApiAddress;
  /** The request's `Idempotency-Key`. */
  readonly idempotencyKey?: string;
  /** The request's `X-Amzn-Trace-Id`, which API Gateway makes where the caller sent none. */
  readonly traceHeader?: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The answer's body as a schema; null for an operation that answers 204. */
export type Response = z.ZodType | null;

/** What `run` may return: what the schema shows, read-only members too. */
export type Shown<Shape> = Shape extends z.ZodType ? Frozen<z.input<Shape>> : unknown;

type Frozen<Value> = Value extends readonly (infer Entry)[]
  ? readonly Frozen<Entry>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value;

/** One call of the API: where it is, who may make it, what it takes, what it does and what it answers. */
export interface Operation<
  Body extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Shape extends Response = Response,
> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `{name}` for parameters. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  /** What else a caller should know, as CommonMark. */
  readonly description?: string;
  readonly body?: Body;
  /** Members of the body that are the producer's own JSON, with rules of their own. */
  readonly opaque?: readonly string[];
  /** What the document shows as the body, where `run` checks it: which rules hold is known only there. */
  readonly bodyShown?: z.ZodType;
  /** Whether what it takes has ids of its own, so that sending it again is harmless without an Idempotency-Key. */
  readonly ownIds?: boolean;
  /** Whether `run` makes the ids that are missing of the Idempotency-Key, so that a repetition finds what it made. */
  readonly idsByKey?: boolean;
  readonly query?: Query;
  /** Whether what it names may have been deleted, which is then said apart from what never was. */
  readonly maybeGone?: boolean;
  /** The status where it succeeds. */
  readonly status: 200 | 201 | 202 | 204;
  readonly response: Shape;
  /** Bodies that the document shows, where those that it makes of the members' examples would mislead. */
  readonly examples?: { readonly body?: object; readonly response?: object };
  readonly run: (input: OperationInput<z.output<Body>, z.output<Query>>) => Promise<Shown<Shape>>;
}

/** Declares an operation, with the types of its schemas. */
export function defineOperation<Body extends z.ZodType, Query extends z.ZodType, Shape extends Response>(
  operation: Operation<Body, Query, Shape>,
): Operation {
  return operation as unknown as Operation;
}
