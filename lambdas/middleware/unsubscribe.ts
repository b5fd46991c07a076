import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { escapeHtml } from '../../core/alert-mail.ts';
import { isSignedFor, readUnsubscribe } from '../../core/unsubscribe-token.ts';
import { stopAlerts } from '../adapters/alert-addresses.ts';
import type { StoredEndpoint } from '../adapters/endpoint-items.ts';
import { getEndpoint } from '../adapters/endpoint-lists.ts';
import { hasAlertSender } from '../adapters/environment.ts';
import { readLinkKey } from '../adapters/link-key.ts';

type Result = APIGatewayProxyStructuredResultV2;

/**
 * `GET /v1/alerts/unsubscribe?token=`: a page with a button. It changes nothing: programs that look into mails for people
 * follow every link.
 */
export async function askToUnsubscribe(event: APIGatewayProxyEventV2): Promise<Result> {
  const found = await findSubscriber(event);
  if (found === undefined) return page(404, NOT_VALID);
  const what = `mails about the webhook endpoint ${describe(found.endpoint)}`;
  if (found.stopped) return page(200, `<p>${escapeHtml(found.email)} gets no ${what}.</p>`);
  const question = `<p>Shall ${escapeHtml(found.email)} get no more ${what}?</p>`;
  // Without an action a form is sent to the page's own address, token and all.
  return page(200, `${question}<form method="post"><button>Stop these mails</button></form>`);
}

/** `POST` of the same: stops the mails. Mail programs send it by themselves for their own button (RFC 8058). */
export async function unsubscribe(event: APIGatewayProxyEventV2): Promise<Result> {
  const found = await findSubscriber(event);
  if (found === undefined) return page(404, NOT_VALID);
  const { endpoint, email } = found;
  await stopAlerts(endpoint.tenantId, endpoint.id, email, 'unsubscribed', Date.now());
  return page(
    200,
    `<p>${escapeHtml(email)} gets no more mails about the webhook endpoint ${describe(endpoint)}.</p>`,
  );
}

const NOT_VALID =
  '<p>This link is not valid any more. Take the one of the latest mail, or change the alerts of the endpoint.</p>';

interface Subscriber {
  readonly endpoint: StoredEndpoint;
  readonly email: string;
  readonly stopped: boolean;
}

/** Whose link it is: the address of the endpoint that it was signed for. */
async function findSubscriber(event: APIGatewayProxyEventV2): Promise<Subscriber | undefined> {
  const token = event.queryStringParameters?.token ?? '';
  const named = readUnsubscribe(token);
  if (named === undefined || !hasAlertSender()) return undefined;
  const endpoint = await getEndpoint(named.tenantId, named.endpointId);
  if (endpoint === undefined) return undefined;
  const key = await readLinkKey();
  const { alertEmails = [], stoppedAlerts = [] } = endpoint;
  const email = alertEmails.find((address) => isSignedFor(key, token, address));
  if (email !== undefined) return { endpoint, email, stopped: false };
  const stopped = stoppedAlerts.find((stop) => isSignedFor(key, token, stop.email));
  return stopped && { endpoint, email: stopped.email, stopped: true };
}

function describe({ url, id }: StoredEndpoint): string {
  return `<b>${escapeHtml(URL.parse(url)?.host ?? id)}</b>`;
}

function page(statusCode: number, body: string): Result {
  return {
    statusCode,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    body: `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Webhook alerts</title>${body}</html>\n`,
  };
}
