import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { PosthornError } from '../core/errors.ts';
import { runOperation, withProblems } from './middleware/run-operation.ts';
import { deliveryOperations } from './operations/deliveries.ts';
import { endpointOperations } from './operations/endpoints.ts';
import { eventOperations } from './operations/events.ts';
import { tenantOperations } from './operations/tenants.ts';

/** Every operation but publishing. */
export const OPERATIONS = [
  ...tenantOperations,
  ...endpointOperations,
  ...eventOperations,
  ...deliveryOperations,
];

type ApiHandler = (
  event: APIGatewayProxyEventV2,
  context: unknown,
) => Promise<APIGatewayProxyStructuredResultV2>;

const route = httpRouter({
  routes: OPERATIONS.map((operation) => ({
    method: operation.method,
    path: operation.path,
    handler: middy(runOperation(operation)),
  })),
  notFoundResponse: ({ method, path }: { method: string; path: string }) => {
    throw new PosthornError('not_found', `There is no ${method} ${path}.`);
  },
}) as unknown as ApiHandler;

export const handler = withProblems((event) => route(event, {}));
