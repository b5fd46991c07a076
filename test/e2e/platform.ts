import { setTimeout as sleep } from 'node:timers/promises';
import { checkAgainstDocument } from './document-check.ts';
import { readOutputs } from './read-outputs.ts';

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** A delivery as the API lists it. */
export interface ShownDelivery {
  readonly id: string;
  readonly event_id: string;
  readonly webhook_id: string;
  readonly event_type: string;
  readonly status: string;
  readonly status_code?: number;
  readonly attempts: number;
  readonly next_attempt_at?: string;
  readonly error?: string;
}

/**
 * Calls the deployed API as a client would, and holds the answer against the document. `body` may be a text, to send what no
 * serializer would write; without a key there is no header of it.
 */
export function call<Body = Record<string, unknown>>(
  method: string,
  path: string,
  key: string | undefined,
  body?: unknown,
): Promise<Answer<Body>> {
  return callWith({}, method, path, key, body);
}

/** Like {@link call}, with headers of one's own. */
export async function callWith<Body = Record<string, unknown>>(
  headers: Readonly<Record<string, string>>,
  method: string,
  path: string,
  key: string | undefined,
  body?: unknown,
): Promise<Answer<Body>> {
  const response = await fetch(readOutputs().apiUrl + path, {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      'content-type': 'application/json',
      ...headers,
    },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const answer = (text === '' ? {} : JSON.parse(text)) as Body;
  checkAgainstDocument(method, path, response.status, answer);
  if (!response.headers.get('x-request-id'))
    throw new Error(`${method} ${path} was answered without its id.`);
  return { status: response.status, headers: response.headers, body: answer };
}

/** Like {@link call}, for what a test takes for granted. @throws Error where the status is another */
export async function expectCall<Body = Record<string, unknown>>(
  status: number,
  ...args: Parameters<typeof call>
): Promise<Body> {
  const answer = await call<Body>(...args);
  if (answer.status !== status) {
    throw new Error(`${args[0]} ${args[1]} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  return answer.body;
}

/** A tenant of a test's own, so that no test sees another's deliveries. */
export interface TestTenant {
  readonly id: string;
  /** Of scope `tenant`. */
  readonly key: string;
  createEndpoint(settings: Record<string, unknown>): Promise<{ id: string; url: string; secret: string }>;
  publish(event: Record<string, unknown>): Promise<{ id: string }>;
  deliveriesOf(endpointId: string, query?: string): Promise<ShownDelivery[]>;
  /** Waits until an endpoint has a delivery that fits. */
  awaitDelivery(
    endpointId: string,
    fits: (delivery: ShownDelivery) => boolean,
    ms?: number,
  ): Promise<ShownDelivery>;
}

let counter = 0;

export async function createTenant(dialect: string): Promise<TestTenant> {
  const { operatorKey } = readOutputs();
  const id = `${dialect}-${process.pid}-${Date.now()}-${counter++}`;
  await expectCall(201, 'POST', '/v1/tenants', operatorKey, { id, name: `Test of ${dialect}`, dialect });
  const { key } = await expectCall<{ key: string }>(201, 'POST', `/v1/tenants/${id}/api-keys`, operatorKey, {
    scope: 'tenant',
  });
  const deliveriesOf: TestTenant['deliveriesOf'] = async (endpointId, query = '') => {
    const path = `/v1/webhooks/${endpointId}/deliveries${query}`;
    return (await expectCall<{ deliveries: ShownDelivery[] }>(200, 'GET', path, key)).deliveries;
  };
  return {
    id,
    key,
    deliveriesOf,
    createEndpoint: (settings) => expectCall(201, 'POST', '/v1/webhooks', key, settings),
    publish: (event) => expectCall(202, 'POST', '/v1/events', key, event),
    awaitDelivery: (endpointId, fits, ms) =>
      eventually(async () => (await deliveriesOf(endpointId)).find(fits), ms),
  };
}

/**
 * How long anything that must happen may take. Far longer than it takes anywhere: how fast things are is for the benchmarks,
 * and a machine that is busy with something else fails no test.
 */
export const PATIENCE_MS = 90_000;

/** Polls until a value is there. @throws Error after `ms` */
export async function eventually<Value>(
  look: () => Promise<Value | undefined>,
  ms = PATIENCE_MS,
): Promise<Value> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`It did not happen within ${ms} ms.`);
    await sleep(100);
  }
}
