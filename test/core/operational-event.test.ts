import { describeOccurrence, storeFor } from '../../core/operational-event.ts';

const at = Date.UTC(2026, 0, 15);
const failed = () =>
  describeOccurrence('endpoint.failing', ['ep_1', at], 'acme', at, { webhook_id: 'ep_1', error: undefined });

test('the same occurrence has the same id, and any other another', () => {
  const ids = [
    failed(),
    describeOccurrence('endpoint.failing', ['ep_1', at + 1], 'acme', at, {}),
    describeOccurrence('endpoint.failing', ['ep_1', at], 'other', at, {}),
    describeOccurrence('endpoint.disabled', ['ep_1', at], 'acme', at, {}),
  ].map(({ id }) => id);
  expect(new Set(ids).size).toBe(4);
  expect(failed().id).toBe(ids[0]);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
});

test('its data names the tenant, whoever gets it', () => {
  const stored = storeFor('operator', failed(), at + 5);
  expect(stored).toMatchObject({
    tenantId: 'operator',
    operational: true,
    acceptedAt: at + 5,
    occurredAt: at,
  });
  expect(JSON.parse(stored.dataText)).toEqual({ tenant_id: 'acme', webhook_id: 'ep_1' });
});

test('stored twice it is the same content', () => {
  const [a, b] = [storeFor('acme', failed(), 1), storeFor('acme', failed(), 2)];
  expect(a.contentHash).toEqual(b.contentHash);
});
