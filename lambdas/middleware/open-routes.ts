import { serveDocument, servePage } from './serve-document.ts';
import { askToUnsubscribe, unsubscribe } from './unsubscribe.ts';

/** What is served without a key. */
export const OPEN_ROUTES = [
  { method: 'GET' as const, path: '/openapi.json', handler: serveDocument },
  { method: 'GET' as const, path: '/docs', handler: servePage },
  { method: 'GET' as const, path: '/v1/alerts/unsubscribe', handler: askToUnsubscribe },
  { method: 'POST' as const, path: '/v1/alerts/unsubscribe', handler: unsubscribe },
];
