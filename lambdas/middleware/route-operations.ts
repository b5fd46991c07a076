import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { PosthornError } from '../../core/errors.ts';
import type { Operation } from '../operations/operation.ts';
import { MethodNotAllowed } from './problem-responses.ts';
import { type Guard, runOperation } from './run-operation.ts';

interface Route {
  readonly method: Operation['method'];
  readonly path: string;
}

interface RouteOptions {
  readonly guard?: Guard;
  /** What is served without a key. */
  readonly open?: readonly (Route & {
    readonly handler: (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;
  })[];
  /** What another function serves, so that a wrong method there is told apart from a path that nobody serves. */
  readonly elsewhere?: readonly { readonly method: string; readonly path: string }[];
}

type ApiHandler = (
  event: APIGatewayProxyEventV2,
  context: unknown,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** Answers each operation's requests; a path that none of them has is 404, a method that its path has not is 405. */
export function routeOperations(
  operations: readonly Operation[],
  { guard, open = [], elsewhere = [] }: RouteOptions = {},
): (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2> {
  const known = [...operations, ...open, ...elsewhere];
  const route = httpRouter({
    routes: [
      ...operations.map((operation) => ({
        method: operation.method,
        path: operation.path,
        handler: middy(runOperation(operation, guard)),
      })),
      ...open,
    ],
    notFoundResponse: ({ method, path }) => {
      const others = known.filter((one) => samePath(one.path, path)).map((one) => one.method);
      if (others.length === 0) throw new PosthornError('not_found', `There is no ${method} ${path}.`);
      throw new MethodNotAllowed(method, path, others);
    },
  }) as unknown as ApiHandler;
  return (event) => route(event, {});
}

function samePath(template: string, path: string): boolean {
  const [wanted, found] = [template.split('/'), path.split('/')];
  return (
    wanted.length === found.length && wanted.every((part, i) => part.startsWith('{') || part === found[i])
  );
}
