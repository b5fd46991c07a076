import { runOnce } from './middleware/idempotency.ts';
import { OPEN_ROUTES } from './middleware/open-routes.ts';
import { routeOperations } from './middleware/route-operations.ts';
import { withProblems } from './middleware/run-operation.ts';
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
import { portalLinkOperations } from './operations/portal-links.ts';
import { secretOperations } from './operations/secrets.ts';
import { statsOperations } from './operations/stats.ts';
import { taskOperations } from './operations/tasks.ts';
import { tenantOperations } from './operations/tenants.ts';
import { testEventOperations } from './operations/test-events.ts';

/** Every operation but publishing. */
export const OPERATIONS = [
  ...tenantOperations,
  ...keyOperations,
  ...portalLinkOperations,
  ...eventTypeOperations,
  ...endpointOperations,
  ...eventOperations,
  ...deliveryOperations,
  ...deliveryDetailOperations,
  ...testEventOperations,
  ...taskOperations,
  ...metaOperations,
  ...businessOperations,
  ...subscriptionOperations,
  ...arkenEventOperations,
  ...secretOperations,
  ...statsOperations,
];

/** Publishing is another function's, but a wrong method on its path comes here. */
const ELSEWHERE = [{ method: 'POST', path: '/v1/events' }];

/** Every route but those of documents. */
export const ROUTES = [...OPERATIONS, ...OPEN_ROUTES, ...ELSEWHERE];

export const handler = withProblems(
  routeOperations(OPERATIONS, { guard: runOnce, open: OPEN_ROUTES, elsewhere: ELSEWHERE }),
);
