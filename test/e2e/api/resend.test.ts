import { setTimeout as sleep } from 'node:timers/promises';
import { type Receiver, startReceiver } from '../../fixtures/receivers/receiver.ts';
import {
  call,
  createTenant,
  eventually,
  expectCall,
  type ShownDelivery,
  type TestTenant,
} from '../platform.ts';

interface Details extends ShownDelivery {
  readonly body: string | null;
  readonly body_sha256: string | null;
  readonly attempt_log: {
    readonly attempt: number;
    readonly resend?: boolean;
    readonly status_code?: number;
    readonly request: { readonly body_sha256: string; readonly headers: Record<string, string> };
    readonly response?: { readonly body: string };
  }[];
}

let receiver: Receiver;
afterEach(() => receiver?.close());

const read = (tenant: TestTenant, id: string) =>
  expectCall<Details>(200, 'GET', `/v1/deliveries/${id}`, tenant.key);

function awaitDetails(tenant: TestTenant, id: string, fits: (details: Details) => boolean): Promise<Details> {
  return eventually(async () => {
    const details = await read(tenant, id);
    return fits(details) ? details : undefined;
  });
}

/** A delivery of the `hasty` dialect (one attempt) that failed. */
async function failOnce() {
  receiver = await startReceiver({ respond: (n) => (n === 1 ? { status: 500, body: 'no' } : undefined) });
  const tenant = await createTenant('hasty');
  const endpoint = await tenant.createEndpoint({ url: receiver.url });
  await tenant.publish({ type: 'order.paid', data: { n: 12.5 } });
  const failed = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'failed');
  return { tenant, endpoint, id: failed.id };
}

describe('resending', () => {
  test('makes one attempt, pending at once, and a success ends the delivery', async () => {
    const { tenant, id } = await failOnce();
    const answer = await expectCall<Details>(202, 'POST', `/v1/deliveries/${id}/resend`, tenant.key);
    expect(answer).toMatchObject({ id, status: 'pending', attempts: 1 });

    const details = await awaitDetails(tenant, id, ({ status }) => status === 'success');

    expect(details.attempts).toBe(2);
    expect(
      details.attempt_log.map(({ attempt, resend, status_code }) => [attempt, resend, status_code]),
    ).toEqual([
      [1, undefined, 500],
      [2, true, 200],
    ]);
    // The exact body, once for both attempts, and what was answered.
    expect(receiver.requests.map(({ body }) => body)).toEqual([details.body, details.body]);
    const hashes = details.attempt_log.map(({ request }) => request.body_sha256);
    expect(hashes).toEqual([details.body_sha256, details.body_sha256]);
    expect(details.attempt_log[0]!.response?.body).toBe('no');
    expect(receiver.requests[1]!.headers['webhook-id']).toBe(receiver.requests[0]!.headers['webhook-id']);
  });

  test('leaves the automatic schedule as it was when it fails', async () => {
    // `demo` retries after 1 s and 2 s. The resend comes while the first retry is due.
    receiver = await startReceiver({ respond: (n) => (n <= 3 ? { status: 500 } : undefined) });
    const tenant = await createTenant('demo');
    const endpoint = await tenant.createEndpoint({ url: receiver.url });
    await tenant.publish({ type: 'order.paid', data: {} });
    const { id } = await tenant.awaitDelivery(endpoint.id, ({ attempts }) => attempts === 1);
    await expectCall(202, 'POST', `/v1/deliveries/${id}/resend`, tenant.key);

    const details = await awaitDetails(
      tenant,
      id,
      ({ status, attempts }) => status === 'success' && attempts === 4,
    );
    await sleep(2_500); // a second chain would send again
    expect(receiver.requests).toHaveLength(4);
    expect(details.attempt_log.filter(({ resend }) => resend)).toHaveLength(1);
  });

  test('of what was delivered leaves it delivered when it fails', async () => {
    receiver = await startReceiver({ respond: (n) => (n === 2 ? { status: 503 } : undefined) });
    const tenant = await createTenant('hasty');
    const endpoint = await tenant.createEndpoint({ url: receiver.url });
    await tenant.publish({ type: 'order.paid', data: {} });
    const { id } = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
    const { attempt_log, ...delivered } = await read(tenant, id);
    await expectCall(202, 'POST', `/v1/deliveries/${id}/resend`, tenant.key);

    const details = await awaitDetails(tenant, id, ({ attempts }) => attempts === 2);
    expect(details).toMatchObject({ ...delivered, attempts: 2 });
    expect(details.error).toBeUndefined();
    expect(details.attempt_log.map(({ status_code }) => status_code)).toEqual([200, 503]);
  });

  test('asked for twice at once is made once or twice, and never pending for good', async () => {
    const { tenant, id } = await failOnce();
    await Promise.all([1, 2].map(() => expectCall(202, 'POST', `/v1/deliveries/${id}/resend`, tenant.key)));
    const details = await awaitDetails(tenant, id, ({ status }) => status === 'success');
    expect(details.attempts).toBeLessThanOrEqual(3);
  });

  test('is refused for arken, with the reason', async () => {
    receiver = await startReceiver();
    const tenant = await createTenant('arken');
    const auth = { header: { name: 'X-Callback', value: 'secret-value' } };
    const endpoint = await tenant.createEndpoint({ url: receiver.url, auth });
    await tenant.publish({ type: 'Client.Create', data: {} });
    const { id } = await tenant.awaitDelivery(endpoint.id, ({ status }) => status === 'success');
    const answer = await call('POST', `/v1/deliveries/${id}/resend`, tenant.key);
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toMatch(/resen[dt]|retried/i);
  });

  test('is refused where there is nowhere to send to, and unknown and foreign ids are not found', async () => {
    const { tenant, endpoint, id } = await failOnce();
    await expectCall(200, 'PATCH', `/v1/webhooks/${endpoint.id}`, tenant.key, { active: false });
    expect((await call('POST', `/v1/deliveries/${id}/resend`, tenant.key)).status).toBe(409);
    const other = await createTenant('hasty');
    for (const [method, path] of [
      ['GET', `/v1/deliveries/${id}`],
      ['POST', `/v1/deliveries/${id}/resend`],
    ] as const) {
      expect((await call(method, path, other.key)).status).toBe(404);
      expect((await call(method, path.replace(id, 'del_nothing'), tenant.key)).status).toBe(404);
    }
  });
});
