import { jest } from '@jest/globals';
import {
  type ReceiverReport,
  type ReceiverServer,
  startReceivers,
} from '../../../local/demo/receiver-server.ts';
import { DEMO_TENANTS } from '../../../local/demo/scenario.ts';
import { ARKEN_HEADER } from '../../../local/receivers/arken.ts';
import { vectorOf } from '../../fixtures/vectors.ts';

let reports: ReceiverReport[];
let receivers: ReceiverServer;
beforeEach(async () => {
  reports = [];
  receivers = await startReceivers((report) => reports.push(report));
});
afterEach(() => {
  receivers.close();
  jest.restoreAllMocks();
});

async function post(tenant: string, headers: Record<string, string>, body: string): Promise<number> {
  const response = await fetch(receivers.urlOf(tenant), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return response.status;
}

function tenantOf(dialect: string) {
  return DEMO_TENANTS.find((tenant) => tenant.dialect === dialect)!;
}

/** The receivers with a timestamp refuse old ones: the clock stands at the vector's. */
function stopClock(headers: Record<string, string>): void {
  const timestamp = Object.entries(headers).find(([name]) => /timestamp/i.test(name))?.[1];
  if (timestamp) jest.spyOn(Date, 'now').mockReturnValue(Number(timestamp) * 1000);
}

describe.each(['arka', 'arky', 'promptha', 'generic', 'standard'])('the receiver of %s', (dialect) => {
  const tenant = tenantOf(dialect);
  const { secret, headers, body } = vectorOf(dialect);
  beforeEach(() => {
    stopClock(headers);
    receivers.add(tenant, secret);
  });

  test('accepts the fixed vector', async () => {
    expect(await post(tenant.id, headers, body)).toBeLessThan(300);
    expect(reports).toEqual([expect.objectContaining({ tenant: tenant.id, outcome: 'verified' })]);
  });

  test('refuses another body under the same signature', async () => {
    expect(await post(tenant.id, headers, body.replace('{', '{"x":1,'))).toBe(401);
    expect(reports).toEqual([{ tenant: tenant.id, eventId: null, type: null, outcome: 'refused' }]);
  });

  test('refuses a request without a signature', async () => {
    expect(await post(tenant.id, {}, body)).toBe(401);
  });
});

describe('the receiver of arken', () => {
  const tenant = tenantOf('arken');
  const body = JSON.stringify({ eventId: 'evt_1', category: 'FileStore', type: 'Upload', data: {} });
  beforeEach(() => receivers.add(tenant, 's3cret'));

  test('accepts whoever knows the header', async () => {
    expect(await post(tenant.id, { [ARKEN_HEADER]: 's3cret' }, body)).toBe(200);
    expect(reports).toEqual([
      { tenant: 'demo-arken', eventId: 'evt_1', type: 'FileStore.Upload', outcome: 'verified' },
    ]);
  });

  test('refuses whoever does not', async () => {
    expect(await post(tenant.id, { [ARKEN_HEADER]: 'guess' }, body)).toBe(401);
  });
});

test('the flaky receiver fails each event twice before it accepts', async () => {
  const tenant = tenantOf('demo');
  const { secret, headers, body } = vectorOf('standard');
  stopClock(headers);
  receivers.add(tenant, secret);
  const statuses = [];
  for (let request = 1; request <= 3; request++) statuses.push(await post(tenant.id, headers, body));
  expect(statuses).toEqual([500, 500, 204]);
  expect(reports.map(({ outcome }) => outcome)).toEqual(['answered 500', 'answered 500', 'verified']);
});
