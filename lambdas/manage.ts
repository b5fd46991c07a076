import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { PosthornError } from '../core/errors.ts';
import { runOnce } from './middleware/idempotency.ts';
import { MethodNotAllowed } from './middleware/problem-responses.ts';
import { runOperation, withProblems } from './middleware/run-operation.ts';
import { OPEN_ROUTES } from './middleware/serve-document.ts';
import { arkenEventOperations } from './operations/arken-events.ts';
import { subscriptionOperations } from './operations/arken-subscriptions.ts';
import { businessOperations } from './operations/businesses.ts';
import { deliveryOperations } from './operations/deliveries.ts';
import { deliveryDetailOperations } from './operations/delivery-details.ts';
import { endpointOperations } from './operations/endpoints.ts';
import { eventTypeOperations } from './operations/event-types.ts';
import { eventOperations } from './operations/events.ts';
import { keyOperations } from './operations/keys.ts';
import { metaOperations } from './operations/meta.ts';
import { secretOperations } from './operations/secrets.ts';
import { tenantOperations } from './operations/tenants.ts';
import { testEventOperations } from './operations/test-events.ts';

/** Every operation but publishing. */
export const OPERATIONS = [
  ...tenantOperations,
  ...keyOperations,
  ...eventTypeOperations,
  ...endpointOperations,
  ...eventOperations,
  ...deliveryOperations,
  ...deliveryDetailOperations,
  ...testEventOperations,
  ...metaOperations,
  ...businessOperations,
  ...subscriptionOperations,
  ...arkenEventOperations,
  ...secretOperations,
];

/** Every route. Publishing is another function's, but a wrong method on its path comes here. */
export const ROUTES = [...OPERATIONS, ...OPEN_ROUTES, { method: 'POST', path: '/v1/events' }];

type ApiHandler = (
  event: APIGatewayProxyEventV2,
  context: unknown,
) => Promise<APIGatewayProxyStructuredResultV2>;

const route = httpRouter({
  routes: [
    ...OPERATIONS.map((operation) => ({
      method: operation.method,
      path: operation.path,
      handler: middy(runOperation(operation, runOnce)),
    })),
    ...OPEN_ROUTES,
  ],
  notFoundResponse: refuseRoute,
}) as unknown as ApiHandler;

function refuseRoute({ method, path }: { method: string; path: string }): never {
  const others = ROUTES.filter((known) => samePath(known.path, path)).map((known) => known.method);
  if (others.length === 0) throw new PosthornError('not_found', `There is no ${method} ${path}.`);
  throw new MethodNotAllowed(method, path, others);
}

function samePath(template: string, path: string): boolean {
  const [wanted, found] = [template.split('/'), path.split('/')];
  return (
    wanted.length === found.length && wanted.every((part, i) => part.startsWith('{') || part === found[i])
  );
}

export const handler = withProblems((event) => route(event, {}));
